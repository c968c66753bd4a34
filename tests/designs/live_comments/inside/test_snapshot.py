"""The snapshot says of the system what is so, in names and numbers that panels show as they are."""

from __future__ import annotations

from designs.live_comments.engine.streams import MAIN
from designs.live_comments.inside.snapshot import build_snapshot, build_tallies
from tests.designs.live_comments.helpers import MakeLive, say


async def test_a_screen_has_the_cursor_of_what_is_above_it(live: MakeLive) -> None:
    engine = await live()
    await say(engine, 30)
    await engine.settled()
    shown = build_snapshot(engine).demo_users[0]
    assert [one.id for one in shown.rows] == list(range(15, 31))
    above = await engine.read(MAIN, cursor=shown.cursor, limit=5)
    assert [one.seq for one in above.comments] == [14, 13, 12, 11, 10]


async def test_figures_of_one_snapshot_agree(live: MakeLive) -> None:
    engine = await live()
    await engine.simulated.arrive(MAIN, 40)
    await say(engine, 5)
    await engine.settled()
    snap = build_snapshot(engine)
    assert (snap.stream.comments, snap.totals.comments, snap.bus.published) == (5, 5, 5)
    assert snap.stream.viewers == snap.totals.viewers == sum(one.connections for one in snap.servers) == 43
    assert snap.totals.delivered == sum(one.deliveries for one in snap.methods) == 5 * 43
    assert {one.id: one.value for one in build_tallies(engine)}["deliveries"] == 5 * 43
