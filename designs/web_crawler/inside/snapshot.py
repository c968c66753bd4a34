"""From the running engine to the snapshot."""

from __future__ import annotations

from datetime import UTC, datetime

from designs.web_crawler.engine.engine import WebCrawler
from designs.web_crawler.engine.models import DUPLICATE, FETCHED, QUEUED, STATES, STORED
from designs.web_crawler.engine.nodes import FRONTIER, PAGES, RAW, SEEN
from designs.web_crawler.inside.views import (
    ContentView,
    CrawlView,
    FrontierView,
    GraphView,
    HostsView,
    HostView,
    LetterView,
    NamesView,
    OutcomesView,
    PageView,
    QueueView,
    RetriesView,
    RobotsView,
    RuleView,
    ScreenView,
    SeenView,
    SiteView,
    Snapshot,
    StagesView,
    StateView,
    TrapsView,
    TrapView,
    WaitView,
)
from sdlab.lab import Tally
from sdlab.lab.actor import VISITOR

HOSTS_SHOWN = 12
SLOTS_SHOWN = 40
WAITS_SHOWN = 8
RATE_S = 3


def build_snapshot(engine: WebCrawler) -> Snapshot:
    """Everything that panels and product may show of now."""
    queues, rows = engine.reader.redis.last, engine.reader.rows.last
    engine.node(FRONTIER).detail = f"{max(0, queues.pending):,} waiting"
    engine.node(RAW).detail = f"{rows.raw:,} kept"
    engine.node(PAGES).detail = f"{max(0, rows.pages):,} pages"
    engine.node(SEEN).detail = f"{max(0, rows.known):,} known"
    return Snapshot(
        **engine.common(),
        screen=screen_view(engine),
        graph=graph_view(engine),
        frontier=frontier_view(engine),
        hosts=hosts_view(engine),
        seen=seen_view(engine),
        content=content_view(engine),
        outcomes=outcomes_view(engine),
        stages=stages_view(engine),
        retries=retries_view(engine),
        robots=robots_view(engine),
        names=names_view(engine),
        traps=traps_view(engine),
    )


def _clock(ms: int, *, fine: bool = False) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.strftime("%H:%M:%S") + (f".{at.microsecond // 1000:03}" if fine else "")


def screen_view(engine: WebCrawler) -> ScreenView:
    """The newest crawl with its newest pages."""
    rows = engine.reader.rows.last
    crawl = rows.crawl
    return ScreenView(
        crawl=CrawlView()
        if crawl is None
        else CrawlView(crawl.id, crawl.owner, crawl.seeds[0], crawl.state, crawl.max_depth, crawl.max_pages),
        mine=crawl is not None and crawl.owner == VISITOR.name,
        known=rows.known,
        stored=rows.states[STORED] + rows.states[DUPLICATE],
        waiting=rows.states[QUEUED] + rows.states[FETCHED],
        pages=tuple(
            PageView(
                one.number, one.title or "without a title", one.url, one.language or "?", one.charset, _clock(one.stored_ms)
            )
            for one in rows.newest
        ),
    )  # fmt: skip


def graph_view(engine: WebCrawler) -> GraphView:
    """Rows of addresses, with where they lie."""
    rows, now_ms = engine.reader.rows.last, int(engine.clock.time() * 1000)
    graph, checker = rows.graph, engine.checker
    return GraphView(
        nodes=graph.count,
        known=rows.known,
        points=graph.points,
        states=graph.states,
        parents=graph.parents,
        numbers=graph.numbers,
        sites=tuple(
            SiteView(host, x, y, count, checker.is_hot(host, now_ms)) for host, x, y, count in graph.sites
        ),
        by_state=tuple(StateView(state, rows.states[state]) for state in STATES),
        depth=rows.depth,
        handed_in=rows.handed_in,
        rate=round(engine.counters.rate.rate(engine.clock.monotonic(), over=RATE_S), 1),
    )


def frontier_view(engine: WebCrawler) -> FrontierView:
    """Queues and leases."""
    queues, counters = engine.reader.redis.last, engine.counters
    return FrontierView(
        pending=queues.pending,
        front_1=queues.front[0],
        front_2=queues.front[1],
        front_3=queues.front[2],
        backs=queues.backs,
        leased=queues.leased,
        delayed=queues.delayed,
        hosts=tuple(
            QueueView(
                one.host,
                one.waiting,
                _clock(one.next_ms, fine=True) if one.next_ms else "now",
                one.out,
                one.gap_ms,
            )
            for one in queues.hosts
        ),
        expired=counters.expired,
        stale=counters.stale,
        lost=engine.checker.lost,
        deaths=counters.deaths,
    )


