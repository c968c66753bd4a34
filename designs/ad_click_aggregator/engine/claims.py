"""What must hold, judged from the log, the totals and the advertisers' own log, as they are stored."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.ads import BY_ID, ImpressionSigner
from designs.ad_click_aggregator.engine.advertisers import Advertisers
from designs.ad_click_aggregator.engine.aggregator_process import WINDOW_S
from designs.ad_click_aggregator.engine.aggregators import Aggregator
from designs.ad_click_aggregator.engine.batches import BatchJob
from designs.ad_click_aggregator.engine.click_log import ClickLog
from designs.ad_click_aggregator.engine.counters import Counters
from designs.ad_click_aggregator.engine.gate import Gate
from designs.ad_click_aggregator.engine.processes import PROCESS_ERRORS, Processes
from designs.ad_click_aggregator.engine.rows import CountRows
from designs.ad_click_aggregator.engine.strategies import AGGREGATIONS, PARTITIONS, RECONCILES
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    LabError,
    cause_step,
    fault_steps,
    read_step,
    unknown_cause,
    write_step,
)
from sdlab.parts.event_log import START, Entry, order_of

CLAIMS = (
    Claim(
        "totals", "totals = raw log", "Once a window is final, the total of each ad is what the raw log says"
    ),
    Claim("once", "an impression once", "An impression counts once, however often it is clicked"),
    Claim("served", "only what we served", "Only clicks on impressions that we served count"),
    Claim("logged", "no visit unlogged", "No click reaches the advertiser without being in our log"),
)
PAGE = 2_000
REMEMBERED = 50_000
GRACE_S = 1.0
HORIZON_S = 240
MOST_FAULTS = 3


@dataclass(slots=True)
class _Reader:
    """How far the checker has read a partition: clicks that the store has not counted yet wait."""

    cursor: str = START
    number: int = 0
    waiting: deque[tuple[tuple[int, int], int, int]] = field(default_factory=deque)


class ClaimChecker:
    """Reads every click of the log once, and holds totals against it as soon as a window is final."""

    def __init__(
        self,
        context: EngineContext[Config],
        signer: ImpressionSigner,
        *,
        log: ClickLog,
        rows: CountRows,
        advertisers: Advertisers,
        processes: Processes,
        aggregators: list[Aggregator],
        batch: BatchJob,
        gate: Gate,
        counters: Counters,
    ) -> None:
        self._counters = counters
        self._context, self._signer, self._log, self._rows = context, signer, log, rows
        self._advertisers, self._processes, self._batch = advertisers, processes, batch
        self._aggregators, self._gate = aggregators, gate
        self._readers = [_Reader() for _ in range(PARTITIONS)]
        self._ids: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._raw: Counter[tuple[int, int]] = Counter()
        self._first: dict[tuple[int, int], float] = {}
        self._settled: dict[tuple[int, int], tuple[int, int]] = {}
        self._visits = START
        self._visiting: deque[tuple[str, int, float]] = deque()
        self._from = 0  # windows before it are not judged: the checker has not seen all of their clicks
        self._version = (-1, -1.0)
        self._judged_tails: dict[int, str] = {}
        self.wrong = 0
        self.missing = 0

    async def open(self) -> None:
        """Checking begins with what comes from now on."""
        if self._log.empty:
            return
        self._from = int(self._context.clock.time() // WINDOW_S + 1) * WINDOW_S
        for number, reader in enumerate(self._readers):
            for entry in await self._log.log.newest(PAGE, partition=number):
                self._ids[entry.fields["i"]] = (entry.id, float(entry.fields["a"]))
                reader.cursor, reader.number = entry.id, int(entry.fields["n"])
        found = await self._context.room.redis.xrevrange(self._advertisers.key, count=1)
        self._visits = found[0][0] if found else START

    async def check(self) -> None:
        """What is new in the log, who has come to the advertisers, and whether totals are right."""
        try:
            await self._read_visits()
            await self._read_log()
            self._judge_visits()
            await self._check_totals()
        except (*PROCESS_ERRORS, LabError, RedisError):
            return

    # The log

    async def _read_log(self) -> None:
        for number, reader in enumerate(self._readers):
            while order_of(reader.cursor) < order_of(self._log.tails[number]):
                found = await self._log.log.read(after=reader.cursor, partition=number, limit=PAGE)
                if not found:
                    break
                for entry in found:
                    self._entry(number, reader, entry)
                if len(found) < PAGE:
                    break

    def _entry(self, partition: int, reader: _Reader, entry: Entry) -> None:
        fields = entry.fields
        at, arrived, ad, id = float(fields["t"]), float(fields["a"]), int(fields["k"]), fields["i"]
        if int(fields["n"]) > reader.number + 1:  # the log was trimmed before it was read
            self._from = max(self._from, int(arrived // WINDOW_S + 1) * WINDOW_S)
        reader.cursor, reader.number = entry.id, int(fields["n"])
        start = int(at // WINDOW_S) * WINDOW_S
        reader.waiting.append((order_of(entry.id), start, ad))
        self._first.setdefault((start, ad), arrived)
        monitors = self._context.monitors
        if before := self._ids.get(id):
            monitors["once"].violated(self._again(id, ad, before[1], arrived))
        else:
            monitors["once"].passed()
        if self._signer.genuine(id):
            monitors["served"].passed()
        else:
            monitors["served"].violated(self._made_up(id, ad, arrived))
        self._ids.setdefault(id, (entry.id, arrived))
        while len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)

    # Visits

    async def _read_visits(self) -> None:
        found = await self._context.room.redis.xrange(
            self._advertisers.key, f"({self._visits}", "+", count=PAGE
        )
        for position, fields in found:
            self._visits = position
            self._visiting.append((fields["i"], int(fields["k"]), float(fields["a"])))

    def _judge_visits(self) -> None:
        now, monitor = self._context.clock.time(), self._context.monitors["logged"]
        waits: deque[tuple[str, int, float]] = deque()
        for id, ad, at in self._visiting:
            if id in self._ids:
                monitor.passed()
            elif now - at < GRACE_S:
                waits.append((id, ad, at))
            else:
                self.missing += 1
                monitor.violated(self._unlogged(ad, at, now))
        self._visiting = waits

    # Totals

    async def _check_totals(self) -> None:
        if self._log.empty:
            return
        per_click = AGGREGATIONS[self._context.config.aggregation].per_click
        if per_click:
            if self._judged_tails == self._log.tails:
                return
            async with self._gate.closed():
                if self._rows.owed:
                    return
                totals = await self._rows.totals(since=self._since)
                await self._read_log()
                self._judged_tails = dict(self._log.tails)
            final = float("inf")
            positions = {str(one): tail for one, tail in self._log.tails.items()}
        else:
            version = (self._counters.version, self._batch.upto)
            if version == self._version:
                return
            found: dict[str, Any] = await self._processes.ask("totals", since=self._since)
            await self._read_log()
            self._version = version
            totals = [(start, ad, clicks) for start, ad, clicks in found["rows"]]
            positions, final = found["positions"], self._final(found["watermark"])
        self._count_up_to(positions)
        self._compare(totals, final)
        self._forget()

    @property
    def _since(self) -> int:
        newest = int(self._log.newest)
        return max(self._from, newest - HORIZON_S)

    def _final(self, watermark: float | None) -> float:
        config = self._context.config
        if RECONCILES[config.reconcile].on:
            return self._batch.upto
        if AGGREGATIONS[config.aggregation].streams:
            return watermark or 0.0
        return float("inf")

    def _count_up_to(self, positions: dict[str, str]) -> None:
        for number, reader in enumerate(self._readers):
            upto = order_of(positions.get(str(number), START))
            while reader.waiting and reader.waiting[0][0] <= upto:
                _, start, ad = reader.waiting.popleft()
                self._raw[start, ad] += 1

    def _compare(self, totals: list[tuple[int, int, int]], final: float) -> None:
        stored = {(start, ad): clicks for start, ad, clicks in totals}
        monitor, since = self._context.monitors["totals"], self._since
        wrong = 0
        for key in stored.keys() | self._raw.keys():
            start, ad = key
            if start < since or start + WINDOW_S > final:
                continue
            pair = (self._raw[key], stored.get(key, 0))
            wrong += abs(pair[0] - pair[1])
            if self._settled.get(key) == pair:
                continue
            self._settled[key] = pair
            if pair[0] == pair[1]:
                monitor.passed()
            else:
                monitor.violated(self._differs(start, ad, *pair))
        self.wrong = wrong

    def _forget(self) -> None:
        since = self._since
        for found in (self._raw, self._first, self._settled):
            for key in [one for one in found if one[0] < since]:
                del found[key]

    # Evidence

    def _differs(self, start: int, ad: int, raw: int, stored: int) -> list[EvidenceView]:
        now, title = self._context.clock.time(), BY_ID[ad].title
        first = self._first.get((start, ad), float(start))
        deaths = sorted(
            (at, one.id) for one in self._aggregators for at in one.deaths_at if start <= at <= now
        )
        cause = [cause_step(id, "its process ended", at) for at, id in deaths[-2:]]
        cause += fault_steps(self._context.nodes.values(), start, now)[-MOST_FAULTS:]
        if first > start + WINDOW_S:
            late = f"the first of these clicks came {first - start - WINDOW_S:.1f} s after its window"
            cause.append(cause_step("click log", late, first))
        cause = cause or [unknown_cause(now)]
        return [
            write_step("click log", f"clicks on “{title}” in this window", float(start), start + WINDOW_S, wrote=raw),
            *cause,
            read_step("claim checker", "reads the total of the window", now, now, saw=stored, lost=True),
        ]  # fmt: skip

    def _again(self, id: str, ad: int, first: float, again: float) -> list[EvidenceView]:
        title = BY_ID[ad].title
        return [
            write_step("visitor", f"clicks on “{title}”", first, first, wrote=short(id)),
            write_step("click service", "logs it", first, first, wrote=1),
            write_step("click service", "logs the same impression again", again, again, wrote=2, lost=True),
        ]

    def _made_up(self, id: str, ad: int, at: float) -> list[EvidenceView]:
        return [
            write_step("visitor", "sends an id that was never served", at, at, wrote=short(id)),
            read_step("claim checker", f"reads it in the log, as a click on “{BY_ID[ad].title}”",
                      self._context.clock.time(), self._context.clock.time(), saw="no signature of ours", lost=True),
        ]  # fmt: skip

    def _unlogged(self, ad: int, at: float, now: float) -> list[EvidenceView]:
        return [
            write_step("visitor", f"opens the page of “{BY_ID[ad].title}”", at, at, wrote="a visit"),
            read_step("claim checker", "looks for the click in our log", now, now, saw="nothing", lost=True),
        ]


def short(id: str) -> str:
    """An impression's id as one reads it."""
    return id if len(id) <= 18 else f"{id[:10]}…{id[-6:]}"
