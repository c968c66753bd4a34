"""One lab at work in one room: the engine, its traffic, and the frames that viewers get."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
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
from sdlab.lab.workload import CATCH_UP, MAX_SEED
from sdlab.rooms.debrief import RunLog
from sdlab.rooms.frames import FrameWriter
from sdlab.rooms.missions import MissionJudge
from sdlab.rooms.pace import FRAMES_PER_SECOND, PACE
from sdlab.rooms.publisher import Publisher
from sdlab.rooms.sampling import SampleTraffic

if TYPE_CHECKING:
    from redis.asyncio import Redis

MAX_FRAME = 64 * 1024
UNWATCHED_FOR = 60.0  # seconds after which traffic that would never end does
RESTS_AFTER = 20.0  # seconds; what a call leaves to be done in the background takes less


class RunningLab:
    """Everything that may be done to a lab in a room goes through here.

    `frames` is for whoever watches it, or holds a stream of its API open.
    """

    def __init__(self, design: Design, room: Room, config: Any, *, redis: Redis, viewers: int) -> None:
        self.design = design
        self.room = room
        self.frames = Publisher(self._draw, self._not_drawn, most=viewers)
        self.frames.came.connect(self._came)
        self.frames.left.connect(self._left)
        self._take(design.engine(room, config))
        self.admits: Callable[[RunningLab, float], None] = lambda lab, rate: None
        self.last_used = room.clock.monotonic()
        self.share = 0.0  # of what the machine plays, in operations per second; 0 for no share of one's own
        self.fresh = False  # whether the lab was never at work in this room before
        self._redis = redis
        self._changing = asyncio.Lock()

    def _take(self, engine: Engine[Any]) -> None:
        self.engine = engine
        self.engine.changed.connect(self._nudge)
        self.engine.context.settings.name(self.design.toggles, self.design.knobs)
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

    def start_workload(
        self, name: str, *, rate: float | None, seed: int, seconds: float, catch_up: float = CATCH_UP
    ) -> None:
        """Begin to play a workload in place of the one that plays, and of the sample traffic."""
        workload = self.design.workload(name)
        limit = min(self.room.quota.workload_rate, workload.maximum)
        chosen = workload.rate if rate is None else rate
        dense = 1.0
        if self.share and chosen > self.share:
            # What breaks because requests meet needs as many at once: fewer bursts, and each as it would be.
            dense, chosen = chosen / self.share, self.share
            self._say_workload(
                f"at most {chosen:g}/s are played here, in bursts: others play at the same time"
            )
        if chosen > limit:
            raise Invalid(f"rate is at most {limit:g} per second", field="rate")
        self.admits(self, chosen)
        self.touch()
        self.sample.cancel()
        self.runner.start(
            workload, rate=min(chosen, limit), seed=seed, seconds=seconds, catch_up=catch_up, dense=dense
        )
        self.runs.begin(self.engine)
        self._say_workload(f"workload {workload.label}: {chosen:g}/s, seed {seed}")
        self._nudge()

    async def stop_workload(self) -> None:
        """Stop issuing; returns when nothing is under way any more."""
        was = self.runner.running
        await self.sample.end()
        await self.runner.stop()
        if was:
            self._say_workload("workload stopped")
        self._nudge()

    async def provoke(self, toggle_id: str) -> None:
        """Show a question at its sharpest: without its protection, with the numbers, faults and traffic that it names."""
        toggle = self.design.toggle(toggle_id)
        if toggle.unprotected:
            await self.configure(toggles={toggle_id: toggle.unprotected}, knobs=dict(toggle.breaks_at))
        for fault in toggle.under:
            node_id, kind = fault.split(":")
            await self.engine.set_fault(node_id, kind)
        if toggle.traffic:
            rate = min(self.design.workload(toggle.traffic).rate, self.room.quota.workload_rate)
            self.start_workload(toggle.traffic, rate=rate, seed=self.room.seed, seconds=0)

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
            fresh.context.settings.adopt(self.engine.context.settings)
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
        """Once nobody watches and no call came of late, traffic ends, and background work is done seldom."""
        if self.frames.watched:
            self.last_used = self.room.clock.monotonic()
        idle = self.room.clock.monotonic() - self.last_used
        if idle > UNWATCHED_FOR and self.runner.endless:
            self.runner.cancel()
            self._say_workload(f"the traffic has ended: nobody has watched for {UNWATCHED_FOR:.0f} s")
        if idle > RESTS_AFTER and not self.runner.running:
            self.engine.rest()

    def _say_workload(self, text: str) -> None:
        self.engine.feed.say(text, now=self.room.clock.time(), kind="workload")

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
        self.runs.look(self.engine, taken, seq=self.frames.seq)
        return replace(taken, missions=self._judge.look(taken, self.tallies, now))

    def tallies(self) -> tuple[Tally, ...]:
        """What a comparison of this design counts."""
        return self.design.tallies(self.engine)

    def frame(self) -> Frame:
        """A frame of now, the next one."""
        self.frames.seq += 1
        return Frame(
            seq=self.frames.seq,
            t=round(self.room.clock.time(), 3),
            snapshot=self.snapshot(),
            events=self.engine.feed.newest(),
        )

    def serialise(self) -> bytes:
        """A frame of now, as it travels whole."""
        sent = FrameWriter().write(self.frame(), now=0.0)
        assert sent is not None  # nothing was written before
        return sent.whole

    async def _draw(self) -> Frame:
        await self.engine.refresh_looks()
        return self.frame()

    def _not_drawn(self, error: Exception) -> None:
        self.engine.crashed("the picture of the inside", error)

    def _nudge(self) -> None:
        self.frames.nudge()

    def _came(self) -> None:
        self.touch()
        self.sample.rest(False)

    def _left(self) -> None:
        self.touch()
        self.sample.rest(not self.frames.watched)

    # Life

    async def open(self) -> None:
        """Ready for the first verb when this returns."""
        await self.engine.start()

    async def close(self) -> None:
        """Stop everything; nothing acknowledged is lost."""
        self.frames.hang_up()
        self.frames.stop()
        await self.sample.end()
        await self.runner.stop()
        await self.engine.close()

    async def _remember(self) -> None:
        await remember(
            self._redis,
            self.room.id,
            self.design.slug,
            config=self.engine.config,
            seed=self.room.seed,
            since=self.engine.context.settings.since(),
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


async def remember(
    redis: Redis, room: str, slug: str, *, config: Any, seed: int, since: Mapping[str, float] | None
) -> None:
    """Keep what a lab in a room is opened with the next time, and since when each setting is as it is.

    None for `since`: from its first opening on, which is still to come.
    """
    known = "" if since is None else json.dumps(dict(since))
    kept = {"config": json.dumps(as_mapping(config)), "seed": seed, "since": known}
    await redis.hset(meta_key(room, slug), mapping=kept)
