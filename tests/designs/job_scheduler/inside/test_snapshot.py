"""The picture says what the stores say."""

from __future__ import annotations

import pytest

from designs.job_scheduler.inside.snapshot import build_snapshot, build_tallies
from tests.designs.job_scheduler.conftest import Make, play, schedule

pytestmark = pytest.mark.virtual_time


async def test_before_the_first_look_nothing_is_known(scheduler: Make) -> None:
    shown = build_snapshot(await scheduler())
    assert (shown.screen.waiting, shown.queue.depth, shown.outcomes.jobs) == (-1, -1, -1)


async def test_what_waits_and_what_was_called_are_shown(scheduler: Make) -> None:
    engine = await scheduler()
    job = await schedule(engine, delay_ms=60_000, payload="later")
    await schedule(engine, delay_ms=200, payload="soon")
    await engine.clock.sleep(2)
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    (coming,) = shown.screen.coming
    assert (coming.name, coming.mine, coming.id.partition("@")[0]) == ("later", True, job)
    assert [one.name for one in shown.screen.jobs] == ["soon", "later"]
    assert [one.name for one in shown.screen.callbacks] == ["soon"]
    assert len(shown.firing.points) == shown.firing.delay.samples == 1
    assert len(shown.partitions.partitions) == 12
    assert shown.partitions.owners == 3


async def test_a_quiet_room_shows_the_same(scheduler: Make) -> None:
    engine = await scheduler()
    await play(engine, "steady", rate=20, seconds=1)
    await engine.clock.sleep(30)
    await engine.refresh_looks(now=True)
    before = build_snapshot(engine)
    await engine.clock.sleep(30)
    await engine.refresh_looks(now=True)
    after = build_snapshot(engine)
    for name in (
        "screen",
        "partitions",
        "firing",
        "queue",
        "retries",
        "doubles",
        "outcomes",
        "edges",
        "invariants",
    ):
        assert getattr(after, name) == getattr(before, name), name
    assert {one.id: one.value for one in build_tallies(engine)}["fired"] == 20
