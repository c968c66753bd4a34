"""Jobs are called at their time; cron goes on; what is cancelled, late or dead is that."""

from __future__ import annotations

import pytest

from designs.job_scheduler.engine.models import CANCELLED, DEAD, DONE, DROPPED, WAITING
from sdlab.lab import Conflict, Invalid, NotFound, as_user
from tests.designs.job_scheduler.conftest import Make, broken, play, schedule, states

pytestmark = pytest.mark.virtual_time


async def test_a_job_is_called_at_its_time(scheduler: Make) -> None:
    engine = await scheduler()
    job = await schedule(engine, delay_ms=3_000, payload="tea")
    await engine.clock.sleep(2.9)
    assert await engine.bin.newest(5) == []
    await engine.clock.sleep(1.0)
    (one,) = await engine.bin.newest(5)
    assert (one.job_id, one.payload) == (job, "tea")
    assert 0 <= one.delay_ms <= 300
    story = await engine.job(job)
    assert (story.job.state, [a.status for a in story.attempts]) == (DONE, [200])


async def test_a_cron_job_comes_again_until_its_end(scheduler: Make) -> None:
    engine = await scheduler()
    until = int(engine.clock.time() * 1000) + 31_000
    job = await schedule(engine, cron="@every 10s", until_ms=until)
    await engine.clock.sleep(45)
    story = await engine.job(job)
    assert [run.state for run in story.runs] == [DONE] * 3
    assert all(run.due_ms % 10_000 == 0 for run in story.runs)
    assert story.job.state == DONE
    assert engine.backlog.waiting == 0


async def test_a_job_is_cancelled_while_it_waits(scheduler: Make) -> None:
    engine = await scheduler()
    job = await schedule(engine, delay_ms=2_000)
    with pytest.raises(NotFound):
        await as_user("bob", engine.cancel(job))
    await engine.cancel(job)
    with pytest.raises(Conflict):
        await engine.cancel(job)
    await engine.clock.sleep(4)
    assert await engine.bin.newest(5) == []
    assert await states(engine) == {CANCELLED: 1}


async def test_what_is_too_late_is_dropped(scheduler: Make) -> None:
    engine = await scheduler()
    now = int(engine.clock.time() * 1000)
    await schedule(engine, run_at_ms=now - 5_000, relevance_s=2.0)
    await schedule(engine, run_at_ms=now - 5_000)
    await engine.clock.sleep(2)
    assert await states(engine) == {DROPPED: 1, DONE: 1}


async def test_a_dead_job_is_tried_anew(scheduler: Make) -> None:
    engine = await scheduler(retry="immediate", tries=3)
    job = await schedule(engine, callback="/bin/failing", delay_ms=0)
    await engine.clock.sleep(3)
    story = await engine.job(job)
    assert (story.job.state, [a.number for a in story.attempts]) == (DEAD, [1, 2, 3])
    await engine.requeue(job)
    await engine.clock.sleep(3)
    assert [a.number for a in (await engine.job(job)).attempts] == [1, 2, 3, 4, 5, 6]
    done = await schedule(engine, delay_ms=0)
    await engine.clock.sleep(2)
    with pytest.raises(Conflict):
        await engine.requeue(done)
    assert broken(engine) == {}


async def test_waits_between_tries_double(scheduler: Make) -> None:
    engine = await scheduler()
    job = await schedule(
        engine, callback="/bin/failing", delay_ms=0, policy="exponential", most=4, base_s=0.4
    )
    await engine.clock.sleep(8)
    tries = (await engine.job(job)).attempts
    waits = [(one.next_ms - one.at_ms) / 1000 for one in tries[:-1]]
    for wait, longest in zip(waits, (0.4, 0.8, 1.6), strict=True):
        assert longest / 2 <= wait <= longest + 0.001
    assert tries[-1].next_ms == 0


async def test_what_is_wrong_is_refused(scheduler: Make) -> None:
    engine = await scheduler()
    for wrong in (
        {"callback": "http://127.0.0.1/"},
        {"delay_ms": -1},
        {"delay_ms": 10**12},
        {"run_at_ms": 0},
        {"policy": "hope"},
        {"most": 99},
        {"relevance_s": 0.001},
        {"payload": "x" * 300},
        {"cron": "* * * * *", "until_ms": 5},
        {"until_ms": 5},
    ):
        with pytest.raises(Invalid):
            await schedule(engine, **wrong)
    assert await states(engine) == {}


async def test_a_room_that_is_opened_again_goes_on(scheduler: Make) -> None:
    engine = await scheduler()
    await schedule(engine, delay_ms=4_000)
    await schedule(engine, callback="/bin/slow", delay_ms=100)
    await engine.clock.sleep(0.3)
    await engine.close()
    again = await scheduler(room=engine.room.id)
    await again.clock.sleep(7)
    assert await states(again) == {DONE: 2}
    assert broken(again) == {}


async def test_what_redis_forgot_waits_again(scheduler: Make) -> None:
    engine = await scheduler()
    await engine.set_fault("queue", "paused")
    await schedule(engine, delay_ms=100)
    await engine.clock.sleep(2)
    assert await states(engine) == {"queued": 1}
    await engine.close()
    keys = [key async for key in engine.room.redis.scan_iter(match=engine.room.key("*"))]
    await engine.room.redis.delete(*keys)
    again = await scheduler(room=engine.room.id)
    await again.clock.sleep(3)
    assert await states(again) == {DONE: 1}


async def test_a_paused_queue_keeps_what_is_due(scheduler: Make) -> None:
    engine = await scheduler()
    await engine.set_fault("queue", "paused")
    await play(engine, "steady", rate=20, seconds=1)
    assert engine.counters.fired == 0
    await engine.clear_fault("queue")
    await engine.clock.sleep(2)
    assert (await states(engine)).get(WAITING, 0) == 0
    assert engine.counters.fired == 20
