"""Keeps people who were swiped out of a feed, by the approach in force, and has every verdict checked."""

from __future__ import annotations

from collections.abc import Sequence

from designs.tinder.config import Config
from designs.tinder.engine.claims import ClaimChecker
from designs.tinder.engine.seen_history import SeenHistory, SeenVerdict
from designs.tinder.engine.strategies.seen import SEEN
from sdlab.lab import EngineContext


class Screening:
    """Asks who was swiped."""

    def __init__(self, context: EngineContext[Config], history: SeenHistory, checker: ClaimChecker) -> None:
        self._context = context
        self._history = history
        self._checker = checker

    async def screen(self, me: int, them: Sequence[int]) -> SeenVerdict:
        """The verdict about `them`, for `me`."""
        if not them:
            return SeenVerdict(frozenset())
        began = self._context.clock.monotonic()
        approach = SEEN[self._context.config.again](self._context, self._history)
        verdict = await approach.verdict(me, them)
        self._checker.screened(me, them, verdict, began=began)
        return verdict
