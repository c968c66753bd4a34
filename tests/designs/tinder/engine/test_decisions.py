"""Every verb says why, in the part that decides; another approach decides at another line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.strategies.change import CHANGES
from designs.tinder.engine.strategies.feed import FEEDS
from designs.tinder.engine.strategies.matching import MATCHERS
from designs.tinder.engine.strategies.seen import SEEN
from sdlab.lab import as_user
from tests.designs.tinder.conftest import MakeTinder

VERBS: dict[str, Callable[[Tinder], Awaitable[object]]] = {
    "feed": lambda engine: engine.refill(),
    "again": lambda engine: engine.refill(),
    "match": lambda engine: engine.swipe("p7", like=True),
    "change": lambda engine: engine.put_profile({"km": 7.0}),
}


async def decisions(engine: Tinder, verb: Awaitable[object]) -> set[tuple[str, int]]:
    """The files and lines that decided for one call by hand."""
    await as_user("visitor", verb)
    trace = engine.traces.get(engine.feed.newest(1)[0].trace)
    assert trace is not None
    return {(Path(one.file).name, one.line) for one in trace.decisions}


@pytest.mark.parametrize(
    ("toggle", "options", "file"),
    [
        ("feed", FEEDS, "feed.py"),
        ("again", SEEN, "seen.py"),
        ("match", MATCHERS, "matching.py"),
        ("change", CHANGES, "change.py"),
    ],
)
async def test_each_option_decides_at_a_line_of_its_own(
    tinder: MakeTinder, toggle: str, options: dict[str, type], file: str
) -> None:
    found: list[set[tuple[str, int]]] = []
    for option in options:
        engine = await tinder(**{toggle: option, "bloom_from": 0})
        lines = await decisions(engine, VERBS[toggle](engine))
        found.append({one for one in lines if one[0] == file})
    assert all(found)
    assert len(set.union(*found)) == sum(len(one) for one in found)


async def test_reading_ones_matches_says_how_they_are_found(tinder: MakeTinder) -> None:
    engine = await tinder()
    assert {file for file, _ in await decisions(engine, engine.list_matches())} == {"engine.py"}
