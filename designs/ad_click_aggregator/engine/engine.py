"""The ad click aggregator at work in one room: ads are shown and clicked, clicks are counted, totals are asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.ads import (
    ADS,
    ADVERTISERS,
    BY_ID,
    SLOTS,
    Ad,
    Impression,
    ImpressionSigner,
    parsed,
)
from designs.ad_click_aggregator.engine.advertisers import Advertisers
from designs.ad_click_aggregator.engine.aggregators import RECOVERIES_KEPT, Aggregator, Recovered
from designs.ad_click_aggregator.engine.batches import LOOK_S, BatchJob
from designs.ad_click_aggregator.engine.claims import CLAIMS, ClaimChecker
from designs.ad_click_aggregator.engine.click_log import ClickLog, LoggedClick
from designs.ad_click_aggregator.engine.counters import Counters
from designs.ad_click_aggregator.engine.gate import Gate
from designs.ad_click_aggregator.engine.nodes import (
    AGGREGATORS,
    CLICKS,
    DATABASE,
    FLOWS,
    OLAP,
    SITE,
    plan,
)
from designs.ad_click_aggregator.engine.processes import Processes
from designs.ad_click_aggregator.engine.rows import CountRows
from designs.ad_click_aggregator.engine.store_reader import StoreReader
from designs.ad_click_aggregator.engine.strategies import AGGREGATIONS, FORGED, IDEMPOTENCY, REDIRECTS
from sdlab.lab import Engine, Forbidden, Invalid, Node, NodeSpec, NotFound, Room, amount

CHECK_EVERY = 0.25
PAY_EVERY = 0.5
GRANULARITIES = {"2s": 2, "1m": 60, "1h": 3_600, "1d": 86_400}
MOST_BUCKETS = 1_500
NAMES = tuple(ADVERTISERS)


@dataclass(frozen=True, slots=True)
class ServedAd:
    """An ad with the impression that was made for it; `direct` when the link leads to the advertiser."""

    ad: Ad
    impression: Impression
    direct: bool


@dataclass(frozen=True, slots=True)
class ClickResult:
    """A click that is answered: its ad, and where it lies in the log; nowhere when it is a repeat."""

    ad: Ad
    click: LoggedClick | None


@dataclass(frozen=True, slots=True)
class MetricsResult:
    """Clicks per bucket (its start, Unix s) and ad, and the milliseconds that the store took."""

    rows: tuple[tuple[int, int, int], ...]
    ms: float


class AdClickAggregator(Engine[Config]):
    """Clicks are in Redis streams, totals in DuckDB; aggregators keep open windows in their memory."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.counters = Counters()
        self.signer = ImpressionSigner(self.context)
        self.log = ClickLog(self.context, self.counters)
        self.rows = CountRows(self.context, self.counters)
        self.advertisers = Advertisers(self.context, self.counters)
        self.processes = Processes(self.context, self.log)
        self.recovered: deque[Recovered] = deque(maxlen=RECOVERIES_KEPT)
        self.aggregators = [
            Aggregator(
                self.context,
                number,
                log=self.log,
                processes=self.processes,
                counters=self.counters,
                recovered=self.recovered,
            )
            for number in range(len(AGGREGATORS))
        ]
        self.batch = BatchJob(self.context, self.log, self.processes, self.counters)
        self.gate = Gate()
        self.checker = ClaimChecker(
            self.context,
            self.signer,
            log=self.log,
            rows=self.rows,
            advertisers=self.advertisers,
            processes=self.processes,
            aggregators=self.aggregators,
            batch=self.batch,
            gate=self.gate,
            counters=self.counters,
        )
        self.reader = StoreReader(
            self.context,
            log=self.log,
            advertisers=self.advertisers,
            processes=self.processes,
        )
        self._turn = 0

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    async def open(self) -> None:
        await self.rows.open()
        await self.log.open()
        await self.checker.open()
        if AGGREGATIONS[self.config.aggregation].per_click and not self.log.empty:
            await self._enter()
        for one in self.aggregators:
            self.supervise(one.id, one.run)
        self.every("batches", LOOK_S, self.batch.look)
        self.every("counts that are owed", PAY_EVERY, self.rows.pay)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)

    async def close(self) -> None:
        """The processes of this room are gone; what is in the stores stays."""
        self.processes.shut()
        await super().close()
        await self.processes.close()

    async def reconfigure(self, before: Config) -> None:
        """Another way to count takes over between two clicks, from where the totals stand."""
        if before.aggregation == self.config.aggregation or self.log.empty:
            return
        async with self.gate.closed():
            for one in self.processes.aggregators:
                one.kill()
            for aggregator in self.aggregators:
                async with aggregator.turning:
                    await aggregator.process.close()
                    aggregator.forget()
            await self._enter()

    async def _enter(self) -> None:
        """Catch up with the log; then checkpoints for the aggregators, or rows."""
        await self.batch.catch_up()
        aggregation = AGGREGATIONS[self.config.aggregation]
        if aggregation.streams:
            seeds = await self.processes.ask("seeds", lateness=float(self.config.lateness_s))
            await self.room.redis.delete(self.log.checkpoint_key)
            if seeds:
                await self.room.redis.hset(self.log.checkpoint_key, mapping=seeds)  # type: ignore[misc]
            self.processes.planned = set(range(len(AGGREGATORS)))
        elif aggregation.per_click:
            found = await self.processes.ask("totals", since=0)
            await self.rows.load(found["rows"])

    async def fault_changed(self, node: Node) -> None:
        """An aggregator is killed, stopped, or brought back."""
        for one in self.aggregators:
            if one.id == node.id:
                one.fault_changed()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        """An aggregator is killed once."""
        process = self.processes.aggregators[AGGREGATORS.index(node.id)]
        if process.ended.is_set():
            return f"{node.spec.label} was not at work"
        process.kill()
        return f"{node.spec.label} was killed (SIGKILL) with what it had in memory"

    # What readers do

    async def serve(self, slot: str) -> ServedAd:
        """An ad for that place of the page, with an impression of its own. `Invalid` for an unknown place."""
        async with self.request(f"GET impressions/{slot}", kind="Show an ad") as trace:
            if slot not in SLOTS:
                raise Invalid(f"a slot is one of {', '.join(SLOTS)}", field="slot")
            self._turn += 1
            choices = [one for one in ADS if one.slot == slot]
            shown = self.reader.focus if slot == SLOTS[0] else self._turn % len(choices)
            ad = choices[shown % len(choices)]
            self.node(SITE).touch("place an ad", "ok", source="visitor")
            self.decide("a new impression: the ad, our turn, its end, and a signature over them")
            served = ServedAd(ad, self.signer.serve(ad.id), not REDIRECTS[self.config.redirect].by_server)
            trace.sentence = f"“{ad.title}” of {ad.advertiser} is shown"
            return served

    async def click(self, id: str, *, at: float | None = None, pixel: bool = False) -> ClickResult:
        """A click on an impression, at that time (Unix s; now if none). `Forbidden` for what we never served."""
        kind = "Pixel" if pixel else "Click"
        async with self.request("GET pixel" if pixel else "GET click", kind=kind) as trace:
            try:
                found = await self.node(CLICKS).call(
                    "pixel" if pixel else "click", lambda: self._take(id, at), source="visitor"
                )
            except Forbidden as error:
                trace.reason = "forged" if error.detail == FORGED else "expired"
                self.counters.forged += error.detail == FORGED
                self.counters.expired += error.detail != FORGED
                raise
            self.counters.pixels += pixel
            done = "counted" if found.click else "a repeat: not counted"
            trace.sentence = f"a click on “{found.ad.title}”, {done}"
            return found

    async def _take(self, id: str, at: float | None) -> ClickResult:
        impression, ttl = IDEMPOTENCY[self.config.idempotency].admit(self.context, self.signer, id)
        aggregation = AGGREGATIONS[self.config.aggregation]
        self.counters.clicks.add(self.clock.monotonic())
        async with self.gate.passing():
            click = await self.log.append(
                id, impression.ad, ttl=ttl, at=self.clock.time() if at is None else at
            )
            if click is None:
                self.counters.repeats += 1
            else:
                self.counters.logged += 1
                aggregation.decide(self.context)
                if aggregation.per_click:
                    await self.rows.add(click)
                    self.log.written_at_once(click)
        REDIRECTS[self.config.redirect].decide(self.context)
        return ClickResult(BY_ID[impression.ad], click)

    async def visit(self, ad: int, impression: str) -> Ad:
        """The advertiser's page, asked for by whoever was sent there. `NotFound` for an unknown ad."""
        async with self.request("GET landing", kind="Visit an advertiser") as trace:
            found = parsed(impression)
            if ad not in BY_ID or found is None or found.ad != ad:
                raise NotFound("there is no such page")
            await self.advertisers.arrive(impression, ad)
            self.decide("the advertiser notes which impression it was; whether we know of it is not asked")
            trace.sentence = f"somebody is at {BY_ID[ad].advertiser}"
            return BY_ID[ad]

    # What advertisers do

    async def look(self, advertiser: str) -> None:
        """That advertiser's dashboard is on the screen from now on. `NotFound` for an unknown one."""
        async with self.request("GET dashboard", kind="Open a dashboard") as trace:
            if advertiser not in NAMES:
                raise NotFound(f"there is no advertiser {advertiser[:40]!r}")
            self.node(SITE).touch("dashboard", "ok", source="visitor")
            self.decide("the dashboard and the first ad of the page follow the screen")
            self.reader.focus = NAMES.index(advertiser)
            trace.sentence = f"the dashboard of {advertiser} is on the screen"
        self.changed()

    async def metrics(self, ads: list[int], *, since: float, until: float, granularity: str) -> MetricsResult:
        """Clicks of these ads per bucket, from `since` to `until` (Unix s). `Invalid` for a range that cannot be."""
        async with self.request("GET metrics", kind="Metrics") as trace:
            step = GRANULARITIES.get(granularity)
            if step is None:
                raise Invalid(f"granularity is one of {', '.join(GRANULARITIES)}", field="granularity")
            if unknown := [one for one in ads if one not in BY_ID]:
                raise NotFound(f"there is no ad {unknown[0]}")
            if not 0 <= since < until:
                raise Invalid("the range ends after it begins", field="to")
            if (until - since) / step > MOST_BUCKETS:
                raise Invalid(
                    f"at most {MOST_BUCKETS} buckets: take a coarser granularity", field="granularity"
                )
            found = await self._query(ads, int(since // step) * step, int(until), step)
            self.counters.queries += 1
            self.counters.query_ms = found.ms
            trace.sentence = (
                f"{amount(len(found.rows), 'total')} of {amount(len(ads), 'ad')}, per {granularity}"
            )
            return found

    async def _query(self, ads: list[int], since: int, until: int, step: int) -> MetricsResult:
        if AGGREGATIONS[self.config.aggregation].per_click:
            began = self.clock.monotonic()
            rows = await self.node(DATABASE).call(
                "sum", lambda: self.rows.query(ads=ads, since=since, until=until, step=step), source="visitor"
            )
            self.decide("the rows are summed up, bucket by bucket")
            return MetricsResult(tuple(rows), (self.clock.monotonic() - began) * 1000)

        async def ask() -> MetricsResult:
            if self.log.empty:
                return MetricsResult((), 0.0)
            found = await self.processes.ask("query", ads=ads, since=since, until=until, step=step)
            return MetricsResult(tuple((s, ad, n) for s, ad, n in found["rows"]), float(found["ms"]))

        answered = await self.node(OLAP).call("query", ask, source="visitor")
        self.decide("the OLAP store sums a column of totals; no click is read")
        return answered

    async def export(self) -> bytes:
        """All totals as a Parquet file, for whoever may not open the store's own."""
        async with self.request("GET totals.parquet", kind="Export") as trace:
            folder = self.room.blobs.folder(f"{self.room.id}/{self.room.slug}/olap")

            async def ask() -> bytes:
                await self.processes.ask("export", to=str(folder / "totals.parquet"))
                return (folder / "totals.parquet").read_bytes()

            found = await self.node(OLAP).call("copy to Parquet", ask, source="visitor")
            self.decide("one process may open the file: others get a copy in Parquet")
            trace.sentence = f"{len(found):,} bytes of Parquet"
            return found


__all__ = ["AdClickAggregator", "ClickResult", "MetricsResult", "ServedAd"]
