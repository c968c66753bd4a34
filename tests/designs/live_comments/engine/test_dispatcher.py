"""The dispatcher's table may be wrong; the log is not."""

from __future__ import annotations

from designs.live_comments.engine.nodes import DISPATCHER
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.inside.snapshot import build_snapshot
from tests.designs.live_comments.helpers import MakeLive, shown


async def test_a_stale_dispatcher_delays_and_the_log_fills_in(live: MakeLive) -> None:
    engine = await live(distribution="dispatcher")
    await engine.set_fault(DISPATCHER, "stale")
    await engine.watch("chess")
    await engine.comment("who hears this", stream_id="chess")
    view = build_snapshot(engine).dispatcher
    assert [one.table for one in view.rows if one.stream == "chess"] == ["–"]
    assert view.wrong >= 1
    await engine.settled()
    assert shown(engine, 0) == [1]
    assert engine.dispatcher.to_nobody == 1


async def test_a_server_that_ends_leaves_the_table_after_its_lease(live: MakeLive) -> None:
    engine = await live(distribution="dispatcher")
    ended = engine.demo_users.users[0].server
    await engine.connections.kill(ended)
    assert ended in engine.dispatcher.targets(MAIN, engine.clock.monotonic())
    assert ended not in engine.dispatcher.targets(MAIN, engine.clock.monotonic() + 1.6)
