"""What a visitor wants beside the two phones: two strangers who like each other at the same instant."""

from __future__ import annotations

import secrets

from designs.tinder.engine.engine import Tinder
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("tinder", Tinder)


class TinderState(VerbState):
    """Nothing of its own: the phones call the API themselves, answers are in the live frames."""

    @verb
    async def like_each_other(self, engine: Tinder) -> None:
        """Two people who never met swipe right on each other at once."""
        await engine.like_each_other(secrets.randbelow(1 << 31))
