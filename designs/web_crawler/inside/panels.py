"""The inside of the web crawler: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import trend
from components.live import number
from components.panel import panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, gauge, pill
from designs.web_crawler.inside.views import HostView, QueueView, RuleView, Snapshot, TrapView, WaitView
from designs.web_crawler.inside.webgraph import WebGraph


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        graph(snap),
        hosts(snap),
        frontier(snap),
        seen(snap),
        content(snap),
        stages(snap),
        outcomes(snap),
        retries(snap),
        robots(snap),
        names(snap),
        traps(snap),
    ]


def _known(count: Any) -> Any:
    return rx.cond(count >= 0, number(count), "–")


def graph(snap: Snapshot) -> rx.Component:
    """Addresses by state."""
    shown = snap.graph
    return panel(
        "The web, as far as it is known",
        id="graph",
        span=2,
        says="Each address of the newest crawl in the colour of its state, joined to the page that led there.",
        source=(read("postgres", "rows of addresses; the first 2,000 are drawn"),
                computed("places: sites by networkx, pages on a spiral around them"), counted("in the last 3 s: requests")),
        figure=rx.el.span(rx.el.b(_known(shown.known)), " addresses known"),
        facts=[
            ("drawn", number(shown.nodes), "nodes"),
            ("deepest", number(shown.depth), "links"),
            ("handed in", number(shown.handed_in), "addresses"),
            ("requests", number(shown.rate, 1), "per s"),
        ],
        body=WebGraph.create(graph=shown, label="The web as it is crawled"),
        table=data_table(
            shown.by_state,
            [column("state", lambda one: one.state), column("addresses", lambda one: number(one.addresses), numeric=True)],
            label="Addresses by state",
        ),
    )  # fmt: skip


def hosts(snap: Snapshot) -> rx.Component:
    """What hosts have in their logs."""
    shown = snap.hosts
    columns = [
        column("host", lambda one: one.host),
        column("allows one per, ms", lambda one: number(one.allows_ms), numeric=True),
        column("shortest pause, ms", lambda one: _known(one.shortest_ms), numeric=True),
        column("asked", lambda one: number(one.asked), numeric=True),
        column("too soon", lambda one: number(one.early), numeric=True),
        column("429, 503", lambda one: number(one.refused), numeric=True),
        column("needs for an answer, ms", lambda one: number(one.took_ms), numeric=True),
    ]
    return panel(
        "As the hosts see it",
        id="hosts",
        span=2,
        says="What the hosts have in their own logs, beside what the fetchers say of themselves.",
        source=(
            in_memory("the logs of all hosts, read from the process that serves them"),
            counted("since opened; rates in the last 3 s"),
        ),
        figure=rx.cond(
            shown.early > 0,
            pill(rx.el.span("✕ ", number(shown.early), " too soon"), tone="error"),
            rx.cond(shown.asked > 0, pill("✓ nobody asked too soon", tone="ok"), "–"),
        ),
        facts=[
            ("asked", number(shown.asked), "times"),
            ("hosts", number(shown.hosts), ""),
            ("too soon", number(shown.early), "requests"),
            ("429 and 503", number(shown.refused), "answers"),
            ("by the hosts", number(shown.hosts_rate, 1), "requests/s"),
            ("by the fetchers", number(shown.ours_rate, 1), "requests/s"),
            ("the slowest needs for an answer", number(shown.slowest_ms), "ms"),
        ],
        body=rx.el.div(
            rx.cond(
                shown.rows.length() > 0,
                rx.el.ul(rx.foreach(shown.rows, _host), class_name="cw-rows"),
                rx.el.p("No host was asked yet.", class_name="sd-empty"),
            ),
            trend(
                ("by the hosts", "hosts.hosts_rate", "s0"),
                ("429 and 503", "hosts.refused", "error"),
                label="Requests per second, and refusals since opened",
                height=72,
            ),
            class_name="sd-stack",
        ),
        table=data_table(shown.rows, columns, label="Hosts, those asked too soon first"),
    )


def _host(one: HostView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.host),
        rx.el.span(
            number(one.asked),
            rx.el.small(" asked · allows one per ", number(one.allows_ms), " ms · "),
            rx.cond(
                one.early > 0,
                pill(rx.el.span(number(one.early), " too soon"), tone="error"),
                rx.el.small("none too soon"),
            ),
        ),
    )


def frontier(snap: Snapshot) -> rx.Component:
    """Queues per host, and what is out."""
    shown = snap.frontier
    return panel(
        "Frontier",
        id="frontier",
        says="What waits: front queues by priority, a back queue per host with its next time, and what fetchers hold.",
        source=(
            read(
                "valkey",
                "LLEN of the front queues, ZCARD of back queues, leases and waits, HGET of next times",
            ),
            counted("since opened"),
            computed("from the rows and the unfinished: addresses that nobody has"),
        ),
        unit="addresses",
        figure=rx.el.span(rx.el.b(_known(shown.pending)), " not finished"),
        facts=[
            (
                "front 1, 2, 3",
                rx.el.span(number(shown.front_1), ", ", number(shown.front_2), ", ", number(shown.front_3)),
                "",
            ),
            ("in back queues", number(shown.backs), ""),
            ("leased", number(shown.leased), ""),
            ("wait for another try", number(shown.delayed), ""),
            ("leases that ended", number(shown.expired), ""),
            ("came too late", number(shown.stale), "times"),
            ("processes died", number(shown.deaths), "times"),
            ("nobody has", number(shown.lost), "addresses"),
        ],
        body=rx.el.div(
            rx.cond(
                shown.hosts.length() > 0,
                rx.el.ul(rx.foreach(shown.hosts, _queue), class_name="cw-rows"),
                rx.el.p("No host has anything waiting.", class_name="sd-empty"),
            ),
            trend(
                ("not finished", "frontier.pending", "s0"),
                ("leased", "frontier.leased", "ok"),
                ("wait for another try", "frontier.delayed", "miss"),
                label="The frontier",
                height=72,
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.hosts,
            [
                column("host", lambda one: one.host),
                column("waiting", lambda one: number(one.waiting), numeric=True),
                column("out", lambda one: number(one.out), numeric=True),
                column("pause, ms", lambda one: number(one.gap_ms), numeric=True),
                column("next, UTC", lambda one: one.next, mono=True),
            ],
            label="Back queues, the longest first",
        ),
    )


def _queue(one: QueueView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.host),
        rx.el.span(number(one.waiting), rx.el.small(" waiting · next ", one.next)),
    )


def seen(snap: Snapshot) -> rx.Component:
    """What knows addresses, and what it takes."""
    shown = snap.seen
    return panel(
        "Seen addresses",
        id="seen",
        says="Links that were looked up, how many were known, and what each way of knowing takes for the newest crawl.",
        source=(
            read("valkey", "SCARD and MEMORY USAGE of fingerprints, BITCOUNT and STRLEN of the filter"),
            read("postgres", "rows of addresses, counted, with their lengths"),
            in_memory("the set of this process"),
            counted("since opened"),
            computed(
                "from the rows: taken for seen and in no row; bytes of an index, 16 beside each address"
            ),
        ),
        figure=rx.el.span(rx.el.b(number(shown.bytes)), " bytes"),
        facts=[
            ("looked up", number(shown.lookups), "addresses"),
            ("known before", number(shown.met_again), "addresses"),
            ("new", number(shown.accepted), "addresses"),
            ("wrongly taken for seen", number(shown.skipped), "addresses"),
            ("stored twice", number(shown.twice), "pages"),
            ("rows", _known(shown.rows), ""),
            ("index of rows", number(shown.row_bytes), "bytes"),
            ("fingerprints", number(shown.hashes), ""),
            ("set of fingerprints", number(shown.hash_bytes), "bytes"),
            ("bits set", number(shown.bloom_set), "bits"),
            ("set in memory", number(shown.memory_bytes), "bytes"),
        ],
        body=rx.el.div(
            gauge(
                shown.bloom_set,
                maximum=rx.cond(shown.bloom_bits > 0, shown.bloom_bits, 1),
                label="bits of the Bloom filter that are set",
                shown=rx.cond(shown.bloom_bits > 0, number(shown.bloom_set), "no filter"),
                mark=rx.cond(shown.bloom_bits > 0, shown.bloom_bits * 0.5, 0.5),
                mark_label="full: half of them",
            ),
            trend(
                ("looked up", "seen.lookups", "s0"),
                ("new", "seen.accepted", "ok"),
                ("wrongly taken for seen", "seen.skipped", "error"),
                label="Addresses since opened",
                height=72,
            ),
            class_name="sd-stack",
        ),
    )


def content(snap: Snapshot) -> rx.Component:
    """Pages that say the same."""
    shown = snap.content
    return panel(
        "Copies",
        id="copies",
        says="Pages that say what another says: those that were noticed, and those that were not, as the web itself knows.",
        source=(
            read("postgres", "pages of the newest crawl, and those that are copies"),
            counted("since opened"),
            computed("against the web's own list of which pages tell the same story"),
        ),
        figure=rx.cond(
            shown.missed > 0,
            pill(rx.el.span(number(shown.missed), " missed"), tone="miss"),
            rx.cond(shown.texts > 0, pill("✓ none missed", tone="ok"), "–"),
        ),
        facts=[
            ("texts", _known(shown.texts), "pages"),
            ("copies", number(shown.copies), "pages"),
            ("by the hash", number(shown.exact), "copies"),
            ("by the fingerprint", number(shown.near), "copies"),
            ("fingerprints compared", number(shown.compared), "pairs"),
            ("copies missed", number(shown.missed), "pages"),
            ("wrongly taken for copies", number(shown.wrongly), "pages"),
        ],
        body=trend(
            ("noticed by the hash", "content.exact", "ok"),
            ("noticed by the fingerprint", "content.near", "moved"),
            ("missed", "content.missed", "miss"),
            label="Copies since opened",
            height=84,
        ),
    )


def stages(snap: Snapshot) -> rx.Component:
    """Raw answers and pages."""
    shown = snap.stages
    return panel(
        "Raw answers and pages",
        id="stages",
        says="Answers as they came, what waits to be read, and what had to be read or fetched again after a bug.",
        source=(
            read("postgres", "raw answers and pages of the newest crawl, counted"),
            read("valkey", "LLEN of what waits to be read, ZCARD of what is being read"),
            counted("since opened"),
        ),
        figure=rx.el.span(rx.el.b(_known(shown.raw)), " raw, ", rx.el.b(_known(shown.pages)), " read"),
        facts=[
            ("raw answers", _known(shown.raw), ""),
            ("kilobytes, compressed", number(shown.raw_kilobytes), "KB"),
            ("unchanged since an earlier crawl", number(shown.same), "answers"),
            ("wait to be read", number(shown.waiting), ""),
            ("being read", number(shown.reading), ""),
            ("pages", _known(shown.pages), ""),
            ("read in all", number(shown.read), "times"),
            ("read by a bad version", number(shown.buggy), "pages"),
            ("read again", number(shown.read_again), "pages"),
            ("fetched again", number(shown.refetched), "pages"),
        ],
        body=trend(
            ("raw answers", "stages.raw", "s0"),
            ("pages", "stages.pages", "ok"),
            ("by a bad version", "stages.buggy", "error"),
            ("fetched again", "stages.refetched", "miss"),
            label="Raw answers and pages",
            height=84,
        ),
    )


def outcomes(snap: Snapshot) -> rx.Component:
    """What came of requests."""
    shown = snap.outcomes
    return panel(
        "What came of requests",
        id="outcomes",
        says="Every request of the fetchers by its end, and how much they fetch.",
        source=counted("since opened; rates in the last 3 s"),
        unit="requests",
        figure=rx.el.span(rx.el.b(number(shown.rate, 1)), " requests/s"),
        facts=[
            ("requests", number(shown.fetches), ""),
            ("pages", number(shown.pages), ""),
            ("unchanged (304)", number(shown.unchanged), ""),
            ("redirects", number(shown.redirects), ""),
            ("told to come later", number(shown.later), ""),
            ("no answer", number(shown.failed), ""),
            ("not there", number(shown.missing), ""),
            ("robots.txt, sitemaps, files", number(shown.other), ""),
            ("refused by us", number(shown.refused), ""),
            ("cut at 256 KB", number(shown.cut), "answers"),
            ("fetched", number(shown.megabytes, 2), "MB"),
            ("now", number(shown.kilobytes_per_s, 1), "KB/s"),
        ],
        body=trend(
            ("requests/s", "outcomes.rate", "s0"),
            label="Requests per second",
            height=84,
            digits=1,
        ),
    )


def retries(snap: Snapshot) -> rx.Component:
    """Waits after failures, and dead letters."""
    shown = snap.retries
    letters = [
        column("address", lambda one: one.url, mono=True),
        column("host", lambda one: one.host),
        column("tries", lambda one: number(one.tries), numeric=True),
    ]
    return panel(
        "Retries and dead letters",
        id="retries",
        says="When failed requests come back: each bar is a tenth of a second of the newest four, as they were planned.",
        source=(
            counted("since opened"),
            in_memory("the planned times of the newest retries"),
            read("valkey", "ZCARD of what waits, the list of dead letters"),
        ),
        figure=rx.el.span("at most ", rx.el.b(number(shown.together)), " within 100 ms"),
        facts=[
            ("tried again", number(shown.retried), "requests"),
            ("wait now", number(shown.delayed), ""),
            ("most together", number(shown.together), "within 100 ms"),
            ("dead letters", _known(shown.dead), ""),
        ],
        body=rx.el.div(
            rx.el.div(
                rx.foreach(
                    shown.slots,
                    lambda many: rx.el.i(
                        style={"height": f"min(100%, calc(2px + {many} * 8px))"},
                    ),
                ),
                class_name="cw-slots",
                role="img",
                aria_label="Retries by the tenth of a second in which they come",
            ),
            rx.cond(
                shown.waits.length() > 0,
                rx.el.ul(rx.foreach(shown.waits, _wait), class_name="cw-rows"),
                rx.el.p("Nothing has failed yet.", class_name="sd-empty"),
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.letters, letters, label="Dead letters, the newest first", empty="Nothing was given up."
        ),
    )


def _wait(one: WaitView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.host),
        rx.el.span(rx.el.small("failure ", number(one.failure), ", waits "), number(one.wait_ms), " ms"),
    )


def robots(snap: Snapshot) -> rx.Component:
    """What robots.txt says, explained for an address."""
    shown = snap.robots
    return panel(
        "robots.txt",
        id="robots",
        says="What rules kept us away from; and for the address that was asked about last, which rule decides.",
        source=(
            read("valkey", "HLEN of the rules that are kept"),
            computed("from the hosts' logs: forbidden addresses that were asked for"),
            counted("since opened"),
        ),
        figure=rx.cond(
            shown.forbidden_asked > 0,
            pill(rx.el.span("✕ ", number(shown.forbidden_asked), " forbidden, and asked for"), tone="error"),
            rx.el.span(rx.el.b(number(shown.kept_away)), " left alone"),
        ),
        facts=[
            ("hosts whose rules are kept", _known(shown.hosts), ""),
            ("robots.txt fetched", number(shown.fetched), "times"),
            ("left alone", number(shown.kept_away), "addresses"),
            ("forbidden, and asked for", number(shown.forbidden_asked), "addresses"),
        ],
        body=rx.cond(
            shown.url != "",
            rx.el.div(
                rx.el.p(
                    rx.el.b(shown.url),
                    " is ",
                    rx.el.b(shown.verdict),
                    ": ",
                    shown.why,
                    style={"overflow_wrap": "anywhere"},
                ),
                rx.el.ul(rx.foreach(shown.rules, _rule), class_name="cw-rows"),
                class_name="sd-stack",
            ),
            rx.el.p("Ask for an address under “What may be fetched?”.", class_name="sd-empty"),
        ),
        table=data_table(
            shown.rules,
            [
                column("rule", lambda one: one.line, mono=True),
                column("fits", lambda one: rx.cond(one.fits, "yes", "no")),
                column("decides", lambda one: rx.cond(one.decides, "yes", "no")),
            ],
            label="Rules for us, of the address that was asked about last",
            empty="No address was asked about.",
        ),
    )


def _rule(one: RuleView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.line),
        rx.el.span(rx.cond(one.decides, "decides", rx.cond(one.fits, "fits", rx.el.small("does not fit")))),
        custom_attrs={"data-decides": one.decides},
    )


def names(snap: Snapshot) -> rx.Component:
    """Lookups of names."""
    shown = snap.names
    return panel(
        "Names of hosts",
        id="names",
        says="How often the address of a host was remembered, and how often the name server had to be asked.",
        source=(
            counted("since opened, by the fetchers"),
            in_memory("the count of the name server itself, read from its process"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.per_page, 2)), " lookups per request"),
        facts=[
            ("asked for", number(shown.lookups), "times"),
            ("of hosts that were known", number(shown.again), "times"),
            ("remembered", number(shown.remembered), "times"),
            ("answered by the name server", number(shown.answered), "times"),
            ("per request", number(shown.per_page, 2), "lookups"),
        ],
        body=trend(
            ("asked for", "names.lookups", "miss"),
            ("remembered", "names.remembered", "ok"),
            label="Names since opened",
            height=84,
        ),
    )


def traps(snap: Snapshot) -> rx.Component:
    """What has no end."""
    shown = snap.traps
    return panel(
        "Traps",
        id="traps",
        says="Links that look like places without an end and were left alone; pages of the calendar that were not.",
        source=(
            counted("since opened"),
            in_memory("the newest reasons"),
            read("postgres", "the greatest depth of an address"),
            computed("from the rows: pages of the calendar, as the web itself knows them"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.followed)), " calendar pages"),
        facts=[
            ("left alone", number(shown.left_alone), "links"),
            ("calendar pages accepted", number(shown.followed), ""),
            ("beyond the depth limit", number(shown.too_deep), "links"),
            ("deepest address", number(shown.deepest), "links"),
        ],
        body=rx.cond(
            shown.newest.length() > 0,
            rx.el.ul(rx.foreach(shown.newest, _trap), class_name="cw-rows"),
            rx.el.p("Nothing was left alone yet.", class_name="sd-empty"),
        ),
        table=data_table(
            shown.newest,
            [column("address", lambda one: one.url, mono=True), column("why", lambda one: one.why)],
            label="Links that were left alone, the newest first",
            empty="None yet.",
        ),
    )


def _trap(one: TrapView) -> rx.Component:
    return rx.el.li(rx.el.span(one.url), rx.el.small(one.why))
