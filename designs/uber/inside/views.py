"""What the panels may show: frozen, bounded, ready to print. Coordinates are metres in the city; -1 is not known."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView, LaneView


@dataclass(frozen=True, slots=True)
class PointsView:
    """Cars as the system knows them, packed.

    `data` is base64 of little-endian unsigned 16-bit pairs (x, y) in half metres, in the order of the fleet;
    `marks` has one sign per car: `0` free, `1` driving for somebody, `2` silent for too long, `3` asked.
    """

    data: str = ""
    marks: str = ""
    drawn: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell that a search looked into: its corners as x, y, x, y, …, and how many cars are in it."""

    id: str = ""
    corners: tuple[float, ...] = ()
    count: int = 0
    touched: bool = True


@dataclass(frozen=True, slots=True)
class HitView:
    """A driver who was found, or should have been."""

    name: str = ""
    x: float = 0.0
    y: float = 0.0
    metres: float = 0.0
    age: float = -1.0
    missed: bool = False


@dataclass(frozen=True, slots=True)
class SearchView:
    """A search for a driver. `ring` is how far the farthest of who was found is."""

    asked: bool = False
    where: str = ""
    x: float = 0.0
    y: float = 0.0
    ring: float = 0.0
    hits: tuple[HitView, ...] = ()
    cells: tuple[CellView, ...] = ()
    looked: int = 0
    cells_read: int = 0
    missed: int = 0
    ms: float = -1.0


@dataclass(frozen=True, slots=True)
class RideView:
    """A ride as its row says. `price` is in euros; `left_s` how long until the car is there, or at the end."""

    id: str = ""
    rider: str = ""
    status: str = ""
    driver: str = ""
    start: str = ""
    end: str = ""
    price: float = 0.0
    offers: int = 0
    clock: str = ""


@dataclass(frozen=True, slots=True)
class RiderView:
    """The rider of the page: the trip, its fare, and the ride that was asked for.

    `ring` grows with each offer: how far the driver is who is asked now. `way` is what the car still drives.
    """

    ready: bool = False
    x: float = 0.0
    y: float = 0.0
    to_x: float = 0.0
    to_y: float = 0.0
    start: str = ""
    end: str = ""
    price: float = -1.0
    surge: float = 1.0
    metres: float = 0.0
    eta_s: float = -1.0
    ride: str = ""
    status: str = ""
    driver: str = ""
    driver_id: str = ""
    asked: str = ""
    offers: int = 0
    ring: float = 0.0
    left_s: float = -1.0
    car_x: float = -1.0
    car_y: float = -1.0
    way: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DriverView:
    """The driver of the page: where the car is, what it is asked, and what it drives. `ends` is in Unix seconds."""

    x: float = 0.0
    y: float = 0.0
    state: str = ""
    ride: str = ""
    rider: str = ""
    start: str = ""
    end: str = ""
    price: float = -1.0
    metres: float = 0.0
    ends: float = 0.0
    left_s: float = -1.0
    way: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer that is open, as the store has it."""

    driver: str = ""
    ride: str = ""
    matcher: str = ""
    left_s: float = 0.0
    twice: bool = False


@dataclass(frozen=True, slots=True)
class OffersView:
    """The offers of the ride that is followed, as lanes; and those that are open now."""

    who: str = ""
    lanes: tuple[LaneView, ...] = ()
    now: tuple[OfferView, ...] = ()
    open_now: int = -1
    twice: int = 0
    made: int = 0
    each: float = -1.0


@dataclass(frozen=True, slots=True)
class LockView:
    """A driver who is locked, by whom, and for how much longer. `share` is what is left, percent."""

    driver: str = ""
    matcher: str = ""
    left_s: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class LocksView:
    """Keys in Redis, or what matchers have in memory."""

    kept: tuple[LockView, ...] = ()
    held: int = -1
    in_memory: int = 0
    taken: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class MatcherView:
    """A matcher, what it has in hand now, and what it has done since opened."""

    id: str = ""
    label: str = ""
    up: bool = True
    rides: int = 0
    jobs: int = 0
    matched: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class QueueView:
    """Rides in the queue as the store has them; -1 before the first look."""

    waiting: int = -1
    taken: int = -1
    in_hand: int = 0
    refused: int = 0
    lost: int = 0
    claimed: int = 0
    matchers: tuple[MatcherView, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdatesView:
    """Positions: how many come, and how far cars are from where they said they are (metres, this step)."""

    rate: float = 0.0
    total: int = 0
    per_car: float = -1.0
    error: float = -1.0
    error_p95: float = -1.0
    fresh: int = 0
    silent: int = 0
    product: float = -1.0


@dataclass(frozen=True, slots=True)
class MatchView:
    """Times of rides that were matched; `recent` of the last 30 s, the others since opened. Seconds; -1 before the first."""

    recent: DelayView = DelayView()
    matched: int = 0
    failed: int = 0
    match_s: float = -1.0
    pickup_s: float = -1.0
    worst_s: float = -1.0
    wait_s: float = -1.0
    batch: int = 0


@dataclass(frozen=True, slots=True)
class SurgeView:
    """A cell with its riders of the last 20 s, its free cars and the factor of its prices; `corners` as x, y, x, y, …"""

    id: str = ""
    where: str = ""
    riders: int = 0
    cars: int = 0
    factor: float = 1.0
    corners: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SurgesView:
    """The cells with the most riders, and who found the price too high since opened."""

    cells: tuple[SurgeView, ...] = ()
    highest: float = 1.0
    declined: int = 0


@dataclass(frozen=True, slots=True)
class StatusView:
    """How many rides are in a state; -1 before the first look."""

    status: str = ""
    rides: int = -1


@dataclass(frozen=True, slots=True)
class RidesView:
    """The rows of rides."""

    states: tuple[StatusView, ...] = ()
    newest: tuple[RideView, ...] = ()
    total: int = -1
    twice: int = -1


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of Uber."""

    now: float = 0.0
    points: PointsView = PointsView()
    search: SearchView = SearchView()
    rider: RiderView = RiderView()
    driver: DriverView = DriverView()
    offers: OffersView = OffersView()
    locks: LocksView = LocksView()
    queue: QueueView = QueueView()
    updates: UpdatesView = UpdatesView()
    match: MatchView = MatchView()
    surges: SurgesView = SurgesView()
    rides: RidesView = RidesView()
