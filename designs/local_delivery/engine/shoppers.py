"""The two on the page, who shop at the same address: the visitor and Sam; and the shelf that they see."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass

import numpy as np

from designs.local_delivery.config import Config
from designs.local_delivery.engine.carts import Cart, Carts
from designs.local_delivery.engine.looking import Looking, Shelves
from designs.local_delivery.engine.order import Order
from designs.local_delivery.engine.purchase import Purchase
from designs.local_delivery.engine.reach import Reach
from designs.local_delivery.engine.stock import Stock
from designs.local_delivery.engine.strategies.allocating import CandidateCentre
from designs.local_delivery.engine.world import ITEMS, PIN, minutes_from
from sdlab.lab import EngineContext, LabError
from sdlab.lab.actor import VISITOR

YOU, SAM = VISITOR.name, "Sam"
SETTLES_S = 1.0  # beyond what the approach is late, so long the page asks the rows after a write of its own
MOST_OF_ONE = 3


@dataclass(slots=True)
class Shopper:
    """One of the two. `note` is what was said to them last, `tone` how it was meant."""

    name: str
    cart: Cart | None = None
    order: Order | None = None
    note: str = ""
    tone: str = ""


class Shoppers:
    """What is on the screen. It is read again a few times a second, and after every write of its own."""

    def __init__(  # noqa: PLR0917 - the page looks at what each of its siblings keeps
        self,
        context: EngineContext[Config],
        stock: Stock,
        reach: Reach,
        looking: Looking,
        carts: Carts,
        purchase: Purchase,
    ) -> None:
        self._context, self._reach, self._looking = context, reach, looking
        self._carts, self._purchase = carts, purchase
        self.you, self.sam = Shopper(YOU), Shopper(SAM)
        self.x, self.y = PIN
        self.shelf: Shelves | None = None
        self.near: tuple[CandidateCentre, ...] = ()
        self.minutes: np.ndarray = np.zeros(0)
        self._written = 0
        self._sure_until = 0.0
        self._stale, self._was_sure = True, False
        stock.changed.connect(self._look_again)

    @property
    def both(self) -> tuple[Shopper, Shopper]:
        """The visitor first."""
        return self.you, self.sam

    def of(self, name: str) -> Shopper:
        """The one of that name; the visitor for any other."""
        return self.sam if name == SAM else self.you

    def _look_again(self) -> None:
        self._stale = True

    async def open(self) -> None:
        """Know again whose carts are open."""
        for cart in await self._carts.open_carts():
            if cart.shopper in (YOU, SAM):
                self.of(cart.shopper).cart = cart
        self.minutes = minutes_from(self.x, self.y)
        await self.refresh()

    async def move(self, x: float, y: float) -> None:
        """Both shop at another address."""
        self.x, self.y = x, y
        self.minutes = minutes_from(x, y)
        self.wrote()
        await self.refresh()

    def wrote(self) -> None:
        """A write of the page's own: what was asked before it is not shown any more."""
        self._written += 1
        late = {"cache": self._context.config.kept_s, "regions": 2 * self._context.config.lag_ms / 1000}
        wait = late.get(self._context.config.availability, 0.0) + SETTLES_S
        self._sure_until = self._context.clock.monotonic() + wait
        self._stale = True

    async def refresh(self) -> None:
        """The shelf, carts and orders as they are now."""
        written, sure = self._written, self._context.clock.monotonic() < self._sure_until
        self.near = tuple(self._reach.near(self.x, self.y))
        if self._stale or sure != self._was_sure:
            self._stale, self._was_sure = False, sure
            shelf = await self._looking.shelves(self.x, self.y, list(ITEMS), sure=sure)
            if written != self._written:
                self._stale = True
                return  # it was asked before a write: the answer to that comes at once
            self.shelf = shelf
        now = self._context.clock.time()
        for one in self.both:
            await self._follow(one, now)

    async def _follow(self, one: Shopper, now: float) -> None:
        written = self._written
        if (
            one.cart is not None
            and one.cart.kept_by != "forever"
            and one.cart.units
            and one.cart.until <= now
        ):
            self._say(one, "The time of your cart is over. Its things are free for others.", "error")
            one.cart = None
            self._context.changed()
        if one.order is not None and one.order.state != "left":
            found = await self._purchase.find(one.order.id)
            if written == self._written:
                one.order = found

    def _say(self, one: Shopper, text: str, tone: str = "") -> None:
        one.note, one.tone = text, tone

    # What they do

    async def did(self, name: str, work: Awaitable[Cart | Order | None]) -> Cart | Order | None:
        """Something that one of them does; a refusal is said to them, and raised."""
        one = self.of(name)
        try:
            done = await work
        except LabError as error:
            self.wrote()
            self._say(one, f"{error.detail}.", "error")
            raise
        finally:
            self._context.changed()
        self.wrote()
        if isinstance(done, Order):
            one.order, one.cart = done, None
            self._say(one, "", "")
        else:
            one.cart = done if done is not None and done.state == "open" else None
            self._say(one, "", "")
        return done

    def wanted(self, name: str, item: int, change: int) -> dict[int, int]:
        """What is in their cart when there is one more or fewer of something."""
        cart = self.of(name).cart
        items = Counter(cart.items if cart else {})
        items[item] = max(0, min(MOST_OF_ONE, items[item] + change))
        return dict(+items)

    async def settle(self) -> None:
        """See what came of a write before whoever pressed has the answer."""
        await self.refresh()
        self._context.changed()


async def both_at_once(first: Awaitable[object], second: Awaitable[object]) -> None:
    """Two writes that begin at the same moment; a refusal is an answer, too."""
    await asyncio.gather(first, second, return_exceptions=True)
