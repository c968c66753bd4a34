"""What the panels show of local delivery: frozen, bounded, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import LaneView


@dataclass(frozen=True, slots=True)
class CentreView:
    """A centre, in metres of the city, as an address sees it. `why` says what keeps it from the promise."""

    id: int = 0
    name: str = ""
    region: str = ""
    x: float = 0.0
    y: float = 0.0
    open: bool = True
    metres: float = 0.0
    ride: float = 0.0
    wait: float = 0.0
    limit: float = 0.0
    near: bool = False
    reaches: bool = False
    in_time: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReachView:
    """The hour of the pin: minutes of ride to every crossing in order, how many are left, and who is near.

    `circle` is the radius that is looked at first, metres; `wrong` counts centres that the circle
    would promise and the streets do not.
    """

    x: float = 0.0
    y: float = 0.0
    limit: float = 0.0
    circle: float = 0.0
    minutes: tuple[float, ...] = ()
    centres: tuple[CentreView, ...] = ()
    near: int = 0
    reach: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class ThingView:
    """A thing on the shelf: how many are left for this address, and how many the rows say; -1 is unknown."""

    id: int = 0
    slug: str = ""
    name: str = ""
    price: str = ""
    left: int = -1
    true: int = -1


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A thing in a cart, and how many of it."""

    id: int = 0
    name: str = ""
    many: int = 0
    price: str = ""


@dataclass(frozen=True, slots=True)
class TripView:
    """An order on its way. `minutes` are those of the city until it is there, `along` the courier's place."""

    id: str = ""
    step: str = ""
    centre: str = ""
    said: str = ""
    minutes: float = 0.0
    late: bool = False
    on_road: bool = False
    x: float = 0.0
    y: float = 0.0
    way: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopperView:
    """One of the two at the address. `left_s` of `of_s` seconds are left of the cart's time."""

    name: str = ""
    lines: tuple[CartLineView, ...] = ()
    total: str = ""
    cart: str = ""
    kept: bool = False
    kept_at: str = ""
    left_s: float = 0.0
    of_s: float = 0.0
    note: str = ""
    tone: str = ""
    trip: TripView = TripView()


@dataclass(frozen=True, slots=True)
class ShopView:
    """The product on the page."""

    ready: bool = False
    shelf: tuple[ThingView, ...] = ()
    shoppers: tuple[ShopperView, ...] = (ShopperView(), ShopperView())
    source: str = ""
    centres: int = 0


@dataclass(frozen=True, slots=True)
class StateView:
    """Units of a centre by state; -1 before anybody has read them."""

    name: str = ""
    open: bool = True
    free: int = -1
    reserved: int = -1
    doubt: int = -1
    promised: int = -1
    sold: int = -1


@dataclass(frozen=True, slots=True)
class StockView:
    """Units by state."""

    centres: tuple[StateView, ...] = ()
    free: int = -1
    reserved: int = -1
    doubt: int = -1
    promised: int = -1
    sold: int = -1
    doubles: int = -1
    overdue: int = -1
    locks: int = -1
    hot_left: int = -1
    hot_sold: int = -1
    brought: int = 0


@dataclass(frozen=True, slots=True)
class ConflictsView:
    """Transactions that sell: how often they were tried, and what they met."""

    does: str = ""
    picks: str = ""
    how: str = ""
    database: str = ""
    orders: int = 0
    tries: int = 0
    committed: int = 0
    conflicts: int = 0
    deadlocks: int = 0
    beaten: int = 0
    gave_up: int = 0
    retried_pct: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    oversold: int = 0
    halves: int = 0
    lanes: tuple[LaneView, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptView:
    """A unit in a cart; `share` of its time is left, percent, below 0 it is over."""

    unit: str = ""
    cart: str = ""
    left_s: float = 0.0
    share: float = 0.0
    over: bool = False


@dataclass(frozen=True, slots=True)
class CartsView:
    """Carts and what keeps their things."""

    open: int = -1
    kept: tuple[KeptView, ...] = ()
    where: str = ""
    filled: int = 0
    refused: int = 0
    expired: int = 0
    overdue: int = -1
    swept: int = 0
    turns: int = 0
    killed: int = 0
    blocked_s: float = 0.0
    stuck: int = 0
    cancelled: int = 0
    confirmed: int = 0


@dataclass(frozen=True, slots=True)
class LineView:
    """The line of a centre: who waits, who is picked, what has left, percent of the pickers at work."""

    name: str = ""
    open: bool = True
    waiting: int = -1
    picking: int = -1
    left: int = -1
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A centre of the last choice, in minutes: less is better."""

    name: str = ""
    ride: float = 0.0
    wait: float = 0.0
    scarce: int = 0
    score: float = 0.0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class PromisesView:
    """Promises and where they stand."""

    lines: tuple[LineView, ...] = ()
    scores: tuple[ScoreView, ...] = ()
    what: str = ""
    promised: int = -1
    waiting: int = -1
    picking: int = -1
    left: int = -1
    late: int = 0
    on_time: int = 0
    moved: int = 0
    bound: int = 0
    swapped: int = 0
    gone: int = 0
    far: int = 0


@dataclass(frozen=True, slots=True)
class AnswersView:
    """Answers about what is left, of the last 30 s; those that were compared with the rows since opened."""

    p50: float = 0.0
    p99: float = 0.0
    answers: int = 0
    compared: int = 0
    counts: int = 0
    stale: int = 0
    over: int = 0
    stale_pct: float = 0.0
    rows: int = 0
    replicas: int = 0
    cached: int = 0
    hits: int = 0
    misses: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy of a region's counts."""

    region: str = ""
    copy: int = 0
    centres: str = ""
    fields: int = -1
    units: int = -1
    reads: int = 0


@dataclass(frozen=True, slots=True)
class RegionsView:
    """Regions and their copies; `true` is what the rows say is free."""

    copies: tuple[CopyView, ...] = ()
    true: int = -1
    waiting: int = 0
    applied: int = 0
    lag_p50: float = 0.0
    lag_p99: float = 0.0
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """Everything that the page shows."""

    shop: ShopView = ShopView()
    reach: ReachView = ReachView()
    stock: StockView = StockView()
    conflicts: ConflictsView = ConflictsView()
    carts: CartsView = CartsView()
    promises: PromisesView = PromisesView()
    answers: AnswersView = AnswersView()
    regions: RegionsView = RegionsView()
