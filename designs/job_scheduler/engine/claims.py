"""What must hold, judged from the bin, the log of the queue and the rows, apart from those who work."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.counters import Counters
from designs.job_scheduler.engine.job_store import JobStore
from designs.job_scheduler.engine.models import QUEUED
from designs.job_scheduler.engine.ready_queue import ReadyQueue
from designs.job_scheduler.engine.request_bin import Received, RequestBin, received_of
from designs.job_scheduler.engine.workers import Worker
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    cause_step,
    fault_steps,
    read_step,
    unknown_cause,
    write_step,
)
from sdlab.parts.driven_process import DrivenProcess

CLAIMS = (
    Claim(
        "run",
        "every due job is run",
        "A job that was due and put into the queue is called, dropped for its window, or dead",
    ),
    Claim("once", "once per timestamp", "No job is done twice for one timestamp"),
    Claim("queued", "queued once", "A due run is put into the ready queue once"),
    Claim("owner", "one owner per partition", "Nobody writes for a partition after it was given to another"),
    Claim("fresh", "too late is dropped", "A job that is later than its window is dropped, not run"),
)
PAGE = 1_000
REMEMBERED = 100_000
LOOKED_AT = 3_000
GIVEN_KEPT = 1_000
MOST_SHOWN = 40  # violations of one look that are told with evidence; more say nothing new
START = "0-0"


@dataclass(frozen=True, slots=True)
class Written:
    """Who put a run into the queue, and when (ms)."""

    by: str
    at_ms: int


class ClaimChecker:
    """Reads every entry of the bin and of the log once, and the rows that say queued.

    `doubles` are runs done once more, `requeued` put once more, `stale` writes of former owners, `lost` runs
    that nobody has, `late` runs that were too late.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        *,
        queue: ReadyQueue,
        bin: RequestBin,
        store: JobStore,
        counters: Counters,
        workers: Sequence[Worker],
        extractors: Sequence[DrivenProcess[Config]],
    ) -> None:
        self._context, self._queue, self._bin, self._store = context, queue, bin, store
        self._counters, self._workers, self._extractors = counters, workers, extractors
        self._redis: Redis = context.room.redis
        self._at_bin = self._at_log = START
        self._done: OrderedDict[str, Received] = OrderedDict()
        self._put: OrderedDict[str, Written] = OrderedDict()
        self._owners: dict[int, tuple[int, str, int]] = {}
        self._given: OrderedDict[tuple[int, int], Written] = OrderedDict()  # by partition and token
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._seen = (0, 0, 0)
        self.doubles = self.requeued = self.stale = self.lost = self.late = 0

    async def open(self) -> None:
        """Checking begins with what comes from now on."""
        self._at_bin = await self._newest(self._bin.key)
        self._at_log = await self._newest(self._queue.log)

    async def _newest(self, key: str) -> str:
        found = await self._redis.xrevrange(key, count=1)
        return found[0][0] if found else START

    async def check(self) -> None:
        """What has happened since the last time; nothing is read while nothing happens."""
        self._context.monitors["owner"].applies = self._context.config.scanning == "partitions"
        counters = self._counters
        seen = (
            counters.published + counters.moves + counters.refused + counters.accepted,
            counters.fired + counters.failed + counters.dropped + counters.prevented,
            counters.worker_deaths,
        )
        if seen == self._seen and not counters.published > counters.fired + counters.dead + counters.dropped:
            return
        self._seen = seen
        await self._read_log()
        await self._read_bin()
        await self._read_rows()

    # The log of the queue

    async def _read_log(self) -> None:
        while found := await self._redis.xrange(self._queue.log, f"({self._at_log}", "+", count=PAGE):
            self._at_log = found[-1][0]
            for _, fields in found:
                partition, token, by, at = (
                    int(fields["partition"]),
                    int(fields["token"]),
                    fields["by"],
                    int(fields["at"]),
                )
                if fields["kind"] == "assign":
                    self._owners[partition] = (token, by, at)
                    self._given[partition, token] = Written(by, at)
                    if len(self._given) > GIVEN_KEPT:
                        self._given.popitem(last=False)
                    continue
                if partition >= 0:
                    self._check_owner(partition, token, by, at, fields["runs"].count("@"))
                for run in fields["runs"].split():
                    self._check_put(run, Written(by, at))
            if len(found) < PAGE:
                return

    def _check_owner(self, partition: int, token: int, by: str, at: int, runs: int) -> None:
        monitor = self._context.monitors["owner"]
        owner = self._owners.get(partition)
        if owner is None or token >= owner[0]:
            monitor.passed()
            return
        self.stale += 1
        given, wrote, before = owner[2] / 1000, at / 1000, self._given.get((partition, token))
        since = before.at_ms / 1000 if before else given
        first = [_gives(partition, token, before)] if before else []
        monitor.violated(
            [
                *first,
                *(self._whys([by], since, wrote) or [unknown_cause(given)]),
                _gives(partition, owner[0], Written(owner[1], owner[2])),
                write_step(
                    by, f"writes for partition {partition}", wrote, wrote,
                    wrote=f"{runs} runs with token {token}", lost=True,
                ),
            ]
        )  # fmt: skip

    def _check_put(self, run: str, written: Written) -> None:
        monitor = self._context.monitors["queued"]
        before = self._put.get(run)
        self._put[run] = written
        if len(self._put) > REMEMBERED:
            self._put.popitem(last=False)
        if before is None:
            monitor.passed()
            return
        self.requeued += 1
        due = _due_of(run)
        monitor.violated(
            [
                write_step("job store", "the run is due", due, due, wrote="waiting"),
                write_step(before.by, "puts it into the queue", *_at(before.at_ms), wrote="queued"),
                write_step(written.by, "puts it there once more", *_at(written.at_ms), wrote="queued", lost=True),
            ]
        )  # fmt: skip

    # The bin

    async def _read_bin(self) -> None:
        while found := await self._redis.xrange(self._bin.key, f"({self._at_bin}", "+", count=PAGE):
            self._at_bin = found[-1][0]
            for id, fields in found:
                self._arrived(received_of(id, fields))
            if len(found) < PAGE:
                return

    def _arrived(self, one: Received) -> None:
        monitors = self._context.monitors
        before = self._done.get(one.run)
        if before is None:
            monitors["once"].passed()
            monitors["run"].passed()
            self._done[one.run] = one
            if len(self._done) > REMEMBERED:
                self._done.popitem(last=False)
        else:
            self.doubles += 1
            monitors["once"].violated(self._twice(before, one))
        if not one.relevance_ms or one.delay_ms <= one.relevance_ms + self._grace_ms:
            monitors["fresh"].passed()
            return
        self.late += 1
        due, over = one.due_ms / 1000, (one.due_ms + one.relevance_ms) / 1000
        monitors["fresh"].violated(
            [
                write_step("job store", "due, and wanted until its window ends", due, due, wrote=f"{one.relevance_ms} ms"),
                EvidenceView(over, "its window", "is over", over),
                write_step(
                    one.by, f"calls all the same, {one.delay_ms:,} ms late", *_at(one.at_ms),
                    wrote=one.payload[:40], lost=True,
                ),
            ]
        )  # fmt: skip

    @property
    def _grace_ms(self) -> int:
        """It may have been in time when it was taken, and wait for its receiver since."""
        return 1_000

    def _twice(self, first: Received, again: Received) -> list[EvidenceView]:
        due, since, until = first.due_ms / 1000, first.at_ms / 1000, again.at_ms / 1000
        return [
            write_step("job store", "the run is due", due, due, wrote="waiting"),
            write_step(first.by, "calls back", *_at(first.at_ms), wrote="200"),
            *(self._whys([first.by, again.by], since, until) or [unknown_cause(until)]),
            write_step(again.by, "calls back for the same timestamp", *_at(again.at_ms), wrote="200", lost=True),
        ]  # fmt: skip

    def _whys(self, ids: Collection[str], since: float, until: float) -> list[EvidenceView]:
        """What was recorded of these processes between the two times: their deaths, and the faults that were set."""
        deaths = [
            cause_step(one.id, "its process ended", at)
            for one in (*self._workers, *self._extractors)
            for at in one.deaths_at
            if one.id in ids and since <= at <= until
        ]
        nodes = map(self._context.nodes.get, dict.fromkeys(ids))
        return [*fault_steps(nodes, since, until), *deaths[-2:]]

    # The rows

    async def _read_rows(self) -> None:
        queued = await self._store.queued(most=LOOKED_AT)
        lacking = await self._queue.lacking(queued)
        if not lacking:
            self._context.monitors["run"].passed()
            return
        held = {run for one in self._workers for run in one.hand}
        # A run is written before it is acknowledged: what is still queued now was not about to be.
        states = await self._store.states(lacking)
        self._judge([run for run in lacking if states.get(run) == QUEUED and run not in held])

    def _judge(self, lost: Collection[str]) -> None:
        for run in lost:
            if run in self._gone:
                continue
            self._gone[run] = None
            if len(self._gone) > REMEMBERED:
                self._gone.popitem(last=False)
            self.lost += 1
            now, due = self._context.clock.time(), _due_of(run)
            put = next((one for name, one in reversed(self._put.items()) if name.startswith(run)), None)
            first = write_step("job store", "the run is due", due, due, wrote="waiting")
            if put is not None:
                first = write_step(put.by, "puts a run into the queue", *_at(put.at_ms), wrote="queued")
            workers = [one.id for one in self._workers]
            self._context.monitors["run"].violated(
                [
                    first,
                    *(self._whys(workers, first.t, now) or [unknown_cause(now)]),
                    read_step("job store", "has its row", now, now, saw="queued"),
                    read_step(
                        "claim checker", "looks for it in the queue and in all hands", now, now, saw="nowhere", lost=True
                    ),
                ]
            )  # fmt: skip


def _at(ms: int) -> tuple[float, float]:
    """A moment in ms as the begin and end of a step."""
    return ms / 1000, ms / 1000


def _gives(partition: int, token: int, to: Written) -> EvidenceView:
    text = f"gives partition {partition} to {to.by}"
    return write_step("coordinator", text, *_at(to.at_ms), wrote=f"token {token}")


def _due_of(run: str) -> float:
    return int(run.partition("@")[2].partition("#")[0]) / 1000
