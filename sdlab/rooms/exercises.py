"""Exercises of a class: each student, or each group, works on a task in a fork of the class's room.

What must survive is in one hash in Redis: the exercise, its forks and who is in which, and what became of
those before it. Forks are opened by whoever comes to them, and removed when the exercise ends.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sdlab import registry
from sdlab.lab import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany
from sdlab.lab.scenario import Scenario
from sdlab.lab.toggle import as_mapping
from sdlab.rooms.exercise_tasks import HOLD_S, Judge, Kind, Task, begins_as, set_up, task_of
from sdlab.rooms.fork_rooms import ForkRooms
from sdlab.rooms.happenings import Happening, happened
from sdlab.rooms.lab import RunningLab, remember
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.polls import LIVES
from sdlab.stores.databases import Database

log = logging.getLogger("sdlab.exercises")

MAX_FORKS = 60  # of one class at once
SHARE_OF_LABS = 0.6  # of the labs that this process may have open; the others are for its other visitors
WATCHING = 2.0  # operations per second that a fork costs which is shown to its students: see docs/bench.md
TIMES: dict[Database, float] = {"sqlite": 1, "postgres": 2}  # what a lab with a server of its own costs more
# Room for who comes late: so many forks, or so many times those at the beginning.
FEWEST_FORKS = 10
MORE_FORKS = 1.5
MAX_GROUP = 12  # students who share a fork because the leader wants it so
SHORTEST, LONGEST = 60.0, 3600.0  # seconds
MAX_EXERCISES = 30  # in one class
ROUNDING = 0.999  # of sums of loads
LOOK_EVERY = 1.0
LEAVE_S = 3.0  # seconds in which pages leave a fork before it is removed


@dataclass(frozen=True, slots=True)
class Exercise:
    """What all work on. `most` forks fit; each plays at most `share` operations per second, and costs `load`.

    `config` is what a fork begins with. `shown` is the fork that all look at, 0 for none.
    """

    number: int
    lab: str
    kind: Kind
    subject: str
    began: float
    seconds: float
    group: int
    most: int
    share: float
    load: float
    seed: int
    config: Mapping[str, Any]
    shown: int = 0

    @property
    def ends(self) -> float:
        """Seconds since the epoch."""
        return self.began + self.seconds


@dataclass(slots=True)
class Fork:
    """A room for the members of a group. `reached` is when, in seconds since the exercise began."""

    number: int
    room: str
    members: list[str] = field(default_factory=list)
    reached: float | None = None
    since: float | None = None  # since when (of the clock on the wall) everything has been as it should be


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an exercise."""

    lab: str
    kind: Kind
    title: str
    goal: str
    forks: int
    students: int
    reached: tuple[float, ...]  # seconds, the soonest first
    mine: tuple[str, ...] = ()  # the students whose fork reached it


