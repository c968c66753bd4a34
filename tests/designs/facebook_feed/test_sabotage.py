"""Each claim fails when posts, feeds or pages are made to do what it says they do not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from designs.facebook_feed.engine import timelines
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.entries import Entry
from designs.facebook_feed.engine.post_store import POST
from designs.facebook_feed.engine.visibility import Visibility
from tests.sabotage import Sabotage, sabotage_test


def forgets_a_follower(patch: pytest.MonkeyPatch, engine: Feed) -> None:
    """The feed table leaves out the last member of each chunk, and says that all were written."""
    deliver = engine.stores.feeds.deliver

    async def all_but_one(entries: Sequence[tuple[str, Sequence[int]]]) -> int:
        return await deliver([(written, members[:-1]) for written, members in entries])

    patch.setattr(engine.stores.feeds, "deliver", all_but_one)


def hides_every_fifth(patch: pytest.MonkeyPatch, engine: Feed) -> None:
    """Readers are kept from posts that they may see."""
    may_see = Visibility.may_see

    def sees(self: Visibility, reader: int, entry: Entry) -> bool:
        return may_see(self, reader, entry) and entry.position.id % 5 > 0

    patch.setattr(Visibility, "may_see", sees)


def forgets_what_is_gone(patch: pytest.MonkeyPatch, engine: Feed) -> None:
    """Nothing is purged, and whoever is to keep readers from it does not know of it."""

    async def nothing(*_: object) -> int:
        return 0

    for owner, name in (
        (engine.stores.feeds, "purge"),
        (engine.stores.feeds, "remove"),
        (engine.stores.authors, "remove"),
    ):
        patch.setattr(owner, name, nothing)
    patch.setattr(Visibility, "may_see", lambda self, reader, entry: True)
    patch.setattr(engine.visibility.deleted, "note", lambda key, value: None)
    patch.setattr(engine.hot, "forget", lambda post: None)


def swaps_two(patch: pytest.MonkeyPatch, engine: Feed) -> None:
    """The merge gives the first two in the wrong order."""
    merge = timelines._merge

    def merged(lists: Sequence[Sequence[Entry]], count: int) -> list[Entry]:
        found = merge(lists, count)
        return [*found[1:2], *found[:1], *found[2:]]

    patch.setattr(timelines, "_merge", merged)


def loses_rows(patch: pytest.MonkeyPatch, engine: Feed) -> None:
    """Every third post of the traffic goes from the store behind the engine."""
    gone = sa.delete(POST).where(POST.c.room == engine.room.id, POST.c.id % 3 == 0)

    async def lose() -> None:
        await engine.room.sql.write(lambda connection: connection.execute(gone) and None)

    engine.every("sabotage", 0.05, lose)


QUICK = {"worker_rate": 20_000}
SABOTAGES = {
    "delivered": Sabotage(breaks=forgets_a_follower, workload="everyday", config=QUICK, seconds=2),
    "pages_exact": Sabotage(breaks=hides_every_fifth, workload="scrollers", config=QUICK, seconds=3),
    "gone": Sabotage(breaks=forgets_what_is_gone, workload="churn", config=QUICK, rate=80, seconds=4),
    "in_order": Sabotage(breaks=swaps_two, workload="everyday", config=QUICK, seconds=2),
    "kept": Sabotage(breaks=loses_rows, workload="everyday", config=QUICK, seconds=2),
}

test_every_claim_can_fail = sabotage_test("facebook-feed", SABOTAGES)