def hosts_view(engine: WebCrawler) -> HostsView:
    """Lines of the hosts' logs, counted."""
    logs, now = engine.checker.hosts, engine.clock.time()
    since = int((now - RATE_S) * 1000)
    recent = 0
    for visit in reversed(engine.web.visits):
        if visit.at_ms < since:
            break
        recent += 1
    rows = sorted(logs.items(), key=lambda one: (-one[1].early, -one[1].refused, -one[1].asked, one[0]))[
        :HOSTS_SHOWN
    ]
    sites = engine.web.web.by_host
    return HostsView(
        asked=sum(one.asked for one in logs.values()),
        hosts=len(logs),
        early=engine.checker.early,
        refused=sum(one.refused for one in logs.values()),
        hosts_rate=round(recent / RATE_S, 1),
        ours_rate=round(engine.counters.rate.rate(engine.clock.monotonic(), over=RATE_S), 1),
        slowest_ms=max((one.took_ms for one in logs.values()), default=0),
        rows=tuple(
            HostView(
                host, sites[host].gap_ms if host in sites else 0, one.shortest_ms, one.asked, one.early, one.refused,
                one.took_ms,
            )
            for host, one in rows
        ),
    )  # fmt: skip


ROW_BYTES = 16  # of an index beside the address itself


def _seen_bytes(engine: WebCrawler) -> dict[str, int]:
    rows, queues = engine.reader.rows.last, engine.reader.redis.last
    return {
        "database": rows.url_bytes + ROW_BYTES * max(0, rows.known),
        "hash": queues.hash_bytes,
        "bloom": queues.bloom_bytes,
        "memory": engine.seen.memory_bytes(engine.crawls.screen),
    }


def seen_view(engine: WebCrawler) -> SeenView:
    """What is asked, and what each way of knowing takes."""
    rows, queues, counters = engine.reader.rows.last, engine.reader.redis.last, engine.counters
    taken = _seen_bytes(engine)
    return SeenView(
        rows=rows.known,
        row_bytes=taken["database"],
        hashes=queues.hashes,
        hash_bytes=taken["hash"],
        bloom_bits=engine.seen.bloom_bits if engine.config.seen == "bloom" else 0,
        bloom_set=queues.bits_set,
        memory_bytes=taken["memory"],
        bytes=taken[engine.config.seen],
        lookups=counters.lookups,
        met_again=counters.met_again,
        accepted=counters.accepted,
        skipped=engine.checker.skipped,
        twice=engine.checker.twice,
    )


def content_view(engine: WebCrawler) -> ContentView:
    """Copies that were noticed, and those that were not."""
    rows, counters = engine.reader.rows.last, engine.counters
    return ContentView(
        texts=rows.pages - rows.copies if rows.pages >= 0 else -1,
        copies=rows.copies,
        exact=counters.exact,
        near=counters.near,
        compared=counters.compared,
        missed=engine.checker.copies_kept,
        wrongly=engine.checker.wrong_copies,
    )


def outcomes_view(engine: WebCrawler) -> OutcomesView:
    """Requests by what came of them."""
    counters, now = engine.counters, engine.clock.monotonic()
    said = counters.outcomes
    return OutcomesView(
        fetches=counters.fetches,
        pages=said["page"],
        redirects=said["redirect"],
        later=said["later"],
        failed=said["failed"],
        missing=said["missing"],
        other=said["other"] + said["rules"] + said["sitemap"],
        unchanged=counters.unchanged,
        refused=said["refused"],
        cut=counters.cut,
        megabytes=round(counters.fetched_bytes / 1e6, 2),
        rate=round(counters.rate.rate(now, over=RATE_S), 1),
        kilobytes_per_s=round(counters.bytes.rate(now, over=RATE_S) / 1000, 1),
    )


def stages_view(engine: WebCrawler) -> StagesView:
    """The raw store and what was read out of it."""
    rows, queues, counters = engine.reader.rows.last, engine.reader.redis.last, engine.counters
    return StagesView(
        raw=rows.raw if rows.known >= 0 else -1,
        raw_kilobytes=rows.raw_bytes // 1000,
        same=rows.raw_same,
        waiting=queues.raw,
        reading=queues.reading,
        pages=rows.pages,
        read=counters.read,
        buggy=rows.buggy,
        read_again=counters.read_again,
        refetched=counters.refetched,
    )


