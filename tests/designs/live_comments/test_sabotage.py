"""Every claim can fail: a small change of the engine's code or data, for each, that it notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from designs.live_comments.engine.comments import Comment, CommentStore
from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.feeds import Feed
from designs.live_comments.engine.strategies import DropSlow
from designs.live_comments.engine.viewers import BufferedViewer, DemoUser, Viewer
from tests.sabotage import Sabotage, sabotage_test


def some_are_forgotten(patch: pytest.MonkeyPatch, _: LiveComments) -> None:
    """A server holds the connection of every fifth viewer and delivers nothing to it."""
    add = Feed.add

    def forgets(self: Feed, viewer: Viewer) -> None:
        if isinstance(viewer, BufferedViewer | DemoUser) or viewer.id % 5:
            add(self, viewer)

    patch.setattr(Feed, "add", forgets)


def drops_nobody(patch: pytest.MonkeyPatch, _: LiveComments) -> None:
    patch.setattr(DropSlow, "waits", True)


def a_row_is_skipped(patch: pytest.MonkeyPatch, _: LiveComments) -> None:
    before = CommentStore.before

    async def skips(self: CommentStore, *arguments: Any, **options: Any) -> list[Comment]:
        found = await before(self, *arguments, **options)
        return [*found[:3], *found[4:]] if len(found) > 4 else found

    patch.setattr(CommentStore, "before", skips)


def the_last_of_a_batch_is_not_written(patch: pytest.MonkeyPatch, _: LiveComments) -> None:
    add = CommentStore.add

    async def loses(self: CommentStore, comments: Sequence[Comment]) -> None:
        if len(comments) > 1:
            await add(self, comments[:-1])

    patch.setattr(CommentStore, "add", loses)


SABOTAGES = {
    "seen_once": Sabotage(breaks=some_are_forgotten, workload="chatter", seconds=2),
    "unhindered": Sabotage(
        breaks=drops_nobody, workload="come_and_go", config={"buffer": 8}, rate=60, seconds=4
    ),
    "pages_exact": Sabotage(breaks=a_row_is_skipped, workload="readers", rate=60, seconds=3),
    "acknowledged_kept": Sabotage(
        breaks=the_last_of_a_batch_is_not_written, workload="burst", rate=200, seconds=1
    ),
}

test_every_claim_can_fail = sabotage_test("live-comments", SABOTAGES)
