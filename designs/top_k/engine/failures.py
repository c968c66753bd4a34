"""What it means when a host or an aggregator dies, and what the feed says of it."""

from __future__ import annotations

from designs.top_k.config import Config
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.claims import ClaimChecker
from designs.top_k.engine.leaderboards import Leaderboards
from sdlab.lab import EngineContext, amount


class Failures:
    """Takes from the dead what they had in memory."""

    def __init__(
        self,
        context: EngineContext[Config],
        approach: Approach,
        checker: ClaimChecker,
        leaderboards: Leaderboards,
    ) -> None:
        self._context = context
        self._approach = approach
        self._checker = checker
        self._leaderboards = leaderboards

    def host_died(self, host: int) -> str:
        """All counters of the host are gone; what that means, in words."""
        fleet = self._approach.fleet
        if fleet is None:
            return "nothing to lose"
        loss = fleet.slots.lose(host)
        self._checker.check_loss(fleet, host, loss)
        self._leaderboards.expire()
        if loss.slots_gone:
            views, slots = amount(loss.views_gone, "view"), amount(loss.slots_gone, "slot")
            return f"lost {views} of {slots} that nobody else has a copy of"
        return f"nothing is lost, there are copies elsewhere of {amount(loss.copies, 'slot')}"

    def aggregator_died(self, partition: int) -> None:
        """It forgets what is in no file, and reads it again from the log."""
        if self._approach.pipeline is None:
            return
        again = self._approach.pipeline.aggregators[partition].die()
        views = amount(again, "view")
        self._context.say(f"aggregator {partition} forgot {views}, to be read again from the log")
