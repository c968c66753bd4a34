"""The verbs: five ways to count give the same answer, and what is refused."""

from __future__ import annotations

import pytest

from designs.top_k.engine.engine import MOST
from designs.top_k.engine.strategies import COUNTINGS
from sdlab.lab import Invalid
from tests.designs.top_k.conftest import MakeTopK, ranking, violations, watch

VIEWS = [video for number in range(1, 9) for video in [f"v{number}"] * (20 - 2 * number)]
TRUE = [(f"v{number}", 20 - 2 * number) for number in range(1, 9)]
ON_HOSTS = [name for name, one in COUNTINGS.items() if one.on_hosts]


@pytest.mark.parametrize("counting", ON_HOSTS)
@pytest.mark.parametrize("window", ["1m", "5m", "1h"])
async def test_every_approach_finds_the_most_viewed(topk: MakeTopK, counting: str, window: str) -> None:
    engine = await topk(counting=counting, width=1024)
    await watch(engine, VIEWS)
    found = await engine.top(window, 5)
    assert ranking(found.items) == TRUE[:5]
    assert [one.rank for one in found.items] == [1, 2, 3, 4, 5]
    assert found.exact == COUNTINGS[counting].exact
    assert (found.error_bound > 0) == (not found.exact)
    assert found.missing == 0
    assert violations(engine) == {}


async def test_equal_counts_have_some_order_and_k_is_kept(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, [f"v{number}" for number in range(50)])
    assert len((await engine.top("1m", 10)).items) == 10
    assert len((await engine.top("1m", MOST)).items) == 50


@pytest.mark.parametrize("window", ["5h", "", "1M", "60"])
async def test_another_window_is_refused(topk: MakeTopK, window: str) -> None:
    with pytest.raises(Invalid):
        await (await topk()).top(window, 5)


@pytest.mark.parametrize("k", [0, -1, MOST + 1])
async def test_another_k_is_refused(topk: MakeTopK, k: int) -> None:
    with pytest.raises(Invalid):
        await (await topk()).top("1m", k)


@pytest.mark.parametrize("video", ["", "a b", "x" * 41, "ä", "a/b", "v1\n"])
async def test_what_cannot_be_an_id_is_refused_and_not_counted(topk: MakeTopK, video: str) -> None:
    engine = await topk()
    with pytest.raises(Invalid):
        await engine.view(video)
    assert engine.ledger.seen == 0


async def test_a_view_tells_how_many_there_are(topk: MakeTopK) -> None:
    engine = await topk()
    assert [(await engine.view("v1")).views for _ in range(3)] == [1, 2, 3]
    assert "202, 3 in the last hour" in engine.feed.newest(1)[0].text


@pytest.mark.parametrize("counting", COUNTINGS)
async def test_every_verb_says_why_at_a_line_of_the_engine(topk: MakeTopK, counting: str) -> None:
    engine = await topk(counting=counting)
    await engine.view("v1")
    await engine.top("1m", 3)
    await engine.go_viral("v2")
    await engine.look("v1")
    for event in engine.feed.newest(4):
        trace = engine.traces.get(event.trace)
        assert trace is not None
        assert trace.decisions, trace.title
        assert all("/engine/" in one.file for one in trace.decisions)
