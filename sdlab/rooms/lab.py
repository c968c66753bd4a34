"""One lab at work in one room: the engine, its traffic, and the frames that viewers get."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sdlab.lab import (
    Design,
    Engine,
    Frame,
    Invalid,
    InvariantView,
    LabSnapshot,
    NotFound,
    Room,
    Tally,
    TooMany,
    WorkloadRunner,
)
from sdlab.lab.toggle import as_mapping
from sdlab.lab.workload import MAX_SEED
from sdlab.rooms.debrief import RunLog
from sdlab.rooms.frames import FrameWriter, Sent
from sdlab.rooms.missions import MissionJudge
from sdlab.rooms.pace import FRAMES_PER_SECOND, Pace
from sdlab.rooms.sampling import SampleTraffic

if TYPE_CHECKING:
    from redis.asyncio import Redis

PACE = Pace()  # of this process
SOONEST = 0.03
MAX_FRAME = 64 * 1024
KEPT_FRAMES = 300
RESTS_AFTER = 20.0  # seconds; what a call leaves to be done in the background takes less


class Closed(Exception):
    """The lab is at work no more; whoever watches may open it again."""


class RunningLab:
    """Everything that may be done to a lab in a room goes through here.

    Viewers wait for `next_sent`; one publisher writes each frame once for all of them, when something
    changed, and rests while nobody watches. A viewer that is slow gets the newest frame, not every one.
    """

    def __init__(self, design: Design, room: Room, config: Any, *, redis: Redis, viewers: int) -> None:
        self.design = design
        self.room = room
        self._take(design.engine(room, config))
        self.admits: Callable[[RunningLab, float], None] = lambda lab, rate: None
        self.last_used = room.clock.monotonic()
        self.fresh = False  # whether the lab was never at work in this room before
        self.seq = 0
        self.sent: Sent | None = None
        self._frames = FrameWriter()
        self._redis = redis
        self._max_viewers = viewers
        self._viewers = 0
        self._listeners = 0
        self.closed = asyncio.Event()
        self._history: deque[tuple[int, bytes]] | None = None
        self._fresh = asyncio.Event()
        self._wake = asyncio.Event()
        self._publisher: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    def _take(self, engine: Engine[Any]) -> None:
        self.engine = engine
        self.engine.changed.connect(self._nudge)
        self.engine.context.slower = lambda: PACE.audits()
        self.traffic = self.design.traffic(self.engine)
        self._judge = MissionJudge(self.design.missions)
        self.runs = RunLog()
        self.runner = WorkloadRunner(
            clock=self.room.clock, perform=self.traffic.perform, crashed=self.engine.crashed
        )
        self.sample = SampleTraffic(
            self.design.sample, self.engine, self.traffic, busy=lambda: PACE.interval > 1 / FRAMES_PER_SECOND
        )

    # Commands

    async def configure(
        self, *, toggles: Mapping[str, object], knobs: Mapping[str, object]
    ) -> dict[str, Any]:
        """Change answers of the running system; the whole config afterwards. `Invalid` changes nothing."""
        async with self._changing:
            await self.sample.end()
            config = self.design.changed(self.engine.config, toggles, knobs)
            if config != self.engine.config:
                await self.engine.configure(config)
                await self._remember()
            return as_mapping(config)

    def begin_sample(self) -> None:
        """Play the sample traffic, if nobody has used the lab and the process may play as much."""
        if not self.fresh:
            return
        with contextlib.suppress(TooMany):
            self.admits(self, self.design.sample.workload.rate)
            self.sample.begin()

    def start_workload(self, name: str, *, rate: float | None, seed: int, seconds: float) -> None:
        """Begin to play a workload in place of the one that plays, and of the sample traffic."""
        workload = self.design.workload(name)
        limit = min(self.room.quota.workload_rate, workload.maximum)
        chosen = workload.rate if rate is None else rate
        if chosen > limit:
            raise Invalid(f"rate is at most {limit:g} per second", field="rate")
        self.admits(self, chosen)
        self.engine.wake()
        self.sample.cancel()
        self.runner.start(workload, rate=min(chosen, limit), seed=seed, seconds=seconds)
        self.runs.begin(self.engine)
        self.engine.feed.say(
            f"workload {workload.label}: {chosen:g}/s, seed {seed}",
            now=self.room.clock.time(),
            kind="workload",
        )
        self._nudge()

    async def stop_workload(self) -> None:
        """Stop issuing; returns when nothing is under way any more."""
        was = self.runner.running
        await self.sample.end()
        await self.runner.stop()
        if was:
            self.engine.feed.say("workload stopped", now=self.room.clock.time(), kind="workload")
        self._nudge()

    async def restart(self, *, seed: int | None) -> None:
        """Begin anew: no data, default faults, the same config; chance starts from `seed`."""
        if seed is not None and not 0 <= seed <= MAX_SEED:
            raise Invalid(f"seed is from 0 to {MAX_SEED}", field="seed")
        async with self._changing:
            workload, rate, running = self.runner.workload, self.runner.rate, self.runner.running
            await self.sample.end()
            await self.runner.stop()
            await self.engine.close()
            await self.engine.clear()
            if seed is not None:
                self.room.seed = seed
            fresh: Engine[Any] = self.design.engine(self.room, self.engine.config)
            await fresh.start()  # nobody sees it before: a picture of half an engine may fail
            self._take(fresh)
            self.sample.cancel()
            await self._remember()
            self.engine.feed.say(
                f"restarted with seed {self.room.seed}", now=self.room.clock.time(), kind="config"
            )
            if running and workload is not None:
                self.runner.start(workload, rate=rate, seed=self.room.seed)
        self._nudge()

    @property
    def playing(self) -> float:
        """Operations per second that are played now, whatever plays."""
        return (self.runner.rate if self.runner.running else 0.0) + self.sample.rate

    def invariants(self) -> tuple[InvariantView, ...]:
        """The verdicts so far."""
        return tuple(monitor.view() for monitor in self.engine.monitors.values())

    def touch(self) -> None:
        """Somebody uses this lab: it is not idle."""
        self.last_used = self.room.clock.monotonic()
        self.engine.wake()

    def rest_if_idle(self) -> None:
        """Work in the background is done seldom once nobody watches, nothing plays, and no call came of late."""
        idle = self.room.clock.monotonic() - self.last_used
        if idle > RESTS_AFTER and not self.watched and not self.runner.running:
            self.engine.rest()

    # Frames

    async def look(self, *, now: bool = False) -> LabSnapshot:
        """The picture of now, after a look at the stores."""
        await self.engine.refresh_looks(now=now)
        return self.snapshot()

    def snapshot(self) -> LabSnapshot:
        """The picture of now; of the stores, what was seen at the last look."""
        taken = replace(
            self.design.snapshot(self.engine), workload=self.runner.view(), sample=self.sample.view()
        )
        now = self.room.clock.monotonic()
        self.runs.look(self.engine, taken, seq=self.seq + 1)
        return replace(taken, missions=self._judge.look(taken, self.tallies, now))

    def tallies(self) -> tuple[Tally, ...]:
        """What a comparison of this design counts."""
        return self.design.tallies(self.engine)

    def frame(self) -> Frame:
        """A frame of now, the next one."""
        self.seq += 1
        return Frame(
            seq=self.seq,
            t=round(self.room.clock.time(), 3),
            snapshot=self.snapshot(),
            events=self.engine.feed.newest(),
        )

    @property
    def watched(self) -> bool:
        """Whether anybody watches or listens to its API."""
        return self._viewers + self._listeners > 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Somebody holds a stream of the lab's API open: the lab is in use, and no frames are made for that."""
        self._listeners += 1
        self.engine.wake()
        try:
            yield
        finally:
            self._listeners -= 1
            self.touch()

    def join(self) -> None:
        """One more viewer. `TooMany` when the lab is full."""
        if self._viewers >= self._max_viewers:
            raise TooMany(f"{self._max_viewers} viewers watch this lab already")
        self._viewers += 1
        self.engine.wake()
        if self._publisher is None or self._publisher.done():
            self._publisher = asyncio.create_task(self._publish(), name=f"publisher {self.design.slug}")

    def leave(self) -> None:
        """One viewer less."""
        self._viewers -= 1
        self.touch()
        if self._viewers == 0 and self._publisher is not None:
            self._publisher.cancel()
            self._publisher = None
            self.sent, self._frames = None, FrameWriter()
            self.sample.cancel()

    def serialise(self) -> bytes:
        """A frame of now, as it travels whole."""
        sent = FrameWriter().write(self.frame(), now=0.0)
        assert sent is not None  # nothing was written before
        return sent.whole

    def keep_history(self) -> None:
        """From now on remember the last frames, so that whoever joins can be shown a past one."""
        if self._history is None:
            self._history = deque(maxlen=KEPT_FRAMES)

    def past(self, seq: int) -> bytes | None:
        """The remembered frame of that number, as it travelled."""
        return next((payload for number, payload in self._history or () if number == seq), None)

    async def next_payload(self) -> bytes:
        """The next frame that is published, whole. `Closed` when there will be none."""
        return (await self.next_sent(self.seq)).whole

    async def next_sent(self, after: int) -> Sent:
        """The newest frame, as soon as its number is above `after`. `Closed` when there will be none."""
        while self.sent is None or self.sent.seq <= after:
            await self._fresh.wait()
            if self.closed.is_set():
                raise Closed
        return self.sent

    async def _publish(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self.engine.refresh_looks()
                sent = self._written(loop.time())
            except Exception as error:
                self.engine.crashed("the picture of the inside", error)
                await asyncio.sleep(1)
                continue
            if sent is not None:
                self._tell(sent)
            self._wake.clear()
            slept = loop.time()
            await asyncio.sleep(SOONEST)
            PACE.slept(SOONEST, loop.time() - slept)
            if PACE.interval > 1 / FRAMES_PER_SECOND:  # late: not even news hurries a frame
                await asyncio.sleep(PACE.interval - SOONEST)
                continue
            try:
                async with asyncio.timeout(1 / FRAMES_PER_SECOND - SOONEST):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _written(self, now: float) -> Sent | None:
        """A frame of now as it travels; where that need not be, its number is free again."""
        sent = self._frames.write(self.frame(), now=now)
        if sent is None:
            self.seq -= 1
        return sent

    def _tell(self, sent: Sent) -> None:
        self.sent = sent
        if self._history is not None:
            self._history.append((sent.seq, sent.whole))
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()

    def _nudge(self) -> None:
        self._wake.set()

    # Life

    async def open(self) -> None:
        """Ready for the first verb when this returns."""
        await self.engine.start()

    def hang_up(self) -> None:
        """Let go of whoever watches or listens."""
        self.closed.set()
        self._fresh.set()

    async def close(self) -> None:
        """Stop everything; nothing acknowledged is lost."""
        self.hang_up()
        if self._publisher is not None:
            self._publisher.cancel()
        await self.sample.end()
        await self.runner.stop()
        await self.engine.close()

    async def _remember(self) -> None:
        await remember(
            self._redis, self.room.id, self.design.slug, config=self.engine.config, seed=self.room.seed
        )

    async def trace(self, trace_id: str) -> Any:
        """A remembered trace; `NotFound` when it is too old or never was."""
        found = self.engine.traces.get(trace_id)
        if found is None:
            raise NotFound(f"trace {trace_id!r} is not remembered; only the newest are kept")
        return found


def meta_key(room: str, slug: str) -> str:
    """Where the config of a lab in a room is kept."""
    return f"sdlab:lab:{{{room}}}:{slug}"


async def remember(redis: Redis, room: str, slug: str, *, config: Any, seed: int) -> None:
    """Keep what a lab in a room is opened with the next time."""
    await redis.hset(meta_key(room, slug), mapping={"config": json.dumps(as_mapping(config)), "seed": seed})
