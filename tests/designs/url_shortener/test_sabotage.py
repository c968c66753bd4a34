"""Each claim fails when the shortener is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.one_to_one import OneToOne
from designs.url_shortener.engine.shards.link_table import LinkTable
from designs.url_shortener.engine.shards.rows import LINKS
from designs.url_shortener.engine.strategies.generators import Draw, TokenRangeKeys
from sdlab.blocks import base62
from tests.sabotage import Sabotage, sabotage_test


def gives_every_third_code_again(patch: pytest.MonkeyPatch, engine: UrlShortener) -> None:
    """A generator that repeats itself, over a table that does not mind."""
    draw = TokenRangeKeys.draw

    async def forgetful(numbers: Any, url: str, *, attempt: int) -> Draw:
        drawn = await draw(numbers, url, attempt=attempt)
        number = drawn.number if drawn.raw % 3 else 7
        return Draw(
            base62.fixed(number, numbers.width), number, drawn.how, drawn.source, drawn.raw, drawn.steps
        )

    patch.setattr(TokenRangeKeys, "draw", staticmethod(forgetful))
    patch.setattr(LinkTable, "claim", LinkTable.put)


def loses_rows(patch: pytest.MonkeyPatch, engine: UrlShortener) -> None:
    """In the middle of the traffic somebody deletes every row behind the system."""

    async def later() -> None:
        await engine.clock.sleep(1)
        rows = sa.delete(LINKS).where(LINKS.c.room == engine.room.id)
        await engine.room.sql.write(lambda connection: connection.execute(rows).rowcount)

    engine.supervise("sabotage", later)


def looks_nowhere(patch: pytest.MonkeyPatch, engine: UrlShortener) -> None:
    """The filter forgets whatever it is given."""
    patch.setattr(OneToOne, "add", lambda *_: None)


def counts_twice(patch: pytest.MonkeyPatch, engine: UrlShortener) -> None:
    """A redirect that is answered once counts as two clicks seen."""
    once = Clicks.record_seen

    def twice(self: Clicks, code: str) -> None:
        once(self, code)
        once(self, code)

    patch.setattr(Clicks, "record_seen", twice)


SABOTAGES = {
    "one_url_per_code": Sabotage(breaks=gives_every_third_code_again, workload="new_links_storm", seconds=2),
    "acknowledged_found": Sabotage(breaks=loses_rows, workload="new_links_storm", seconds=3),
    "one_code_per_url": Sabotage(breaks=looks_nowhere, workload="identical_burst", rate=100, seconds=2),
    "seen_at_most_made": Sabotage(breaks=counts_twice, workload="read_heavy", rate=200, seconds=3),
}

test_every_claim_can_fail = sabotage_test("url-shortener", SABOTAGES)
