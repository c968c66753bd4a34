"""Five ways to count give the same answer, and each at its own price."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.top_k.engine.engine import MOST
from designs.top_k.engine.strategies import COUNTINGS, SLIDINGS, SLOTS, Partitioned, preference
from designs.top_k.engine.traffic import TopKTraffic
from designs.top_k.engine.videos import checked, pick, title, video_id
from designs.top_k.inside.snapshot import build_snapshot
from sdlab.lab import Invalid, ManualClock, Operation, Quota, TooMany
from tests.designs.top_k.conftest import MakeTopK, fleet_of, pipeline_of, ranking, violations, watch

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


async def test_the_merger_reads_whole_maps_after_random_routing_and_heads_otherwise(topk: MakeTopK) -> None:
    read = {}
    for counting in ("random", "partitioned"):
        engine = await topk(counting=counting, hosts=3, replicas=1)
        await watch(engine, [f"v{number}" for number in range(300)] * 3)
        read[counting] = (await engine.top("1m", 5)).read
    assert read["partitioned"] <= 5 + 3
    assert read["random"] > 300


@pytest.mark.parametrize("counting", ON_HOSTS)
@pytest.mark.parametrize("then", COUNTINGS)
async def test_switching_the_approach_takes_the_counts_along(
    topk: MakeTopK, counting: str, then: str
) -> None:
    engine = await topk(counting=counting, width=1024)
    await watch(engine, VIEWS)
    await engine.configure(replace(engine.config, counting=then))
    if engine.approach.pipeline is not None:
        await pipeline_of(engine).step()
    assert ranking((await engine.top("1h", 8)).items) == TRUE


async def test_views_under_way_while_the_hosts_are_exchanged_are_counted_once(topk: MakeTopK) -> None:
    import asyncio

    engine = await topk(counting="partitioned")
    views = asyncio.gather(*(engine.view(f"v{n % 7}") for n in range(200)))
    await asyncio.sleep(0)
    await engine.configure(replace(engine.config, counting="random"))
    await views
    assert sum(store.total("1h") for store in fleet_of(engine).slots.current()) == 200
    engine.checker.check_counts()
    assert violations(engine) == {}


@pytest.mark.parametrize("sliding", SLIDINGS)
async def test_windows_let_old_views_go(topk: MakeTopK, sliding: str) -> None:
    clock = ManualClock(1_800_000_000.0)  # a full hour: tumbling windows begin here
    engine = await topk(clock=clock, sliding=sliding)
    await watch(engine, ["v1"] * 3)
    await clock.advance(59)
    assert ranking((await engine.top("1m", 3)).items) == [("v1", 3)]
    await clock.advance(2)
    assert ranking((await engine.top("1m", 3)).items) == []
    assert ranking((await engine.top("5m", 3)).items) == [("v1", 3)]
    await clock.advance(300)
    assert ranking((await engine.top("5m", 3)).items) == []
    assert ranking((await engine.top("1h", 3)).items) == [("v1", 3)]


async def test_tumbling_forgets_at_the_turn_what_a_ring_still_has(topk: MakeTopK) -> None:
    left = {}
    for sliding in ("tumbling", "ring_12"):
        clock = ManualClock(1_800_000_050.0)
        engine = await topk(clock=clock, sliding=sliding)
        await watch(engine, ["v1"] * 4)
        await clock.advance(20)
        left[sliding] = ranking((await engine.top("1m", 3)).items)
        assert engine.ledger.count("v1", "1m") == 4
    assert left == {"tumbling": [], "ring_12": [("v1", 4)]}


async def test_a_change_of_slices_keeps_what_is_in_the_window(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, VIEWS)
    for sliding in SLIDINGS:
        await engine.configure(replace(engine.config, sliding=sliding))
        assert ranking((await engine.top("1h", 8)).items) == TRUE


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


async def test_a_full_room_counts_known_videos_only(topk: MakeTopK) -> None:
    engine = await topk(quota=Quota(rows=3))
    await watch(engine, ["a", "b", "c"])
    with pytest.raises(TooMany):
        await engine.view("d")
    assert (await engine.view("a")).views == 2


async def test_a_view_tells_how_many_there_are(topk: MakeTopK) -> None:
    engine = await topk()
    assert [(await engine.view("v1")).views for _ in range(3)] == [1, 2, 3]
    assert "202, 3 in the last hour" in engine.feed.newest(1)[0].text


async def test_a_crowd_comes_through_the_front_door_and_ends(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await engine.go_viral("v4")
    assert build_snapshot(engine).wall[3].viral
    for _ in range(300):
        await clock.advance(0.04)
        await engine.log.settled()
    assert engine.ledger.count("v4", "1h") == 240
    assert engine.crowds.views_left == {}


async def test_three_crowds_are_enough(topk: MakeTopK) -> None:
    engine = await topk()
    for number in range(3):
        await engine.go_viral(f"v{number}")
    with pytest.raises(TooMany):
        await engine.go_viral("v9")


def test_popularity_follows_the_skew() -> None:
    even = [pick((n + 0.5) / 1000, videos=10, skew=0.0) for n in range(1000)]
    steep = [pick((n + 0.5) / 1000, videos=10, skew=2.0) for n in range(1000)]
    assert {even.count(video_id(n)) for n in range(1, 11)} == {100}
    assert steep.count("v1") > 600
    assert pick(0.999999, videos=10, skew=1.0) == "v10"


def test_titles_are_all_different() -> None:
    titles = [title(video_id(number)) for number in range(1, 5001)]
    assert len(set(titles)) == 5000
    assert title("nobody") == "nobody"
    assert checked("A-b_9") == "A-b_9"


@pytest.mark.parametrize("hosts", range(1, 7))
@pytest.mark.parametrize("copies", range(1, 4))
def test_every_slot_has_different_hosts_for_its_copies(hosts: int, copies: int) -> None:
    for slot in range(SLOTS):
        owners = Partitioned.owners(slot, hosts, copies)
        assert len(set(owners)) == len(owners) == min(hosts, copies)


def test_the_second_owner_is_the_first_when_that_one_leaves() -> None:
    for slot in range(SLOTS):
        first, second = preference(slot, (0, 1, 2), 2)
        assert preference(slot, tuple(one for one in (0, 1, 2) if one != first), 1) == (second,)


async def test_a_lookup_shows_the_cells_that_are_read(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, ["v1", "v1", "v2"])
    assert await TopKTraffic(engine).perform(Operation("look", {"video": "v1"}, "visitor")) >= 2
    cells = build_snapshot(engine).sketch.read
    assert [one.row for one in cells] == [0, 1, 2, 3]
    assert any(one.minimum for one in cells)
