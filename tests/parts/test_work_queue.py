"""The work queue: nothing that was put is lost, nothing is with two workers, nothing is tried for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from sdlab.lab import Room, Unavailable
from sdlab.parts.work_queue import QueuedJob, Retries, WorkQueue
from tests.conftest import MakeRoom

AT_ONCE = Retries(deliveries=3, first_s=0.0, longest_s=0.0)
LONG, NONE = 60.0, 0.0


@pytest.fixture
async def room(make_room: MakeRoom) -> Room:
    return await make_room("queue-test")


async def queue(room: Room, *, visibility_s: float = LONG, most: int = 0, **how: Retries) -> WorkQueue:
    made = WorkQueue(room.redis, room.key("jobs"), visibility_s=visibility_s, most=most, **how)
    await made.open()
    return made


async def put(jobs: WorkQueue, *names: str) -> None:
    await jobs.put([{"name": name} for name in names])


def names(found: list[QueuedJob]) -> list[str]:
    return [job.fields["name"] for job in found]


async def test_jobs_are_taken_in_order_each_by_one(room: Room) -> None:
    jobs = await queue(room)
    await put(jobs, *"abcd")
    assert names(await jobs.take("one", 2)) == ["a", "b"]
    assert names(await jobs.take("two", 9)) == ["c", "d"]
    assert await jobs.take("two", 9) == []
    assert await jobs.claim("two", 9) == []


async def test_what_is_acknowledged_is_gone_and_the_rest_stays(room: Room) -> None:
    jobs = await queue(room)
    await put(jobs, *"abc")
    first, second = await jobs.take("one", 2)
    await jobs.ack([first.id])
    depth = await jobs.depth()
    assert (depth.waiting, depth.taken, depth.delayed, depth.dead) == (1, {"one": 1}, 0, 0)
    assert depth.total == 2
    again = await queue(room)
    assert names(await again.take("two", 9)) == ["c"]
    assert second.fields == {"name": "b"}


async def test_a_job_whose_worker_is_silent_is_claimed_and_counted(room: Room) -> None:
    jobs = await queue(room, visibility_s=NONE)
    await put(jobs, "a")
    assert [job.deliveries for job in await jobs.take("one", 1)] == [1]
    claimed = await jobs.claim("two", 1)
    assert (names(claimed), [job.deliveries for job in claimed]) == (["a"], [2])
    assert (await jobs.depth()).taken == {"two": 1}


async def test_who_says_that_it_is_alive_keeps_its_job(room: Room) -> None:
    jobs = await queue(room, visibility_s=0.2)
    await put(jobs, "a")
    (job,) = await jobs.take("one", 1)
    for _ in range(10):
        await asyncio.sleep(0.05)
        await jobs.extend("one", [job.id])
        assert await jobs.claim("two", 1) == []
    await asyncio.sleep(0.25)
    assert names(await jobs.claim("two", 1)) == ["a"]


async def test_a_job_that_kills_its_workers_becomes_a_dead_letter(room: Room) -> None:
    jobs = await queue(room, visibility_s=NONE, retries=AT_ONCE)
    await put(jobs, "poison")
    seen = await jobs.take("w0", 1)
    for number in range(1, 3):
        seen += await jobs.claim(f"w{number}", 1)
    assert [job.deliveries for job in seen] == [1, 2, 3]
    assert await jobs.claim("w3", 1) == []
    assert (await jobs.depth()).total == 0
    assert [(one.fields, one.deliveries) for one in await jobs.dead_letters()] == [({"name": "poison"}, 3)]


async def test_a_job_that_fails_comes_back_and_is_given_up_after_its_last_delivery(room: Room) -> None:
    jobs = await queue(room, retries=AT_ONCE)
    await put(jobs, "a")
    for delivery in (1, 2, 3):
        (job,) = await jobs.take("one", 1)
        assert job == QueuedJob(job.id, {"name": "a"}, delivery)
        assert await jobs.retry(job, chance=0.5) == (0.0 if delivery < 3 else None)
    assert await jobs.take("one", 1) == []
    depth = await jobs.depth()
    assert (depth.total, depth.dead) == (0, 1)
    assert names(await jobs.dead_letters()) == ["a"]


async def test_a_job_that_waits_for_its_retry_is_with_nobody(room: Room) -> None:
    jobs = await queue(room, retries=Retries(first_s=30.0, jitter=0.5))
    await put(jobs, "a", "b")
    (job,) = await jobs.take("one", 1)
    assert await jobs.retry(job, chance=1.0) == 15.0
    assert await jobs.retry(job, chance=1.0) is None
    assert names(await jobs.take("two", 9)) == ["b"]
    depth = await jobs.depth()
    assert (depth.waiting, depth.taken, depth.delayed) == (0, {"two": 1}, 1)


async def test_deliveries_are_counted_over_claims_and_retries(room: Room) -> None:
    jobs = await queue(room, visibility_s=NONE, retries=Retries(deliveries=0, first_s=0.0))
    await put(jobs, "a")
    await jobs.take("one", 1)
    (job,) = await jobs.claim("two", 1)
    await jobs.retry(job, chance=0.0)
    assert [one.deliveries for one in await jobs.take("one", 1)] == [3]
    assert [one.deliveries for one in await jobs.claim("two", 1)] == [4]


async def test_a_full_queue_refuses_all_of_what_does_not_fit(room: Room) -> None:
    jobs = await queue(room, most=3)
    await put(jobs, "a", "b")
    with pytest.raises(Unavailable):
        await put(jobs, "c", "d")
    await put(jobs, "c")
    (job,) = await jobs.take("one", 1)
    with pytest.raises(Unavailable):
        await put(jobs, "d")
    await jobs.ack([job.id])
    await put(jobs, "d")
    assert names(await jobs.take("one", 9)) == ["b", "c", "d"]


def test_waiting_doubles_and_chance_shortens_it() -> None:
    rule = Retries(first_s=0.5, longest_s=60.0, jitter=0.5)
    assert [rule.delay(n, 0.0) for n in (1, 2, 3, 9)] == [0.5, 1.0, 2.0, 60.0]
    rng = Random(1)
    delays = [rule.delay(3, rng.random()) for _ in range(200)]
    assert all(1.0 <= one <= 2.0 for one in delays)
    assert len(set(delays)) > 100


async def test_workers_that_die_lose_nothing(room: Room) -> None:
    jobs = await queue(room, visibility_s=0.03, retries=Retries(deliveries=0))
    wanted = [str(number) for number in range(120)]
    await put(jobs, *wanted)
    done: Counter[str] = Counter()

    async def work(worker: str, rng: Random) -> None:
        while (await jobs.depth()).total:
            for job in await jobs.claim(worker, 2) or await jobs.take(worker, 3):
                if rng.random() < 0.3:
                    continue  # it died over this one
                await asyncio.sleep(0)
                done[job.fields["name"]] += 1
                await jobs.ack([job.id])

    await asyncio.gather(*(work(f"w{n}", Random(n)) for n in range(4)))
    assert set(done) == set(wanted)


async def test_a_stream_that_was_deleted_behind_the_queue_is_made_again(room: Room) -> None:
    jobs = await queue(room)
    await put(jobs, "a", "b")
    [first] = await jobs.take("one", 1)
    for ask in (
        jobs.depth,
        lambda: jobs.take("one", 9),
        lambda: jobs.claim("two", 9),
        lambda: jobs.extend("one", [first.id]),
    ):
        await room.redis.delete(room.key("jobs"))
        await ask()
        assert (await jobs.depth()).total == 0
    await room.redis.delete(room.key("jobs"))
    await put(jobs, "c")
    assert names(await jobs.take("two", 9)) == ["c"]
