"""Traffic: a seeded sequence of verbs, played open-loop at a rate, whatever the system answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from sdlab.blocks.windows import SlidingCounter
from sdlab.lab.clock import Clock
from sdlab.lab.errors import Invalid, LabError
from sdlab.lab.snapshot import WorkloadView

TICK = 0.02
LONGEST_PULSE = 1.0  # seconds between two bursts
CATCH_UP = 0.5
BREATH = 8
REPORT_EVERY = 5.0
MAX_IN_FLIGHT = 256
MAX_SECONDS = 3600.0
MAX_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb with its arguments. `actor` is a member of the workload's cast.

    Operations never depend on answers: "open the 17th link" and not "open aZ3kP9q". The same
    seed therefore gives the same sequence, whatever the configuration does with it.
    """

    verb: str
    args: Mapping[str, Any] = field(default_factory=dict)
    actor: str = "load"


@dataclass(frozen=True, slots=True)
class Workload:
    """Named traffic. `operations(rng)` yields without end.

    It touches what is on the product's screen; one that cannot says in `elsewhere` why. `unit` names what
    the rate counts, in the plural, where that is no single request.
    """

    id: str
    label: str
    does: str
    operations: Callable[[Random], Iterator[Operation]]
    rate: float = 200.0
    maximum: float = 2000.0
    elsewhere: str = ""
    unit: str = ""

    def sequence(self, seed: int, count: int) -> list[Operation]:
        """The first `count` operations of that seed."""
        return list(islice(self.operations(Random(f"{self.id}:{seed}")), count))

    def digest(self, seed: int, count: int = 1000) -> str:
        """A fingerprint of the sequence: equal seeds, equal fingerprints."""
        hashed = hashlib.sha256()
        for one in self.sequence(seed, count):
            hashed.update(repr((one.verb, sorted(one.args.items()), one.actor)).encode())
        return hashed.hexdigest()


class WorkloadRunner:
    """Plays one workload at a time into `perform`; never waits for answers, but bounds how many it waits for.

    An operation that would exceed `MAX_IN_FLIGHT` unanswered ones is shed and counted: the
    system is slower than its traffic.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        perform: Callable[[Operation], Awaitable[Any]],
        crashed: Callable[[str, BaseException], None],
    ) -> None:
        self._clock = clock
        self._perform = perform
        self._crashed = crashed
        self._task: asyncio.Task[None] | None = None
        self._in_flight: set[asyncio.Task[None]] = set()
        self._workload: Workload | None = None
        self._done = SlidingCounter(seconds=10)
        self.rate = 0.0
        self.seed = 0
        self._seconds = 0.0
        self._ends = 0.0
        self._catch_up = CATCH_UP
        self._pulse = TICK
        self.issued = 0
        self.shed = 0
        self.failed = 0
        self._reported = 0.0

    def start(
        self,
        workload: Workload,
        *,
        rate: float | None = None,
        seed: int = 1,
        seconds: float = 0.0,
        catch_up: float = CATCH_UP,
        dense: float = 1.0,
    ) -> None:
        """Begin to play; what was playing stops. `seconds` 0 means until told to stop.

        Operations come in bursts `dense` times as dense as the rate alone would have them, which keeps the
        chance of each to meet another.

        After a time in which the process did nothing here, what was due is made up for, `catch_up` seconds of
        it at most; the rest is shed.
        """
        chosen = workload.rate if rate is None else rate
        if not 0 < chosen <= workload.maximum:
            raise Invalid(f"rate is above 0 and at most {workload.maximum:g} per second", field="rate")
        if not 0 <= seed <= MAX_SEED:
            raise Invalid(f"seed is from 0 to {MAX_SEED}", field="seed")
        if not 0 <= seconds <= MAX_SECONDS:
            raise Invalid(f"seconds is from 0 to {MAX_SECONDS:g}", field="seconds")
        self.cancel()
        self._workload, self.rate, self.seed, self._seconds = workload, chosen, seed, seconds
        self.issued = self.shed = self.failed = 0
        self._ends = self._clock.monotonic() + seconds if seconds else 0.0
        self._pulse = min(LONGEST_PULSE, TICK * dense)
        self._catch_up = catch_up if dense <= 1 else max(catch_up, 2 * self._pulse)
        self._task = asyncio.create_task(self._play(workload), name=f"workload {workload.id}")

    async def stop(self) -> None:
        """Stop issuing, and wait until what is under way has ended."""
        self.cancel()
        if self._in_flight:
            await asyncio.gather(*self._in_flight, return_exceptions=True)

    @property
    def running(self) -> bool:
        """Whether operations are being issued."""
        return self._task is not None and not self._task.done()

    @property
    def endless(self) -> bool:
        """Whether operations are being issued until somebody stops it."""
        return self.running and not self._seconds

    @property
    def workload(self) -> Workload | None:
        """What was played last, or is being played."""
        return self._workload

    async def wait(self) -> None:
        """Return when the sequence has ended by itself and every answer is in."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._in_flight:
            await asyncio.gather(*self._in_flight, return_exceptions=True)

    def view(self) -> WorkloadView:
        """How the dock shows the traffic now."""
        if self._workload is None:
            return WorkloadView()
        now = self._clock.monotonic()
        return WorkloadView(
            id=self._workload.id,
            label=self._workload.label,
            running=self.running,
            rate=self.rate,
            seed=self.seed,
            issued=self.issued,
            shed=self.shed,
            achieved=round(self._done.rate(now), 1),
            seconds_left=round(max(0.0, self._ends - now), 1) if self._ends else 0.0,
        )

    def cancel(self) -> None:
        """Issue nothing more; what is under way goes on."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _play(self, workload: Workload) -> None:
        source = workload.operations(Random(f"{workload.id}:{self.seed}"))
        began = self._clock.monotonic()
        planned = 0
        while True:
            elapsed = self._clock.monotonic() - began
            if self._seconds:
                elapsed = min(elapsed, self._seconds)
            due = int(elapsed * self.rate) - planned
            planned += due
            late = due - max(1, int(self.rate * self._catch_up))
            for number, operation in enumerate(islice(source, due)):
                if number < late:
                    self.shed += 1  # the process was busy for long: making up for it would keep it so
                    continue
                self._issue(operation)
                if number % BREATH == 0:
                    await asyncio.sleep(0)
            if self._seconds and elapsed >= self._seconds:
                return
            await self._clock.sleep(self._pulse)

    def _issue(self, operation: Operation) -> None:
        if len(self._in_flight) >= MAX_IN_FLIGHT:
            self.shed += 1
            return
        self.issued += 1
        task = asyncio.create_task(self._answer(operation))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    def _report(self, operation: Operation, error: Exception) -> None:
        now = self._clock.monotonic()
        if now - self._reported >= REPORT_EVERY or not self.failed:
            self._reported = now
            self._crashed(f"workload operation {operation.verb}", error)
        self.failed += 1

    async def _answer(self, operation: Operation) -> None:
        try:
            await self._perform(operation)
        except LabError:
            pass  # a refusal is an answer; the engine has counted it
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._report(operation, error)
        finally:
            self._done.add(self._clock.monotonic())
