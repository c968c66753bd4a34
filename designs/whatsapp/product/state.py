"""What a visitor wants of the counter: one handler for each verb of the product."""

from __future__ import annotations

from designs.whatsapp.engine.engine import Whatsapp
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("whatsapp", Whatsapp)


class WhatsappState(VerbState):
    """Nothing of its own: the total is in the live frames."""

    @verb
    async def add(self, engine: Whatsapp) -> None:
        """Add one step."""
        await engine.add()