class Exercises:
    """Of one class, in that room; `tell` says that something is other than it was."""

    def __init__(self, manager: RoomManager, room: str, forks: ForkRooms, tell: Callable[[], None]) -> None:
        self._manager, self._room, self._rooms, self._tell = manager, room, forks, tell
        self.now: Exercise | None = None
        self._task = Task("break", "", "", "", "", 0, 0)
        self.done: list[Done] = []
        self._forks: dict[int, Fork] = {}
        self._of_member: dict[str, Fork] = {}
        self._judges: dict[int, Judge] = {}
        self._judging: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()

    # The leader

    def room_for(self, lab: str, load: float) -> int:
        """How many forks of that lab fit now, each of which plays traffic of that load; 0 for none."""
        by_load = int(self._load_left / _load(lab, load))
        if not self._rooms.count:
            by_load = max(1, by_load)  # one may always do what the class's own room may
        return max(0, min(MAX_FORKS, self._labs_left, by_load))

    @property
    def _labs_left(self) -> int:
        return int(self._manager.settings.open_labs * SHARE_OF_LABS) - self._rooms.count

    @property
    def _load_left(self) -> float:
        limits = self._manager.settings
        return min(limits.forks_rate, limits.total_workload_rate) - self._rooms.load

    async def start(
        self, task: Task, now: Scenario, *, seconds: float, group: int, names: Collection[str]
    ) -> None:
        """All of those names go to work on it, in forks of the room that is as `now` says.

        `Conflict` while there is an exercise, `Invalid` for a time or a group that cannot be, `TooMany` beyond
        what one class may do, or when there is room for no fork.
        """
        if not SHORTEST <= seconds <= LONGEST:
            raise Invalid(f"an exercise takes {SHORTEST:g} to {LONGEST:g} seconds", field="seconds")
        if not 1 <= group <= MAX_GROUP:
            raise Invalid(f"a group has 1 to {MAX_GROUP} students", field="group")
        async with self._changing:
            if self.now:
                raise Conflict("an exercise is under way")
            if len(self.done) >= MAX_EXERCISES:
                raise TooMany(f"a class has at most {MAX_EXERCISES} exercises")
            fits = self.room_for(now.lab, task.load)
            if not fits:
                raise TooMany("no room is left on this server for an exercise", retry_after=60)
            groups = math.ceil(len(names) / group)
            most = min(fits, max(FEWEST_FORKS, int(MORE_FORKS * groups)))
            times = max(1.0, (self._load_left / most / _load(now.lab, task.load)))
            design = registry.design(now.lab)
            self._task = task
            self.now = Exercise(
                number=len(self.done) + 1,
                lab=now.lab,
                kind=task.kind,
                subject=task.subject,
                began=self._manager.clock.time(),
                seconds=seconds,
                group=group,
                most=most,
                share=max(task.rate, float(int(task.rate * times))),
                load=_load(now.lab, task.load) * times,
                seed=now.seed,
                config=as_mapping(begins_as(design, now, task)),
            )
            await self._save()
            for _ in range(min(most, groups)):
                await self._open_fork(self.now)
            for name in sorted(names):
                await self._place(self.now, name)
            self._begin_judging()
        self._tell()

    async def show(self, number: int) -> None:
        """All see that fork; 0 for each their own again. `NotFound` for a fork that there is not."""
        exercise = self._demand()
        if number and number not in self._forks:
            raise NotFound("there is no such fork")
        self.now = replace(exercise, shown=number)
        await self._save()
        self._tell()

    async def prolong(self, seconds: float) -> None:
        """There is more time, counted from now when it was over. `Invalid` beyond the longest exercise."""
        exercise = self._demand()
        ends = max(exercise.ends, self._manager.clock.time()) + seconds
        if not 0 < seconds <= LONGEST or ends - exercise.began > LONGEST:
            raise Invalid(f"an exercise takes at most {LONGEST:g} seconds", field="more")
        self.now = replace(exercise, seconds=ends - exercise.began)
        await self._save()
        self._begin_judging()
        self._tell()

    async def end(self) -> None:
        """All go back to the class's room; the forks are closed, and what became of them is kept."""
        async with self._changing:
            exercise = self.now
            if exercise is None:
                return
            self.stop()
            self.done.append(self._summary(exercise))
            rooms = [one.room for one in self._forks.values()]
            self.now = None
            self._forks, self._of_member, self._judges = {}, {}, {}
            self._rooms.close(*rooms)
            redis, key = self._manager.stores.redis, exercises_key(self._room)
            await redis.delete(key)
            await redis.hset(key, "done", json.dumps([asdict(one) for one in self.done]))
            await redis.expire(key, LIVES)
        self._tell()
        closing = asyncio.create_task(self._remove(rooms))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _remove(self, rooms: list[str]) -> None:
        await self._manager.clock.sleep(LEAVE_S)
        if rooms:
            await self._manager.remove(*rooms)

    def stop(self) -> None:
        """Judge no more."""
        if self._judging:
            self._judging.cancel()
            self._judging = None

    # The students

    async def place(self, name: str) -> None:
        """Somebody is there: they get a fork, if there is an exercise and they have none."""
        if self.now is None or name in self._of_member:
            return
        async with self._changing:
            if self.now and name not in self._of_member:
                await self._place(self.now, name)
        self._tell()

    async def _place(self, exercise: Exercise, name: str) -> None:
        fewest = min(self._forks.values(), key=lambda one: (len(one.members), one.number), default=None)
        if fewest is None or len(fewest.members) >= exercise.group:
            fewest = await self._open_fork(exercise) or fewest
        if fewest is None:
            raise TooMany("no room is left on this server for this exercise", retry_after=60)
        fewest.members.append(name)
        self._of_member[name] = fewest
        await self._save_fork(fewest)

    async def _open_fork(self, exercise: Exercise) -> Fork | None:
        room_left = self._labs_left > 0 and self._load_left >= exercise.load * ROUNDING
        if len(self._forks) >= exercise.most or (self._forks and not room_left):
            return None
        room = await self._manager.rooms.fork()
        await remember(
            self._manager.stores.redis,
            room,
            exercise.lab,
            config=registry.design(exercise.lab).config_from(exercise.config),
            seed=exercise.seed,
            since=None,
        )
        await self._rooms.add(room, self._room, exercise.load)
        fork = Fork(len(self._forks) + 1, room)
        self._forks[fork.number] = fork
        await self._save_fork(fork)
        return fork

    def fork_of(self, name: str) -> Fork | None:
        """Where that student works."""
        return self._of_member.get(name)

    def guard(self, room: str, name: str, *, leads: bool) -> None:
        """`Forbidden` when that fork is another's, `Gone` when it is closed."""
        if not self._rooms.is_open(room):
            raise Gone("this exercise has ended")
        if leads:
            return
        mine = self._of_member.get(name)
        if mine is None or mine.room != room:
            raise Forbidden("this fork is another student's: you may watch")

    # The forks

    def admit(self, room: str, slug: str) -> None:
        """`Forbidden` for another lab than that of the exercise, `Gone` in a fork that is closed."""
        if self.now is None or not self._rooms.is_open(room):
            raise Gone("this exercise has ended")
        if slug != self.now.lab:
            raise Forbidden("a fork of a class is of the lab of its exercise")

    async def prepare(self, lab: RunningLab) -> None:
        """A fork was opened, for the first time or again."""
        exercise = self.now
        fork = next((one for one in self._forks.values() if one.room == lab.room.id), None)
        if exercise is None or fork is None:
            return
        lab.share = exercise.share
        if fork.reached is None and not self._is_over(exercise):
            await set_up(lab, self._task)

    def _begin_judging(self) -> None:
        if self._judging is None:
            self._judging = asyncio.create_task(self._judge())

    async def _judge(self) -> None:
        clock = self._manager.clock
        while (exercise := self.now) is not None and not self._is_over(exercise):
            try:
                if await self._look(exercise):
                    self._tell()
            except Exception:
                log.exception("an exercise could not be judged; it is tried again")
            await clock.sleep(LOOK_EVERY)
        self._judging = None
        self._tell()

    def _is_over(self, exercise: Exercise) -> bool:
        return self._manager.clock.time() >= exercise.ends

    async def _look(self, exercise: Exercise) -> bool:
        """Whether anything is other than at the last look."""
        labs, news = self._manager.running(), False
        for fork in list(self._forks.values()):
            if fork.reached is None:
                lab = labs.get((fork.room, exercise.lab))
                news = await self._look_at(exercise, fork, lab) or news
        return news

    async def _look_at(self, exercise: Exercise, fork: Fork, lab: RunningLab | None) -> bool:
        judge = self._judges.setdefault(fork.number, Judge(self._task, exercise.config))
        before = fork.since
        if lab is None:
            judge.away()
        elif await judge.look(lab):
            fork.reached, fork.since = self._manager.clock.time() - exercise.began, None
            await self._save_fork(fork)
            self._completes(exercise, fork)
            return True
        elif exercise.shown:
            lab.touch()  # their owner looks at another fork, and has not left
        clock = self._manager.clock
        held = None if judge.since is None else clock.time() - (clock.monotonic() - judge.since)
        fork.since = before if before and held and abs(held - before) < LOOK_EVERY else held
        return fork.since != before

    def _completes(self, exercise: Exercise, fork: Fork) -> None:
        for name in fork.members:
            happened(
                Happening(
                    "completed",
                    self._room,
                    exercise.lab,
                    name,
                    "exercise",
                    subject=f"{exercise.kind}/{exercise.subject}",
                    title=self._task.title,
                    success=True,
                    seconds=fork.reached,
                )
            )

    # What is seen of it

    def view(self, *, leads: bool, name: str = "", here: Collection[str] = ()) -> dict[str, Any] | None:
        """As that side sees it; `here` are the students who are there now. None while there is none."""
        exercise = self.now
        if exercise is None:
            return None
        task, shown = self._task, self._forks.get(exercise.shown)
        mine = None if leads else self._of_member.get(name)
        reached = sum(one.reached is not None for one in self._forks.values())
        seen: dict[str, Any] = {
            "number": exercise.number,
            "kind": exercise.kind,
            "title": task.title,
            "goal": task.goal,
            "hold": _hold(exercise),
            "began": exercise.began,
            "ends": exercise.ends,
            "over": self._is_over(exercise),
            "group": exercise.group,
            "most": exercise.most,
            "reached": reached,
            "at_it": len(self._forks) - reached,
            "shown": exercise.shown,
            "room": shown.room if shown else mine.room if mine else self._room,
            "fork": self._fork_view(mine, exercise, here) if mine else None,
        }
        if leads:
            seen["about"] = task.about
            seen["forks"] = [self._fork_view(one, exercise, here) for one in self._forks.values()]
        return seen

    def _fork_view(self, fork: Fork, exercise: Exercise, here: Collection[str]) -> dict[str, Any]:
        return {
            "number": fork.number,
            "room": fork.room,
            "people": len(fork.members),
            "here": sum(one in here for one in fork.members),
            "crowded": len(fork.members) > exercise.group,
            "reached": fork.reached,
            "since": fork.since,
        }

    def _summary(self, exercise: Exercise) -> Done:
        task, forks = self._task, self._forks.values()
        there = [one for one in forks if one.reached is not None]
        return Done(
            lab=exercise.lab,
            kind=exercise.kind,
            title=task.title,
            goal=task.goal,
            forks=len(forks),
            students=sum(len(one.members) for one in forks),
            reached=tuple(sorted(round(one.reached, 1) for one in there if one.reached is not None)),
            mine=tuple(name for one in there for name in one.members),
        )

    def rows(self) -> list[list[object]]:
        """For the results: lab, beat (none), question, round, answer, right (unknown), forks, students."""
        return [
            [one.lab, "", f"exercise: {one.title}", 1, answer, "", count, one.students]
            for one in self.done
            for answer, count in (
                ("reached", len(one.reached)),
                ("not reached", one.forks - len(one.reached)),
            )
        ]

    def report(self, name: str) -> list[dict[str, Any]]:
        """What became of those that are over; `mine` says whether that student's fork reached it."""
        return [
            {
                "lab": one.lab,
                "kind": one.kind,
                "title": one.title,
                "goal": one.goal,
                "forks": one.forks,
                "students": one.students,
                "reached": list(one.reached),
                "mine": name in one.mine if name else None,
            }
            for one in self.done
        ]

    # What survives

    async def recall(self) -> None:
        """Read everything back after a restart; the exercise goes on."""
        stored: Mapping[str, str] = await self._manager.stores.redis.hgetall(exercises_key(self._room))
        self.done = [
            Done(**{**one, "reached": tuple(one["reached"]), "mine": tuple(one["mine"])})
            for one in json.loads(stored.get("done", "[]"))
        ]
        if "now" not in stored:
            return
        exercise = Exercise(**json.loads(stored["now"]))
        forks = [json.loads(text) for place, text in stored.items() if place.startswith("fork:")]
        for one in sorted(forks, key=lambda found: found["number"]):
            fork = Fork(**one)
            self._forks[fork.number] = fork
            self._rooms.recall(fork.room, self._room, exercise.load)
            self._of_member |= dict.fromkeys(fork.members, fork)
        try:
            self._task = task_of(registry.design(exercise.lab), exercise.kind, exercise.subject)
        except (Invalid, NotFound):
            log.warning("an exercise does not fit its lab any more; it has ended")
            self._rooms.close(*(one.room for one in self._forks.values()))
            self._forks, self._of_member = {}, {}
            return
        self.now = exercise
        self._begin_judging()

    async def _save(self) -> None:
        assert self.now is not None
        redis, key = self._manager.stores.redis, exercises_key(self._room)
        await redis.hset(key, "now", json.dumps(asdict(self.now)))
        await redis.expire(key, LIVES)

    async def _save_fork(self, fork: Fork) -> None:
        kept = json.dumps(asdict(fork) | {"since": None})
        await self._manager.stores.redis.hset(exercises_key(self._room), f"fork:{fork.number}", kept)

    def _demand(self) -> Exercise:
        if self.now is None:
            raise Conflict("there is no exercise now")
        return self.now


def _load(lab: str, load: float) -> float:
    """What a fork of that lab costs in all while it plays traffic of that load."""
    return (load + WATCHING) * TIMES[registry.design(lab).database]


def _hold(exercise: Exercise) -> float:
    """For how many seconds what is wanted has to hold; 0 where once is enough."""
    if exercise.kind == "mission":
        missions = registry.design(exercise.lab).missions
        return next(one.seconds for one in missions if one.id == exercise.subject)
    return HOLD_S if exercise.kind == "repair" else 0.0


def exercises_key(room: str) -> str:
    """Where the exercises of a room's class are kept."""
    return f"sdlab:class:{{{room}}}:exercises"
