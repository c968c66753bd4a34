"""Each claim fails when the service is made to do what it says it does not."""

from __future__ import annotations

import pytest

from designs.tagging_service.engine.bitmaps import BitmapIndex
from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.strategies.counts import CountSource, ExactCounts
from designs.tagging_service.engine.strategies.locks import NoLocks, RowLocks
from tests.sabotage import Sabotage, sabotage_test


def forgets_every_tenth(patch: pytest.MonkeyPatch, engine: TaggingService) -> None:
    """Some changes never reach the bitmaps."""
    done = BitmapIndex.set

    def set_most(index: BitmapIndex, item: int, tag: int, *, present: bool) -> int:
        return done(index, item, tag, present=present) if item % 10 else index.place(item, tag)

    patch.setattr(BitmapIndex, "set", set_most)


def merges_without_lock(patch: pytest.MonkeyPatch, engine: TaggingService) -> None:
    """Locks are neither taken nor shared."""
    for name in ("known", "resolve", "merge"):
        patch.setattr(RowLocks, name, getattr(NoLocks, name))


def tells_one_more(patch: pytest.MonkeyPatch, engine: TaggingService) -> None:
    """Counts that somebody has rounded up."""

    async def rounded(self: ExactCounts, source: CountSource, ids: list[int]) -> dict[int, int]:
        return {tag: n + 40 for tag, n in (await source.exact(ids)).items()}

    patch.setattr(ExactCounts, "count", rounded)


SABOTAGES = {
    "one_answer": Sabotage(breaks=forgets_every_tenth, workload="tagging", rate=60, seconds=2),
    "pairs_kept": Sabotage(breaks=merges_without_lock, workload="merge_storm", rate=80, seconds=2),
    "exact_count": Sabotage(breaks=tells_one_more, workload="tagging", rate=40, seconds=1),
}

test_every_claim_can_fail = sabotage_test("tagging-service", SABOTAGES)
