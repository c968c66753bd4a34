"""What an exercise of a whole class costs: as many forks as a class may have, all watched, all with traffic."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from sdlab.api.server import open_rooms
from sdlab.lab.scenario import Scenario
from sdlab.registry import design
from sdlab.rooms.classroom import Classroom, classes
from sdlab.rooms.exercise_tasks import Kind
from sdlab.rooms.exercises import MAX_FORKS
from sdlab.rooms.frames import NOBODY
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager, set_room_manager
from sdlab.rooms.publisher import Closed
from sdlab.settings import Settings

ADDRESS = "10.0.0.1"
STUDENTS = MAX_FORKS
EXERCISES: tuple[tuple[str, Kind, str], ...] = (
    ("twitter", "break", "pages"),
    ("whatsapp", "repair", "resend"),
    ("rate-limiter", "break", "within_limit"),
    ("url-shortener", "repair", "allocator_lock"),
    ("leetcode", "repair", "board"),
    ("job-scheduler", "repair", "scanning"),
)
SETTLES, LOOKED_FOR = 10.0, 20.0
TICK = 0.05
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Forks:
    """Of one exercise: how many forks, how it was to open them, and what they did then.

    `opened` are seconds until each had its first frame, as their students came at once; `rate` is operations
    per second of all forks together; `frames` per second in each; `late` is by how many ms short sleeps overran.
    """

    count: int
    students: int
    opened: tuple[float, ...]
    wanted: float
    rate: float
    shed: int
    frames: float
    late_p95: float
    broken: int
    share: float
    memory: float


def measured(folder: Path, slug: str, kind: Kind, subject: str, *, students: int = STUDENTS) -> Forks:
    """So many students at once, each in a fork where there is room for it."""
    return asyncio.run(_measured(folder, slug, kind, subject, students))


async def _measured(folder: Path, slug: str, kind: Kind, subject: str, students: int) -> Forks:
    async with open_rooms(Settings(SDLAB_DATA=folder)) as manager:  # type: ignore[call-arg]
        set_room_manager(manager)
        try:
            return await _class_of(manager, slug, kind, subject, students)
        finally:
            set_room_manager(None)


async def _class_of(manager: RoomManager, slug: str, kind: Kind, subject: str, students: int) -> Forks:
    taught = await classes().open(slug, Scenario(lab=slug), ADDRESS)
    for _ in range(students):
        taught.enter(taught.rights.follower_token())
    await taught.set_exercise(kind, subject, seconds=3600)
    alone = _memory()
    rooms = [one["room"] for one in (taught.view("leader")["exercise"] or {})["forks"]]
    counts: list[int] = [0] * len(rooms)
    opened = await asyncio.gather(*(_comes(manager, slug, room) for room in rooms))
    labs = [lab for lab, _ in opened]
    _play(taught, labs)
    watching = [asyncio.create_task(_watch(lab, counts, at)) for at, lab in enumerate(labs)]
    await asyncio.sleep(SETTLES)
    before, shed = sum(counts), sum(lab.runner.shed for lab in labs)
    done = sum(lab.engine.traffic().total for lab in labs)
    began, busy = time.perf_counter(), time.process_time()
    late = await _lateness(LOOKED_FOR)
    spent = time.perf_counter() - began
    found = Forks(
        count=len(rooms),
        students=students,
        opened=tuple(sorted(seconds for _, seconds in opened)),
        wanted=sum(lab.runner.rate for lab in labs),
        rate=(sum(lab.engine.traffic().total for lab in labs) - done) / spent,
        shed=sum(lab.runner.shed for lab in labs) - shed,
        frames=(sum(counts) - before) / spent / len(labs),
        late_p95=1000 * statistics.quantiles(late, n=20)[-1],
        broken=sum(any(one.violations for one in lab.engine.monitors.values()) for lab in labs),
        share=100 * (time.process_time() - busy) / spent,
        memory=(_memory() - alone) / len(labs) / MEGABYTE,
    )
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    for lab in labs:
        lab.runner.cancel()
    return found


async def _comes(manager: RoomManager, slug: str, room: str) -> tuple[RunningLab, float]:
    """A student's page: the lab of the fork, and how long it took until its first frame."""
    began = time.perf_counter()
    lab = await manager.lab(room, slug)
    lab.frames.join()
    await lab.frames.next_payload()
    return lab, time.perf_counter() - began


def _play(taught: Classroom, labs: list[RunningLab]) -> None:
    """Where the exercise begins without traffic, all students start what breaks its claim at once."""
    exercise = taught.exercises.now
    assert exercise is not None
    chosen = design(exercise.lab)
    ways = [one for one in chosen.toggles if one.protects == exercise.subject and one.traffic]
    traffic = ways[0].traffic if ways else chosen.workloads[0].id
    for lab in labs:
        if not lab.runner.running:
            lab.start_workload(traffic, rate=None, seed=1, seconds=0)


async def _watch(lab: RunningLab, counts: list[int], at: int) -> None:
    seq: Any = NOBODY
    with contextlib.suppress(Closed):
        while True:
            seq = (await lab.frames.next_sent(seq)).seq
            counts[at] += 1


def _memory() -> float:
    """Bytes that this process and all that it has started have to themselves."""
    found = 0.0
    for one in (process := psutil.Process(), *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            found += one.memory_full_info().uss
    return found


async def _lateness(seconds: float) -> list[float]:
    found, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        await asyncio.sleep(TICK)
        found.append(time.perf_counter() - began - TICK)
    return found
