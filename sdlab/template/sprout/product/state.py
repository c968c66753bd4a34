"""What a visitor wants of the counter: one handler for each verb of the product."""

from __future__ import annotations

from sdlab.template.sprout.engine.engine import Sprout
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("sprout", Sprout)


class SproutState(VerbState):
    """Nothing of its own: the total is in the live frames."""

    @verb
    async def add(self, engine: Sprout) -> None:
        """Add one step."""
        await engine.add()
