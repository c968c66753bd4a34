"""Each claim fails when Twitter is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest

from designs.twitter.engine.engine import Twitter
from designs.twitter.engine.strategies import ByCursor, ByOffset, Everywhere, RowOnly
from sdlab.parts.two_stage_counter import TwoStageCounter
from tests.sabotage import Sabotage, sabotage_test


def counts_presses(patch: pytest.MonkeyPatch, engine: Twitter) -> None:
    """The script is not asked to look at the set."""
    engine.likes.counter.once = False


def never_flushes(patch: pytest.MonkeyPatch, engine: Twitter) -> None:
    """Thresholds are reached, and nobody writes."""

    async def nothing(self: TwoStageCounter, flushes: object) -> None:
        return None

    patch.setattr(TwoStageCounter, "_flush", nothing)


def tells_nobody(patch: pytest.MonkeyPatch, engine: Twitter) -> None:
    """The purge does what the row alone does."""
    patch.setattr(Everywhere, "purge", RowOnly.purge)
    patch.setattr(Everywhere, "tells", False)


def pages_by_number(patch: pytest.MonkeyPatch, engine: Twitter) -> None:
    """A cursor that counts from the top."""
    patch.setattr(ByCursor, "page", ByOffset.page)


def begins_at_zero(patch: pytest.MonkeyPatch, engine: Twitter) -> None:
    """After a loss nobody reads the rows."""

    def no_rows(self: TwoStageCounter, connection: Any, name: str) -> tuple[list[str], int, int]:
        return [], 0, 0

    patch.setattr(TwoStageCounter, "_rows", no_rows)


SABOTAGES = {
    "once": Sabotage(breaks=counts_presses, workload="presses", rate=120),
    "behind": Sabotage(breaks=never_flushes, workload="viral", rate=10),
    "gone": Sabotage(breaks=tells_nobody, workload="deletes", rate=60),
    "pages": Sabotage(breaks=pages_by_number, workload="scrollers", rate=60),
    "survive": Sabotage(breaks=begins_at_zero, workload="losses", rate=60),
}

test_every_claim_can_fail = sabotage_test("twitter", SABOTAGES)
