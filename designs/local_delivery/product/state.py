"""What a visitor wants of the shop: move the pin, fill a cart, pay, and the same for Sam."""

from __future__ import annotations

from designs.local_delivery.engine.engine import LocalDelivery
from designs.local_delivery.engine.shoppers import SAM, YOU
from sdlab.blocks.city import HEIGHT, WIDTH
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("local-delivery", LocalDelivery)


class LocalDeliveryState(VerbState):
    """Nothing of its own: carts and orders are in the live frames."""

    @verb(unusable="that is no place of the city")
    async def move(self, engine: LocalDelivery, x: float, y: float) -> None:
        """Both shop at another address."""
        await engine.move_pin(min(WIDTH, max(0.0, float(x))), min(HEIGHT, max(0.0, float(y))))

    @verb
    async def put(self, engine: LocalDelivery, who: str, item: int, change: int) -> None:
        """One more of something, or one fewer."""
        await engine.put(_one(who), int(item), 1 if int(change) > 0 else -1)

    @verb
    async def pay(self, engine: LocalDelivery, who: str) -> None:
        """Order what is in the cart."""
        await engine.pay(_one(who))

    @verb
    async def empty(self, engine: LocalDelivery, who: str) -> None:
        """Give everything back."""
        await engine.empty(_one(who))

    @verb
    async def race(self, engine: LocalDelivery, item: int) -> None:
        """Both order one of it at the same moment."""
        await engine.race(int(item))


def _one(who: str) -> str:
    return SAM if who == SAM else YOU
