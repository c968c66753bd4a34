"""Viewers get a server, and another one when theirs has ended."""

from __future__ import annotations

import asyncio

import pytest

from designs.live_comments.engine.strategies import ROUTINGS
from designs.live_comments.engine.streams import MAIN, STREAMS
from designs.live_comments.inside.snapshot import build_snapshot
from sdlab.lab import Unavailable
from tests.designs.live_comments.helpers import Listener, MakeLive, held, say, shown, verdict


@pytest.mark.parametrize("distribution", ["partitioned", "dispatcher"])
async def test_viewers_of_a_server_that_ends_go_on_elsewhere_and_miss_nothing(
    live: MakeLive, distribution: str
) -> None:
    engine = await live(distribution=distribution)
    await engine.simulated.arrive(MAIN, 200)
    listener = Listener(engine)
    await held(engine, 1)
    await say(engine, 10)
    await engine.settled()
    ended = engine.demo_users.users[0].server
    await engine.set_fault(ended, "down")
    await asyncio.wait_for(listener.task, 5)
    assert listener.farewell == f"bye {ended} ended"
    await say(engine, 10)
    await engine.settled()
    assert {one.seen for one in engine.connections.viewers.values()} == {20}
    assert engine.demo_users.users[0].server not in ("", ended)
    assert shown(engine, 1) == list(range(1, 21))
    assert verdict(engine, "seen_once")[0]
    again = Listener(engine, after=listener.seen[-1])
    assert listener.seen + await again.until(20) == list(range(1, 21))
    await again.stop()
    await engine.clear_fault(ended)
    assert engine.pool.servers[ended].up


async def test_over_pub_sub_alone_the_same_viewers_miss_what_was_said_meanwhile(live: MakeLive) -> None:
    engine = await live(transport="pubsub")
    await engine.simulated.arrive(MAIN, 20)
    await say(engine, 3)
    await engine.settled()
    ended = engine.demo_users.users[0].server
    label = engine.node(ended).spec.label
    await engine.set_fault(ended, "down")
    await say(engine, 4)
    await engine.settled()
    await engine.comment("after", stream_id=MAIN)
    await engine.settled()
    assert engine.checker.missed == 4 * (20 + 3)
    evidence = engine.monitors["seen_once"].view().evidence
    assert [(one.kind, one.text) for one in evidence[:1]] == [("cause", f"{label} ended")]
    assert [(one.text, one.lost) for one in evidence[1:5]] == [
        (f"took comment {seq} of {MAIN}", True) for seq in range(4, 8)
    ]
    assert evidence[0].t < evidence[1].t <= evidence[-1].t
    assert evidence[-1].value == "3, then 8"
    assert "comments 4 to 7 never came" in evidence[-1].text


async def test_no_room_is_said_and_leaves_the_others_alone(live: MakeLive) -> None:
    engine = await live(servers=2, capacity=500, routing="least_connections")
    await engine.simulated.arrive(MAIN, 997)
    with pytest.raises(Unavailable, match="no server has room"):
        await engine.admit(MAIN, "sse")
    assert [one.connections for one in build_snapshot(engine).servers] == [500, 500]


@pytest.mark.parametrize(("routing", "most"), [("by_stream", 12), ("least_connections", 48), ("random", 48)])
async def test_routing_by_stream_needs_one_subscription_per_stream(
    live: MakeLive, routing: str, most: int
) -> None:
    engine = await live(routing=routing)
    for name in STREAMS:
        await engine.simulated.arrive(name, 40)
    pairs = sum(one.streams for one in build_snapshot(engine).servers)
    assert pairs == most if routing != "random" else 40 <= pairs <= most
    assert set(ROUTINGS) == {"random", "least_connections", "by_stream"}


async def test_a_viral_stream_spills_over(live: MakeLive) -> None:
    engine = await live(capacity=500)
    await engine.simulated.arrive(MAIN, 1200)
    assert sorted(one.connections for one in build_snapshot(engine).servers) == [0, 203, 500, 500]
