"""What must hold, judged from the hosts' own logs, the rows and the frontier, apart from those who work."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from designs.web_crawler.config import Config
from designs.web_crawler.engine.counters import Counters
from designs.web_crawler.engine.crawls import Crawls
from designs.web_crawler.engine.fetchers import Fetcher
from designs.web_crawler.engine.frontier import Frontier
from designs.web_crawler.engine.lab_web import LabWeb, Visit
from designs.web_crawler.engine.links import Links
from designs.web_crawler.engine.models import PAGE, QUEUED, URL
from designs.web_crawler.engine.processes import Driven
from designs.web_crawler.engine.strategies import GUARDS
from sdlab.lab import Claim, EngineContext, EvidenceView, cause_step, read_step, write_step
from sdlab.parts.worker_process import WorkerGone

CLAIMS = (
    Claim(
        "stored", "stored once", "Every page that can be reached and is allowed is stored, and stored once"
    ),
    Claim(
        "polite",
        "no host too often",
        "No host is asked sooner than it allows after the last time, measured at the hosts",
    ),
    Claim(
        "robots",
        "robots.txt is obeyed",
        "Nothing that robots.txt forbids is asked for, measured at the hosts",
    ),
    Claim("ends", "the crawl ends", "No place without an end keeps a crawl going"),
)
PAGE_OF_ROWS = 2_000
REMEMBERED = 200_000
LOOKED_AT = 2_000
MOST_TRAP = 105  # more than the guard can be told to accept
SETTLED_MS = 1_000
EARLY_KEPT_MS = 3_000


@dataclass(slots=True)
class HostLog:
    """What a host knows of us, since opened."""

    asked: int = 0
    early: int = 0
    refused: int = 0
    last_ms: int = 0
    took_ms: int = 0
    shortest_ms: int = -1
    earlies: deque[int] = field(default_factory=lambda: deque(maxlen=64))


@dataclass(frozen=True, slots=True)
class Known:
    """An address of a crawl, and when its row was last changed as it was first read (seconds)."""

    number: int
    depth: int
    at: float


class ClaimChecker:
    """Reads every line of the hosts' logs, every row of addresses and every page once.

    `early` are requests that came too soon, `forbidden` those that robots.txt forbids, `lost` addresses that nobody has,
    `twice` pages stored once more, `missing` links of stored pages that nobody knows, `traps` pages without an end.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        *,
        web: LabWeb,
        crawls: Crawls,
        frontier: Frontier,
        links: Links,
        counters: Counters,
        fetchers: Sequence[Fetcher],
        others: Sequence[Driven],
    ) -> None:
        self._context, self._web, self._crawls, self._frontier = context, web, crawls, frontier
        self._links, self._counters, self._fetchers, self._others = links, counters, fetchers, others
        self.hosts: defaultdict[str, HostLog] = defaultdict(HostLog)
        self._last: dict[str, Visit] = {}
        self._rules_read: dict[tuple[str, str], Visit] = {}  # by host and by who; "" is whoever was the last
        self._given: OrderedDict[str, None] = OrderedDict()
        self._known: OrderedDict[tuple[int, str], Known] = OrderedDict()
        self._number = 0
        self._stored: OrderedDict[tuple[int, str], tuple[int, float]] = OrderedDict()
        self._numbers: set[int] = set()
        self._stored_ms = 0
        self._suspects: set[int] = set()
        self._gone: OrderedDict[int | tuple[int, str], None] = OrderedDict()
        self._trapped: defaultdict[int, int] = defaultdict(int)
        self._first_trap: dict[int, tuple[str, float]] = {}
        self._seen: tuple[int, ...] = ()
        self.early = self.forbidden = self.lost = self.twice = self.missing = self.traps = 0
        self.forgotten_at: deque[float] = deque(maxlen=64)  # when the seen set lost its memory
        self.copies_kept = self.wrong_copies = self.strict = self.asked_twice = 0
        self._stories: dict[tuple[int, str], int] = {}
        self._skipped: OrderedDict[tuple[int, str], float] = OrderedDict()

    async def open(self) -> None:
        """What was there before is known, and judged no more."""
        await self._read_urls(judge=False)
        await self._read_pages(judge=False)

    async def check(self) -> None:
        """What has happened since the last time; nothing is read while nothing happens."""
        counters = self._counters
        seen = (counters.accepted, counters.fetches, counters.read, counters.deaths, counters.met_again)
        if seen == self._seen and not self._crawls.open_ones:
            return
        self._seen = seen
        try:
            for visit in await self._web.read_log():
                self._visited(visit)
        except WorkerGone:
            return
        await self._read_urls(judge=True)
        await self._read_pages(judge=True)
        await self._read_queued()
        await self._read_doubts()

    @property
    def _now(self) -> float:
        return self._context.clock.time()

    # The hosts' logs

    def _visited(self, one: Visit) -> None:
        host, site = self.hosts[one.host], self._web.web.site(one.host)
        before = self._last.get(one.host)
        self._last[one.host] = one
        if one.path == "/robots.txt" and one.status == 200:
            for name in (one.by, ""):
                self._rules_read[one.host, name] = one
        host.asked += 1
        host.refused += one.status in (429, 503)
        self.strict += one.status == 429
        if one.status == 200 and not one.path.endswith((".txt", ".xml")):
            address = f"{one.host}{one.path}"
            self.asked_twice += address in self._given
            self._given[address] = None
            while len(self._given) > REMEMBERED:
                self._given.popitem(last=False)
        host.last_ms, host.took_ms = one.at_ms, one.took_ms
        if site is None:
            return
        self._check_rules(one)
        if before is None:
            return
        gap = one.at_ms - before.at_ms
        host.shortest_ms = gap if host.shortest_ms < 0 else min(host.shortest_ms, gap)
        if gap >= site.gap_ms:
            self._context.monitors["polite"].passed()
            return
        self.early += 1
        host.early += 1
        host.earlies.append(one.at_ms)
        begun = before.at_ms / 1000
        self._context.monitors["polite"].violated(
            [
                write_step(before.by, f"asks {one.host} for {before.path[:40]}", begun, begun + 0.001, wrote=before.status),
                cause_step(one.host, f"may be asked again now, every {site.gap_ms} ms", begun + site.gap_ms / 1000),
                write_step(
                    one.by, f"asks {one.host} for {one.path[:40]} after {gap} ms", one.at_ms / 1000,
                    max(one.at_ms / 1000, begun) + 0.002, wrote=one.status, lost=True,
                ),
            ]
        )  # fmt: skip

    def _check_rules(self, one: Visit) -> None:
        monitor = self._context.monitors["robots"]
        if not self._web.web.forbidden(one.host, one.path):
            monitor.passed()
            return
        self.forbidden += 1
        at = one.at_ms / 1000
        ended = at + max(1, one.took_ms) / 1000
        asks = write_step(one.by, f"asks for {one.path[:60]}", at, ended, wrote=one.status, lost=True)
        read = self._rules_read.get((one.host, one.by)) or self._rules_read.get((one.host, ""))
        if read is None:
            monitor.violated(
                [asks, cause_step(one.host, "nobody has asked for its robots.txt, which forbids this", at)]
            )
            return
        monitor.violated(
            [
                read_step(
                    read.by, f"reads robots.txt of {one.host}", read.at_ms / 1000, (read.at_ms + read.took_ms) / 1000,
                    saw="Disallow",
                ),
                cause_step(one.by, "goes on although this is forbidden", at),
                asks,
            ]
        )  # fmt: skip

    def is_hot(self, host: str, now_ms: int) -> bool:
        """Whether that host was asked too often just now."""
        log = self.hosts.get(host)
        return bool(log and log.earlies and now_ms - log.earlies[-1] < EARLY_KEPT_MS)

    # Rows of addresses

    async def _read_urls(self, *, judge: bool) -> None:
        monitor = self._context.monitors["ends"]
        while True:
            query = (
                sa.select(URL.c.number, URL.c.crawl, URL.c.url, URL.c.depth, URL.c.changed_ms)
                .where(URL.c.room == self._context.room.id, URL.c.number > self._number)
                .order_by(URL.c.number)
                .limit(PAGE_OF_ROWS)
            )
            rows = await self._context.room.sql.read(lambda c, q=query: c.execute(q).all())  # type: ignore[misc]
            for row in rows:
                self._number = row.number
                self._known.setdefault(
                    (row.crawl, row.url), Known(row.number, row.depth, row.changed_ms / 1000)
                )
                if judge:
                    self._check_end(row.crawl, row.url, row.changed_ms / 1000)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            if judge and rows:
                monitor.passed(len(rows))
            if len(rows) < PAGE_OF_ROWS:
                return

    def _check_end(self, crawl: int, url: str, at: float) -> None:
        if not self._web.web.is_trap(url):
            return
        self.traps += 1
        self._trapped[crawl] += 1
        first = self._first_trap.setdefault(crawl, (url, at))
        if self._trapped[crawl] <= MOST_TRAP:
            return
        guard = GUARDS[self._context.config.guard].label
        self._context.monitors["ends"].violated(
            [
                write_step("frontier", f"accepts {first[0][7:60]}, the first", first[1], first[1], wrote="queued"),
                cause_step("trap guard", f"{guard}: did not stop the links between them", at),
                write_step(
                    "frontier", f"accepts {url[7:60]}, number {self._trapped[crawl]}", at, at, wrote="queued", lost=True
                ),
            ]
        )  # fmt: skip

    # Pages

    async def _read_pages(self, *, judge: bool) -> None:
        query = (
            sa.select(
                PAGE.c.number, PAGE.c.crawl, PAGE.c.url, PAGE.c.duplicate_of, PAGE.c.stored_ms, URL.c.depth
            )
            .join(URL, sa.and_(URL.c.room == PAGE.c.room, URL.c.number == PAGE.c.number))
            .where(PAGE.c.room == self._context.room.id, PAGE.c.stored_ms >= self._stored_ms - SETTLED_MS)
            .order_by(PAGE.c.stored_ms)
        )
        for row in await self._context.room.sql.read(lambda c: c.execute(query).all()):
            if row.number in self._numbers:
                continue
            self._numbers.add(row.number)
            self._stored_ms = max(self._stored_ms, row.stored_ms)
            before = self._stored.get((row.crawl, row.url))
            self._stored[row.crawl, row.url] = (row.number, row.stored_ms / 1000)
            while len(self._stored) > REMEMBERED:
                self._stored.popitem(last=False)
            if judge:
                self._check_stored(row.crawl, row.url, row.stored_ms / 1000, before)
                self._count_copy(row.crawl, row.url, row.number, row.duplicate_of)
                if not row.duplicate_of:
                    self._check_links(row.crawl, row.url, row.depth, row.stored_ms / 1000)
        if len(self._numbers) > REMEMBERED:
            self._numbers.clear()

    def _check_stored(self, crawl: int, url: str, at: float, before: tuple[int, float] | None) -> None:
        monitor = self._context.monitors["stored"]
        if before is None:
            monitor.passed()
            return
        self.twice += 1
        monitor.violated(
            [
                write_step(
                    "pages", f"stores {url[7:60]}", before[1] - 0.001, before[1], wrote=f"number {before[0]}"
                ),
                self._why_twice(before[1], at),
                write_step("pages", "stores it once more", at, at + 0.001, wrote="a second row", lost=True),
            ]
        )

    def _why_twice(self, first: float, again: float) -> EvidenceView:
        """What is known of why an address was taken for new."""
        forgot = next((one for one in reversed(self.forgotten_at) if first <= one <= again), None)
        if forgot is not None:
            return cause_step("seen set", "was started anew: what it had in memory is gone", forgot)
        for at, name in self._deaths(first, again)[:1]:
            return cause_step(name, "died, and another did its work again", at)
        return cause_step("seen set", "did not say that it is known", again)

    def _deaths(self, since: float, until: float) -> list[tuple[float, str]]:
        """When and who, in order."""
        driven = (*self._fetchers, *self._others)
        return sorted((at, one.id) for one in driven for at in one.deaths_at if since <= at <= until)

    def _count_copy(self, crawl: int, url: str, number: int, duplicate_of: int) -> None:
        """Against what the web itself knows: which pages tell the same story."""
        story = self._web.web.story(url)
        if not story:
            return
        first = self._stories.setdefault((crawl, story), number)
        if len(self._stories) > REMEMBERED:
            self._stories.clear()
        self.copies_kept += first != number and not duplicate_of
        self.wrong_copies += first == number and bool(duplicate_of)

    def _check_links(self, crawl: int, url: str, depth: int, at: float) -> None:
        """Every link of a stored page is known, as the web itself says what its links are."""
        found = self._crawls.open_ones.get(crawl)
        if found is None or depth + 1 > found.max_depth or found.accepted >= found.max_pages:
            return
        web = self._web.web
        for link in web.links(url):
            if (crawl, link) in self._known or (crawl, link) in self._gone or web.is_trap(link):
                continue
            self._forgotten((crawl, link))
            self.missing += 1
            now = self._now
            self._context.monitors["stored"].violated(
                [
                    read_step(url[7:50], "is stored, and has a link", at, at, saw=link[7:60]),
                    self._why_missing(crawl, link, now),
                    read_step("claim checker", "looks for its row", now, now, saw="nowhere", lost=True),
                ]
            )

    def _why_missing(self, crawl: int, link: str, now: float) -> EvidenceView:
        for one in self._links.doubts:
            if (one.crawl, one.url) == (crawl, link):
                return cause_step("seen set", "says that it is known", one.at_ms / 1000)
        if (at := self._skipped.get((crawl, link))) is not None:
            return cause_step("seen set", "says that it is known", at)
        return cause_step("frontier", "was not given it", now)

    def _forgotten(self, name: int | tuple[int, str]) -> None:
        self._gone[name] = None
        while len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)

    # What waits

    async def _read_queued(self) -> None:
        """Addresses whose row waits, that the frontier does not have, and no fetcher, at two looks in a row."""
        waiting = await self._crawls.queued(most=LOOKED_AT, before_ms=int(self._now * 1000) - SETTLED_MS)
        names = {number: (crawl, url) for number, crawl, url in waiting}
        lacking = set(await self._frontier.lacking(list(names)))
        held = {entry.number for one in self._fetchers for entry in one.hand.values()}
        lacking -= held
        again = [one for one in lacking & self._suspects if one not in self._gone]
        self._suspects = lacking
        if not again:
            self._context.monitors["stored"].passed(len(names) - len(lacking))
            return
        states = await self._crawls.states(again)
        for number in again:
            if states.get(number) == QUEUED:
                self._forgotten(number)
                self.lost += 1
                self._context.monitors["stored"].violated(self._how_lost(*names[number]))

    def _how_lost(self, crawl: int, url: str) -> list[EvidenceView]:
        now = self._now
        known = self._known.get((crawl, url))
        began = known.at if known else now
        dead = self._deaths(began, now)[-2:]
        causes = [cause_step(id, "died with what it had in its hand", at) for at, id in dead]
        if not causes:
            causes = [cause_step("frontier", "has it no more, and nobody has died since", now)]
        return [
            write_step("frontier", f"was given {url[7:60]}", began, began, wrote="queued"),
            *causes,
            read_step("claim checker", "looks for it everywhere, for the second time", now, now, saw="nowhere", lost=True),
        ]  # fmt: skip

    async def _read_doubts(self) -> None:
        """Links that were taken for seen by something that may be wrong: is there a row?"""
        doubts = [self._links.doubts.popleft() for _ in range(len(self._links.doubts))]
        for one in doubts:
            name = (one.crawl, one.url)
            if name not in self._known and name not in self._skipped:
                self._skipped[name] = one.at_ms / 1000
        while len(self._skipped) > REMEMBERED:
            self._skipped.popitem(last=False)

    @property
    def skipped(self) -> int:
        """Addresses that were taken for seen and have no row, at the last look."""
        return sum(1 for name in self._skipped if name not in self._known)
