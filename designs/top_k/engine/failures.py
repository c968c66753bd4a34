"""What it means when a host or an aggregator dies, and what the feed says of it."""

from __future__ import annotations

from designs.top_k.config import Config
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.claims import ClaimChecker
from designs.top_k.engine.leaderboards import Leaderboards
from sdlab.lab import EngineContext


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
            slots = "1 slot" if loss.slots_gone == 1 else f"{loss.slots_gone} slots"
            return f"{loss.views_gone:,} views of {slots} are gone, nobody has a copy"
        if loss.copies == 1:
            return "nothing is lost, 1 slot has a copy elsewhere"
        return f"nothing is lost, {loss.copies} slots have a copy elsewhere"

    def aggregator_died(self, partition: int) -> None:
        """It forgets what is in no file, and reads it again from the log."""
        if self._approach.pipeline is None:
            return
        again = self._approach.pipeline.aggregators[partition].die()
        self._context.say(
            f"aggregator {partition} forgot {again:,} views, which it will read again from the log"
        )