def retries_view(engine: WebCrawler) -> RetriesView:
    """Waits after failures, and what was given up."""
    counters, queues = engine.counters, engine.reader.redis.last
    newest = max(counters.slots, default=0)
    return RetriesView(
        retried=counters.retried,
        delayed=queues.delayed,
        dead=queues.dead if queues.pending >= 0 else -1,
        together=counters.retry_peak,
        slots=tuple(counters.slots.get(newest - SLOTS_SHOWN + 1 + at, 0) for at in range(SLOTS_SHOWN))
        if newest
        else (),
        waits=tuple(WaitView(*one) for one in list(counters.waits)[-WAITS_SHOWN:][::-1]),
        letters=tuple(LetterView(one["u"], one["h"], one["t"]) for one in queues.letters),
    )


def robots_view(engine: WebCrawler) -> RobotsView:
    """What it kept us from; and the address that was asked about last."""
    counters, found = engine.counters, engine.explained
    queues = engine.reader.redis.last
    return RobotsView(
        hosts=queues.rules if queues.pending >= 0 else -1,
        fetched=counters.robots_fetched,
        kept_away=counters.robots_kept_away,
        forbidden_asked=engine.checker.forbidden,
        url=found.url if found else "",
        verdict=("allowed" if found.allowed else "forbidden") if found else "",
        why=found.why if found else "",
        delay_s=-1.0 if found is None or found.delay_s is None else found.delay_s,
        rules=tuple(
            RuleView(f"{'Allow' if one.allows else 'Disallow'}: {one.path}", one.fits, one.decides)
            for one in (found.rules if found else ())
        ),
    )


def names_view(engine: WebCrawler) -> NamesView:
    """Of the fetchers, and of the name server itself."""
    counters = engine.counters
    return NamesView(
        lookups=counters.name_lookups,
        again=counters.names_again,
        remembered=counters.name_hits,
        answered=engine.web.lookups,
        per_page=round(counters.name_lookups / counters.fetches, 2) if counters.fetches else 0.0,
    )


def traps_view(engine: WebCrawler) -> TrapsView:
    """Links that were left alone, and pages of the calendar that were not."""
    counters = engine.counters
    return TrapsView(
        left_alone=counters.trapped,
        followed=engine.checker.traps,
        deepest=engine.reader.rows.last.depth,
        too_deep=counters.too_deep,
        newest=tuple(TrapView(one.url, one.why) for one in list(engine.links.trapped)[::-1]),
    )


def build_tallies(engine: WebCrawler) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, checker = engine.counters, engine.checker
    refused = sum(one.refused for one in checker.hosts.values())
    return (
        Tally("early", "Requests that came too soon", "", checker.early),
        Tally("refused", "429 and 503 from hosts", "", refused),
        Tally("strict", "429 from hosts", "", checker.strict),
        Tally("lost", "Addresses that nobody has", "", checker.lost),
        Tally("twice", "Pages stored twice", "", checker.twice),
        Tally("asked_twice", "Pages that hosts gave twice", "", checker.asked_twice),
        Tally("refetched", "Pages fetched again", "", counters.refetched),
        Tally("skipped", "Pages wrongly taken for seen", "", checker.skipped),
        Tally("seen_bytes", "Memory of seen addresses", "bytes", _seen_bytes(engine)[engine.config.seen]),
        Tally("lookups", "Addresses looked up", "", counters.lookups, "same"),
        Tally("copies_kept", "Copies stored as if they were none", "", checker.copies_kept),
        Tally("near", "Near-duplicates noticed", "", counters.near, "same"),
        Tally("copies", "Copies noticed", "", counters.exact + counters.near, "same"),
        Tally("forbidden", "Forbidden addresses asked for", "", checker.forbidden),
        Tally("traps", "Pages of the calendar", "", checker.traps),
        Tally("together", "Most retries within 100 ms", "", counters.retry_peak),
        Tally("dead", "Dead letters", "", counters.dead),
        Tally("names", "Lookups of names", "", counters.name_lookups),
        Tally("hosts", "Hosts that were asked", "", len(checker.hosts), "same"),
        Tally("stored", "Pages read", "", counters.read, "more"),
        Tally("deaths", "Processes that died", "", counters.deaths, "same"),
        Tally(
            "slowest",
            "What the slowest host needs",
            "ms",
            max((one.took_ms for one in checker.hosts.values()), default=0),
        ),
    )
