"""The fetchers as the engine drives them: when they take, what they have in hand, what comes of each address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from designs.web_crawler.config import Config
from designs.web_crawler.engine.counters import Counters
from designs.web_crawler.engine.crawls import Crawl, Crawls
from designs.web_crawler.engine.frontier import Entry
from designs.web_crawler.engine.lab_web import LabWeb
from designs.web_crawler.engine.links import MOST_HOPS, Links
from designs.web_crawler.engine.nodes import DNS, FRONTIER, PAGES, RAW, WEB
from designs.web_crawler.engine.processes import Bell, Driven
from designs.web_crawler.engine.readings import Readings
from designs.web_crawler.engine.strategies import JITTERS, LEASES, NAMES, POLITENESS, ROBOTS, STAGES
from sdlab.lab import EngineContext, LabError, amount
from sdlab.lab.trace import Trace
from sdlab.parts.worker_process import WorkerFailed, WorkerGone, WorkerProcess
from sdlab.parts.workers.peer import Handler

log = logging.getLogger("sdlab.engine")

SHORTEST_GAP_MS = 5
GATHERED = 0.02  # of the pause: what may be asked within that time is taken together


class Fetcher(Driven):
    """Takes as soon as it has a lane free and a host may be asked. `hand` are the addresses that its process has now,
    by the tokens of their leases; `taking`: it may have more, of which we have not heard yet.
    """

    program = "designs.web_crawler.engine.fetcher_program:make"

    def __init__(
        self,
        context: EngineContext[Config],
        id: str,
        *,
        web: LabWeb,
        crawls: Crawls,
        links: Links,
        readings: Readings,
        counters: Counters,
        bell: Bell,
        extracting: Bell,
    ) -> None:
        super().__init__(context, id, bell)
        self._web, self._crawls, self._links, self._readings = web, crawls, links, readings
        self._counters, self._extracting = counters, extracting
        self._rng = context.room.rng(id)
        self._lanes: set[asyncio.Task[None]] = set()
        self.hand: dict[int, Entry] = {}
        self.taking = False

    async def setup(self) -> Mapping[str, Any]:
        """Where the web is, and whose names it has."""
        return {"hosts": sorted(self._web.web.hosts), "ports": await self._web.open()}

    def hears(self) -> Mapping[str, Handler]:
        return {"now": self._told_now}

    async def _told_now(self) -> int:
        return self._now

    def died(self) -> None:
        lost, self.hand = len(self.hand), {}
        self._counters.deaths += 1
        self.bell.ring()  # the others learn until when its hand is its own
        if lost:
            self.context.say(
                f"{self.name} died with {amount(lost, 'address', 'addresses')} in its hand",
                kind="fault",
                outcome="error",
            )

    @property
    def _now(self) -> int:
        return int(self.context.clock.time() * 1000)

    async def wanted(self) -> None:
        """A lane is free, and there is news, or the next host may be asked; hosts whose times are close go together."""
        if len(self._lanes) >= self.context.config.lanes:
            await asyncio.wait(self._lanes, return_when=asyncio.FIRST_COMPLETED)
        await self.bell.due(self.id)
        if self.context.config.politeness == "on":
            await self.context.clock.sleep(self.context.config.delay_ms / 1000 * GATHERED)

    async def started(self) -> WorkerProcess:
        fresh = self.process is None or self.process.ended.is_set()
        process = await super().started()
        if fresh:
            self._web.fetchers[self.id] = process
        return process

    async def turn(self, process: WorkerProcess) -> None:
        """Take; what was taken is fetched in lanes, beside each other."""
        context, config, now = self.context, self.context.config, self._now
        free = config.lanes - len(self._lanes)
        if free <= 0:
            self.bell.tell(self.id)
            return
        until = now + round(config.visibility_s * 1000)
        polite = config.politeness == "on"
        self.taking = True
        try:
            took = await process.ask(
                "take",
                now=now,
                until=until,
                most=free,
                polite=polite,
                forget=config.lease == "forget",
                gap=config.delay_ms,
            )
            entries = {
                token: Entry(**fields) for token, fields in zip(took["tokens"], took["entries"], strict=True)
            }
            self.hand.update(entries)
        finally:
            self.taking = False
        if took["next"]:
            self.bell.tell(self.id, took["next"])
        if entries:
            self.bell.ring(until)  # until then they are in this hand
        self._counters.expired += took["expired"]
        for token, entry in entries.items():
            lane = asyncio.create_task(self._lane(process, token, entry), name=f"{self.id} {entry.host}")
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        if entries:
            context.changed()
        if len(entries) == free:
            self.bell.tell(self.id)

    async def _lane(self, process: WorkerProcess, token: int, entry: Entry) -> None:
        beating = asyncio.create_task(self._beat(process), name=f"{self.id} beats")
        try:
            await self._page(process, token, entry)
        except WorkerGone:
            self.mourn()
        except (WorkerFailed, LabError, RedisError, OSError) as error:
            log.warning("%s of room %s: %s: %s", self.id, self.context.room.id, entry.url, error)
            with suppress(WorkerGone):
                await process.ask("drop", token=token)
        finally:
            beating.cancel()
            self.hand.pop(token, None)

    async def _beat(self, process: WorkerProcess) -> None:
        """While it works it says so, by a question that a stopped process does not answer."""
        while True:
            await self.context.clock.sleep(self.context.config.visibility_s / 2)
            try:
                await process.ask("extend", until=self._now + round(self.context.config.visibility_s * 1000))
            except WorkerGone:
                return

    async def _page(self, process: WorkerProcess, token: int, entry: Entry) -> None:
        context, config = self.context, self.context.config
        async with context.request("fetch", by=self.id, by_hand=False, kind="Fetch a page") as trace:
            context.node(FRONTIER).touch(f"take {entry.host}", "ok", source=self.id)
            polite = POLITENESS[config.politeness].polite(context)
            forgotten = LEASES[config.lease].forgotten(context)
            try:
                await self._may_die(process, "before")
                crawl, buggy = self._crawls.open_ones.get(entry.crawl), self._readings.buggy
                said = await process.ask(
                    "fetch",
                    token=token,
                    now=self._now,
                    lasts=round(config.visibility_s * 1000),
                    obey=ROBOTS[config.robots].obeyed(context),
                    gap=config.delay_ms,
                    ttl=NAMES[config.dns].ttl_ms(context),
                    at_once=STAGES[config.stages].at_once(context),
                    buggy=buggy,
                    maps=crawl is not None and entry.host not in crawl.mapped,
                )
                self._note(entry, said)
                if said["outcome"] == "late":
                    context.decide("its lease was over before the host was asked: another has it since")
                    trace.sentence = f"{self.name} comes too late for {entry.url}, and asks nobody"
                    return
                if said["status"]:
                    await self._may_die(process, "midway")
                await self._store(
                    process, token, entry, said, trace, polite=polite, forgotten=forgotten, buggy=buggy
                )
            except WorkerGone:
                trace.outcome, trace.reason = "error", "killed"
                trace.sentence = f"{self.name} was killed with {entry.url} in its hand"
                raise

    async def _may_die(self, process: WorkerProcess, when: str) -> None:
        node = self.context.nodes.get(self.id)
        share = next((one.value for one in node.faults() if one.kind == when), 0.0) if node else 0.0
        if share and self._rng.random() * 100 < share:
            process.kill()
            await process.ended.wait()
            raise WorkerGone("it was killed")

    def _note(self, entry: Entry, said: Mapping[str, Any]) -> None:
        """Count it, and show where it went."""
        counters, context, now = self._counters, self.context, self.context.clock.monotonic()
        counters.outcomes[said["outcome"]] += 1
        counters.name_hits += said["hits"]
        counters.name_lookups += said["lookups"]
        counters.names_again += said["again"]
        if said["lookups"] or said["hits"]:
            context.node(DNS).touch(entry.host, "miss" if said["lookups"] else "ok", source=self.id)
        if said["outcome"] == "late":
            counters.stale += 1
            return
        if said["outcome"] == "forbidden":
            counters.robots_kept_away += 1
            return
        if said["outcome"] == "rules":
            counters.robots_fetched += 1
        counters.fetches += 1
        counters.rate.add(now)
        counters.bytes.add(now, said["size"])
        counters.fetched_bytes += said["size"]
        counters.cut += said["cut"]
        counters.unchanged += said["outcome"] == "unchanged"
        counters.refetched += entry.again
        outcome = "error" if said["outcome"] in ("failed", "later", "refused") else "ok"
        context.node(WEB).touch(f"GET {entry.host}", outcome, source=self.id, detail=said["said"])
        if said["status"] in (429, 503):
            context.node(WEB).refused(str(said["status"]))

    async def _store(
        self,
        process: WorkerProcess,
        token: int,
        entry: Entry,
        said: Mapping[str, Any],
        trace: Trace,
        *,
        polite: bool,
        forgotten: bool,
        buggy: bool,
    ) -> None:
        crawl = self._crawls.open_ones.get(entry.crawl)
        how, state, retry, copy_of = await self._judged(crawl, entry, said)
        now = self._now
        gap = max(SHORTEST_GAP_MS, said["gap_ms"]) if polite else 0
        next_ms = now + max(gap, said["later_ms"]) if said["outcome"] != "forbidden" else now
        done = await process.ask(
            "store",
            token=token,
            how=how,
            state=state,
            said=said["said"],
            now=now,
            gap=gap,
            next=next_ms if polite else now,
            retry=retry,
            polite=polite,
            forgotten=forgotten,
            copy_of=copy_of,
            buggy=buggy,
        )
        self._readings.bad += buggy and said.get("read") is not None
        if not done["mine"]:
            self._counters.stale += 1
            self.context.decide("another has it since: its lease was over")
        if how == "extract":
            self.context.node(RAW).touch("store", "ok", source=self.id, detail=f"{said['size']:,} bytes")
            self._extracting.ring()
        else:
            self.context.node(PAGES).touch(state, "ok", source=self.id)
        trace.sentence = f"{self.name}: {entry.url}: {said['said'] or said['outcome']}"
        if done["next"]:
            self.bell.ring(done["next"])

    async def _judged(
        self, crawl: Crawl | None, entry: Entry, said: Mapping[str, Any]
    ) -> tuple[str, str, int, int]:
        """What becomes of it in the frontier, its state, when it is tried again (ms), of which page it is a copy."""
        outcome = said["outcome"]
        if crawl is not None and said["maps"] and entry.host not in crawl.mapped:
            crawl.mapped.add(entry.host)
            await self._links.offer(
                crawl, said["maps"], parent=entry.number, depth=entry.depth, source=self.id
            )
        if outcome == "rules":
            self.context.decide("the host's rules are known now: the page itself waits for its next turn")
            return "back", "queued", 0, 0
        if outcome in ("page", "unchanged"):
            if said.get("read") is not None:
                copy_of = (
                    0
                    if crawl is None
                    else await self._readings.read(crawl, entry, said["read"], source=self.id)
                )
                return "done", "duplicate" if copy_of else "stored", 0, copy_of
            return "extract", "fetched", 0, 0
        if outcome == "redirect":
            return await self._redirected(crawl, entry, said["location"])
        if outcome in ("later", "failed"):
            return self._again(entry, said)
        if outcome == "sitemap" and crawl is not None:
            await self._links.offer(
                crawl, said["links"], parent=entry.number, depth=entry.depth + 1, source=self.id
            )
        states = {"forbidden": "forbidden", "refused": "refused", "missing": "missing"}
        return "done", states.get(outcome, "other"), 0, 0

    async def _redirected(
        self, crawl: Crawl | None, entry: Entry, location: str
    ) -> tuple[str, str, int, int]:
        if entry.hops + 1 > MOST_HOPS:
            self.context.decide(f"more than {MOST_HOPS} redirects after each other: given up")
            return "done", "refused", 0, 0
        if crawl is not None and location:
            self.context.decide("where it leads is a link like any other: checked, and asked for in its turn")
            await self._links.offer(
                crawl, [location], parent=entry.number, depth=entry.depth, source=self.id, hops=entry.hops + 1
            )
        return "done", "redirect", 0, 0

    def _again(self, entry: Entry, said: Mapping[str, Any]) -> tuple[str, str, int, int]:
        counters, tries = self._counters, entry.tries + 1
        if tries >= self.context.config.tries:
            counters.dead += 1
            self.context.decide(f"{tries} tries have failed: a dead letter")
            return "dead", "dead", 0, 0
        wait = JITTERS[self.context.config.jitter].wait_ms(self.context, tries, self._rng.random())
        if said["later_ms"] > wait:
            self.context.decide(f"the host said after how long to come back: {said['later_ms'] / 1000:g} s")
            wait = said["later_ms"]
        counters.retried += 1
        at = self._now + wait
        counters.retry_at(at)
        counters.waits.append((entry.host, tries, wait))
        return "retry", "queued", at, 0

    async def close(self) -> None:
        for lane in list(self._lanes):
            lane.cancel()
        self.end()
        if self._lanes:
            await asyncio.gather(*self._lanes, return_exceptions=True)
        await super().close()
