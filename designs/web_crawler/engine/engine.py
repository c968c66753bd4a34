"""The web crawler at work in one room: seeds come in, pages are fetched and read, links lead on, crawls end."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack

import orjson

from designs.web_crawler.config import Config
from designs.web_crawler.engine.addresses import check_seed, host_of
from designs.web_crawler.engine.claims import CLAIMS, ClaimChecker
from designs.web_crawler.engine.counters import Counters
from designs.web_crawler.engine.crawls import (
    DEFAULT_DEPTH,
    DEFAULT_PAGES,
    MOST_DEPTH,
    MOST_PAGES,
    MOST_SEEDS,
    Crawl,
    Crawls,
    Progress,
    StoredPage,
)
from designs.web_crawler.engine.extractors import Extractor
from designs.web_crawler.engine.fetchers import Fetcher
from designs.web_crawler.engine.frontier import Entry, Frontier
from designs.web_crawler.engine.lab_web import LabWeb
from designs.web_crawler.engine.links import Links
from designs.web_crawler.engine.models import PAUSED, QUEUED, RUNNING
from designs.web_crawler.engine.nodes import (
    CONTROL,
    FLOWS,
    FRONTIER,
    MOST_EXTRACTORS,
    MOST_FETCHERS,
    PAGES,
    SEEN,
    plan,
)
from designs.web_crawler.engine.processes import Bell, Driven
from designs.web_crawler.engine.readings import Readings
from designs.web_crawler.engine.robots_rules import Explained, explain
from designs.web_crawler.engine.seen import SeenStores
from designs.web_crawler.engine.small_web import PORTAL
from designs.web_crawler.engine.store_reader import StoreReader
from sdlab.lab import Conflict, Engine, Invalid, Node, NodeSpec, NotFound, Room, acting, amount
from sdlab.parts.idempotency import IdempotencyKeys

CHECK_EVERY_S = 0.5
VERSION_EVERY_S = 0.25
NEVER_S = 1e9
START = f"http://{PORTAL}/"


class WebCrawler(Engine[Config]):
    """Crawls, addresses, raw answers and pages are rows; the frontier is in Valkey; processes fetch and read."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config, *, scale: int = 1) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self.crawls = Crawls(context)
        self.frontier = Frontier(room.redis, room.key("f"))
        self.web = LabWeb(context, scale)
        self.seen = SeenStores(context)
        self._fetching, self._extracting = Bell(self.clock), Bell(self.clock)
        self.links = Links(
            context,
            hosts=self.web.web.hosts,
            crawls=self.crawls,
            frontier=self.frontier,
            seen=self.seen,
            counters=self.counters,
            bell=self._fetching,
        )
        self.readings = Readings(context, crawls=self.crawls, links=self.links, counters=self.counters)
        self.fetchers = [
            Fetcher(
                context,
                f"fetcher-{number}",
                web=self.web,
                crawls=self.crawls,
                links=self.links,
                readings=self.readings,
                counters=self.counters,
                bell=self._fetching,
                extracting=self._extracting,
            )
            for number in range(1, MOST_FETCHERS + 1)
        ]
        self.extractors = [
            Extractor(
                context,
                f"extractor-{number}",
                crawls=self.crawls,
                readings=self.readings,
                counters=self.counters,
                bell=self._extracting,
                fetching=self._fetching,
            )
            for number in range(1, MOST_EXTRACTORS + 1)
        ]
        self.reader = StoreReader(context, crawls=self.crawls, frontier=self.frontier, seen=self.seen)
        self.checker = ClaimChecker(
            context,
            web=self.web,
            crawls=self.crawls,
            frontier=self.frontier,
            links=self.links,
            counters=self.counters,
            fetchers=self.fetchers,
            others=self.extractors,
        )
        self._keys = IdempotencyKeys(context)
        self._seeding = asyncio.Lock()
        self._turn_since, self._mended = -NEVER_S, 0
        self.explained: Explained | None = None

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    @property
    def _driven(self) -> tuple[Driven, ...]:
        """All that have a process."""
        return (*self.fetchers, *self.extractors)

    @property
    def _now(self) -> int:
        return int(self.clock.time() * 1000)

    # Life

    async def open(self) -> None:
        await self._reconcile()
        await self.checker.open()
        for one in self._driven:
            one.sync()
            self.supervise(one.id, one.run)
        if self.crawls.open_ones:
            self._fetching.ring()
            self._extracting.ring()
        self.every("ends", CHECK_EVERY_S, self._end_crawls)
        self.every("claims", CHECK_EVERY_S, self.checker.check, yields=True)
        self.every("restarts", self._restart_every, self._restart_seen)
        self.every("versions", VERSION_EVERY_S, self._ship)

    async def _reconcile(self) -> None:
        """What waits by its row and is not in the frontier, as when Valkey lost its last second, is put there again."""
        waiting = await self.crawls.open()
        lost = set(await self.frontier.lacking([one.number for one in waiting]))
        again = [one for one in waiting if one.number in lost]
        if again:
            await self.frontier.put(again, now_ms=self._now)
            self.context.say(
                f"{amount(len(again), 'address', 'addresses')} of before wait in the frontier again"
            )

    async def _end_crawls(self) -> None:
        """A crawl of which nothing waits, and nobody has anything in hand, is done."""
        if any(one.taking for one in self.fetchers):
            return  # a frontier that forgets what it gives out does not count it any more
        held = {entry.crawl for one in self._driven for entry in one.hand.values()}  # type: ignore[attr-defined]
        for crawl in [one for one in self.crawls.open_ones.values() if one.state == RUNNING]:
            accepted = crawl.accepted
            if crawl.number in held or await self.frontier.left(crawl.number) > 0:
                continue
            if await self.crawls.end(crawl, accepted=accepted):
                self.context.say(f"a crawl is done: {amount(crawl.accepted, 'address', 'addresses')} known")
                self.changed()

    def _restart_every(self) -> float:
        node = self.nodes.get(SEEN)
        return next((one.value for one in node.faults()), 1.0) if node else 1.0

    async def _restart_seen(self) -> None:
        """What keeps addresses in its memory alone starts with nothing."""
        node = self.nodes.get(SEEN)
        if node is None or not node.faults() or not self.crawls.open_ones:
            return
        gone = self.seen.forget_memory()
        if gone:
            self.checker.forgotten_at.append(self.clock.time())
        node.refused("restarted")
        if gone:
            self.context.say(
                f"restarted: {amount(gone, 'address', 'addresses')} in memory are forgotten",
                kind="fault",
                outcome="error",
            )

    async def _ship(self) -> None:
        """A bad version of what reads pages is at work, then a good one, by turns, while that fault is on.

        The turn of a bad one does not end before a page is stored that it has read.
        """
        node, now, readings = self.nodes.get("extractor-1"), self.clock.monotonic(), self.readings
        lasts = next((one.value for one in node.faults() if one.kind == "bug"), 0.0) if node else 0.0
        over = not lasts or now - self._turn_since >= lasts
        if readings.buggy and over and (not lasts or readings.bad > self._mended):
            readings.buggy, self._turn_since = False, now
        elif not readings.buggy and lasts and over:
            readings.buggy, self._turn_since = True, now
        if not readings.buggy and readings.bad > self._mended:
            self._mended = readings.bad
            await self._mend()

    async def _mend(self) -> None:
        """Pages that a bad version has read are read again, or fetched again where nothing raw was kept."""
        again = await self.crawls.buggy()
        with ExitStack() as filled:
            for number in {one.crawl for one in again}:
                if crawl := await self.crawls.reopened(number):
                    filled.enter_context(self.crawls.filling(crawl))
            await self._read_anew(again)

    async def _read_anew(self, again: list[Entry]) -> None:
        if self.config.stages == "two":
            await self.frontier.read_again(again)
            self._extracting.ring()
            self.context.say(f"mended: {amount(len(again), 'page')} are read again, and no host is asked")
        else:
            await self.frontier.put(again, now_ms=self._now, polite=self.config.politeness == "on")
            self._fetching.ring()
            self.context.say(
                f"mended: nothing raw was kept, so {amount(len(again), 'page')} are fetched again"
            )

    async def reconfigure(self, before: Config) -> None:
        """Whom the plan has not any more ends; what was seen stays seen under another approach."""
        if (before.seen, before.bloom_for) != (self.config.seen, self.config.bloom_for):
            await self.seen.rebuild(self.config.seen, list(self.crawls.open_ones), self.config.bloom_for)
        await self._sync()
        for one in self._driven:
            await one.retire()

    async def _sync(self) -> None:
        for one in self._driven:
            one.sync()
        await self.web.sync()
        if self.crawls.open_ones:
            self._fetching.ring()
            self._extracting.ring()

    async def fault_changed(self, node: Node) -> None:
        """Processes are killed, stopped, or come back; the web's servers are told."""
        await self._sync()
        await self._ship()

    async def close(self) -> None:
        """Processes end at once; what is in the stores stays."""
        for one in self._driven:
            one.end()
        self.web.end()
        await super().close()
        await asyncio.gather(*(one.close() for one in self._driven), self.web.close())

    # What people do

    async def start_crawl(
        self,
        seeds: Sequence[str],
        *,
        max_depth: int = DEFAULT_DEPTH,
        max_pages: int = DEFAULT_PAGES,
        key: str | None = None,
    ) -> Progress:
        """A new crawl. `Invalid` for a seed that must not be asked for; `TooMany`."""
        async with self.request("POST crawls", kind="Start a crawl") as trace:
            self.node(CONTROL).touch("start", "ok", source="visitor")
            found = await self._keys.once(
                key,
                operation="start_crawl",
                body={"seeds": list(seeds), "max_depth": max_depth, "max_pages": max_pages},
                work=lambda: self._started(seeds, max_depth, max_pages),
                dump=Progress.to_json,
                load=Progress.from_json,
            )
            trace.sentence = f"{acting().name} starts a crawl at {amount(len(seeds), 'seed')}"
        self.changed()
        return found

    async def _started(self, seeds: Sequence[str], max_depth: int, max_pages: int) -> Progress:
        if not 1 <= len(seeds) <= MOST_SEEDS:
            raise Invalid(f"a crawl has from 1 to {MOST_SEEDS} seeds", field="seeds")
        if not 0 <= max_depth <= MOST_DEPTH:
            raise Invalid(f"a crawl is from 0 to {MOST_DEPTH} links deep", field="max_depth")
        if not 1 <= max_pages <= MOST_PAGES:
            raise Invalid(f"a crawl has from 1 to {MOST_PAGES:,} pages", field="max_pages")
        found = list(dict.fromkeys(check_seed(one, self.web.web.hosts) for one in seeds))
        self.crawls.limits()
        self.decide("every seed is of the lab's own web, or of a host that the operator allows")
        crawl = await self.crawls.insert(acting().name, found, max_depth, max_pages, secrets.token_hex(6))
        with self.crawls.filling(crawl):
            await self.links.offer(crawl, found, parent=0, depth=0, source=CONTROL)
        return Progress(crawl, Counter({QUEUED: crawl.accepted}))

    async def add_seed(self, url: str) -> str:
        """One address more for the crawl on the screen, or for a new one; the crawl's id."""
        async with self.request("seed", kind="Hand in an address") as trace:
            self.node(CONTROL).touch("seed", "ok", source="visitor")
            found = check_seed(url, self.web.web.hosts)
            async with self._seeding:
                crawl = await self._on_screen() or await self.crawls.insert(
                    acting().name, [found], DEFAULT_DEPTH, DEFAULT_PAGES, secrets.token_hex(6)
                )
            with self.crawls.filling(crawl):
                new = await self.links.offer(crawl, [found], parent=0, depth=0, source=CONTROL)
            self.decide(
                "it goes to the crawl on the screen, which had it not"
                if new
                else "that crawl knows it already"
            )
            trace.sentence = f"{acting().name} hands in {found}"
        return crawl.id

    async def _on_screen(self) -> Crawl | None:
        return await self.crawls.reopened(self.crawls.screen) if self.crawls.screen else None

    async def crawl(self, id: str) -> Progress:
        """How far a crawl of the acting user's is. `NotFound`."""
        async with self.request("GET crawls/{id}", kind="Look at a crawl") as trace:
            self.node(CONTROL).touch("get", "ok", source="visitor")
            found = await self.node(PAGES).call(
                "states of its addresses", lambda: self.crawls.progress(acting().name, id), source=CONTROL
            )
            self.decide("counted in the rows, not remembered")
            trace.sentence = f"a crawl is {found.crawl.state}: {amount(sum(found.states.values()), 'address', 'addresses')}"
            return found

    async def pause(self, id: str) -> Progress:
        """Nothing more of it is asked for. `NotFound`, `Forbidden`, `Conflict`."""
        async with self.request("POST crawls/{id}/pause", kind="Pause a crawl") as trace:
            self.node(CONTROL).touch("pause", "ok", source="visitor")
            crawl = await self.crawls.own(acting().name, id)
            if crawl.state == PAUSED:
                raise Conflict("that crawl is paused already")
            await self.node(FRONTIER).call("pause", lambda: self.frontier.pause(crawl.number), source=CONTROL)
            await self.crawls.set_state(crawl, PAUSED)
            self.decide("its addresses are put aside when their turn comes; what is under way is finished")
            trace.sentence = f"{acting().name} pauses a crawl"
            found = await self.crawls.progress(acting().name, id)
        self.changed()
        return found

    async def resume(self, id: str) -> Progress:
        """It goes on where it was. `NotFound`, `Forbidden`, `Conflict`."""
        async with self.request("POST crawls/{id}/resume", kind="Resume a crawl") as trace:
            self.node(CONTROL).touch("resume", "ok", source="visitor")
            crawl = await self.crawls.own(acting().name, id)
            if crawl.state != PAUSED:
                raise Conflict("that crawl is not paused")
            parked = await self.node(FRONTIER).call(
                "resume", lambda: self.frontier.resume(crawl.number, now_ms=self._now), source=CONTROL
            )
            await self.crawls.set_state(crawl, RUNNING)
            self.decide(
                f"{amount(parked, 'address', 'addresses')} that were put aside come back, in their order"
            )
            trace.sentence = f"{acting().name} resumes a crawl"
            found = await self.crawls.progress(acting().name, id)
        self._fetching.ring()
        self.changed()
        return found

    async def pages(self, id: str, *, after: int, limit: int) -> list[StoredPage]:
        """Pages of a crawl of the acting user's, in the order of being found."""
        async with self.request("GET crawls/{id}/pages", kind="List pages") as trace:
            self.node(CONTROL).touch("pages", "ok", source="visitor")
            found = await self.crawls.progress(acting().name, id)
            pages = await self.node(PAGES).call(
                "pages",
                lambda: self.crawls.pages(found.crawl.number, after=after, limit=limit),
                source=CONTROL,
            )
            self.decide("behind a number: what is stored meanwhile moves nothing")
            trace.sentence = f"{amount(len(pages), 'page')} on this page"
            return pages

    async def page(self, number: int) -> StoredPage:
        """The text of a page of the room. `NotFound` for what is not stored, and for pages of another user's crawl."""
        async with self.request("GET pages/{id}/text", kind="Read a page") as trace:
            self.node(CONTROL).touch("text", "ok", source="visitor")
            found = await self.node(PAGES).call("text", lambda: self._page(number), source=CONTROL)
            trace.sentence = f"{acting().name} reads “{found.title}”"
            return found

    async def _page(self, number: int) -> StoredPage:
        found = await self.crawls.page(number)
        if found.owner != acting().name:
            raise NotFound("there is no page of that number")
        if found.duplicate_of:
            self.decide("it is a copy: the text is that of the page that came first")
            return await self.crawls.page(found.duplicate_of)
        self.decide("as the extractor stored it")
        return found

    async def shown_page(self, number: int) -> StoredPage:
        """The text of any page of the crawl on the screen, whoever started it."""
        async with self.request("read a page", kind="Read a page") as trace:
            self.node(CONTROL).touch("text", "ok", source="visitor")
            found = await self.node(PAGES).call("text", lambda: self.crawls.page(number), source=CONTROL)
            if found.duplicate_of:
                found = await self.crawls.page(found.duplicate_of)
            self.decide("as the extractor stored it")
            trace.sentence = f"{acting().name} reads “{found.title}”"
            return found

    async def explain(self, url: str) -> Explained:
        """Which rule of robots.txt decides about an address. `Invalid`; `NotFound` while its host was not asked yet."""
        async with self.request("robots?", kind="Ask what robots.txt says") as trace:
            self.node(CONTROL).touch("robots", "ok", source="visitor")
            found = check_seed(url, self.web.web.hosts)
            host = host_of(found)
            kept = await self.node(FRONTIER).call(
                f"rules of {host}",
                lambda: self.room.redis.hget(self.frontier.key("robots"), host),
                source=CONTROL,
            )
            if not kept:
                raise NotFound(
                    f"nobody reads robots.txt just now: the rules of {host} are not known"
                    if self.config.robots == "ignore"
                    else f"robots.txt of {host} was not fetched yet: it is the first thing that is asked for there"
                )
            said = self.explained = explain(orjson.loads(kept)["text"], found)
            self.decide(said.why)
            trace.sentence = f"{found} is {'allowed' if said.allowed else 'forbidden'}: {said.why}"
        self.changed()
        return said
