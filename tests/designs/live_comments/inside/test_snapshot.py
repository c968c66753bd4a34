"""The snapshot says of the system what is so, in names and numbers that panels show as they are."""

from __future__ import annotations

from designs.live_comments.engine.streams import MAIN
from designs.live_comments.inside.snapshot import build_snapshot, build_tallies
from tests.designs.live_comments.helpers import MakeLive, say


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
