"""Each claim fails when the lab is made to do what it says it does not."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.index_feed import IndexFeed
from designs.yelp.engine.place import Place, Rating, SearchQuery
from designs.yelp.engine.rating_table import RatingTable
from designs.yelp.engine.sphere import Reach
from designs.yelp.engine.strategies.averaging import Optimistic, ReadThenWrite
from designs.yelp.engine.strategies.searching import Circle, around
from sdlab.stores.sessions import Session
from tests.sabotage import Sabotage, sabotage_test


def forgets_cells(patch: pytest.MonkeyPatch, engine: Yelp) -> None:
    """Of the cells that cover the circle, only half are asked for."""

    def some(query: SearchQuery, level: int) -> Reach:
        reach = around(query, level)
        return reach._replace(cells=reach.cells[: len(reach.cells) // 2 + 1])

    patch.setattr(Circle, "reach", staticmethod(some))


def keys_nobody(patch: pytest.MonkeyPatch, engine: Yelp) -> None:
    """Every rating gets a key of its own, so that the unique one never refuses any."""
    insert = RatingTable.insert

    async def unkeyed(table: RatingTable, session: Session, rating: Rating, *, claim: str) -> bool:
        return await insert(table, session, rating, claim=secrets.token_hex(4))

    patch.setattr(RatingTable, "insert", unkeyed)


def writes_back(patch: pytest.MonkeyPatch, engine: Yelp) -> None:
    """The sums are read and written back behind the transaction, without looking at the version."""

    async def nothing(*_: object) -> bool:
        return True

    patch.setattr(Optimistic, "follow", staticmethod(nothing))
    patch.setattr(Optimistic, "afterwards", staticmethod(ReadThenWrite.afterwards))


def skips_some(patch: pytest.MonkeyPatch, engine: Yelp) -> None:
    """Every other change is taken from the outbox and not put into the index."""
    put = IndexFeed._put
    turns = iter(range(1_000_000))

    async def some(feed: IndexFeed, places: list[Place]) -> None:
        await put(feed, [one if next(turns) % 2 else replace(one, revision=-1) for one in places])

    patch.setattr(IndexFeed, "_put", some)


SABOTAGES = {
    "found_all": Sabotage(breaks=forgets_cells, workload="searches"),
    "one_each": Sabotage(breaks=keys_nobody, workload="doubles"),
    "average": Sabotage(breaks=writes_back, workload="storm", rate=150, seconds=3),
    "fresh": Sabotage(breaks=skips_some, workload="edits", config={"promise_s": 2}, rate=20),
}

test_every_claim_can_fail = sabotage_test("yelp", SABOTAGES)
