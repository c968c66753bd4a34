"""The inside of the URL shortener: each panel is a function from the live snapshot to a component."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import bit_array, hash_ring, histogram, line, series
from components.live import milliseconds, noun, number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.tables import (
    bit_field,
    column,
    data_table,
    facts_table,
    flow,
    gauge,
    lru_list,
    pill,
    stat_tiles,
)
from designs.url_shortener.inside.views import BloomView, CacheView, LatencyView, ShardMapView, Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        generator(snap),
        shard_map(snap),
        bloom(snap),
        cache(snap),
        clicks(snap),
        latency(snap),
        collisions(snap),
        locks(snap),
        requests(snap),
    ]


def generator(snap: Snapshot) -> rx.Component:
    """How the last code came about, and who hands out the next."""
    keys = snap.generator
    return panel(
        "Key generator",
        id="generator",
        says="How the last code came about, and what its makers hold.",
        source=(
            read("valkey", "the counter, the ranges of the servers, the last ids of the workers"),
            in_memory("how the last code came about"),
        ),
        figure=rx.el.span(rx.el.b(keys.space), " codes"),
        body=rx.el.div(_last_key(snap), _makers(snap), class_name="sd-stack"),
        table=facts_table(
            [
                ("approach", keys.approach),
                ("last code", keys.last.code),
                ("made from", keys.last.how),
                ("number written", keys.last.number),
                ("distance to the code before", keys.last.distance),
                ("codes made since opened", number(keys.made)),
                ("a number is taken by", keys.taking),
                ("codes given to two URLs", number(keys.given_twice)),
                ("tokens leased by the counter", number(keys.counter)),
            ],
            label="Key generator",
        ),
    )


def _last_key(snap: Snapshot) -> rx.Component:
    last = snap.generator.last
    drawn = rx.cond(last.source != "", last.source, "random number")
    plain = flow((drawn, last.raw), ("number", last.number), ("code", last.code))
    hashed = flow(("MD5 of the URL", last.digest), ("number", last.number), ("code", last.code))
    parts = rx.el.div(
        bit_field(
            last.fields,
            name=lambda row: f"{row.label} {row.value}, {row.bits} bits",
            value=lambda row: row.digits,
            bits=lambda row: row.bits,
            tone=lambda row: rx.match(
                row.label, ("time", "s0"), ("milliseconds", "s0"), ("sequence", "s2"), "s1"
            ),
        ),
        flow(("id", last.number), ("code", last.code)),
        class_name="sd-stack",
    )
    shown = rx.cond(last.fields.length() > 0, parts, rx.cond(last.digest != "", hashed, plain))
    guessed = rx.el.p("The code before is ", rx.el.b(last.distance), " numbers away.", class_name="sd-says")
    return rx.cond(
        last.code != "",
        rx.el.div(shown, rx.cond((last.distance != "") & (last.distance != "0"), guessed)),
        rx.el.p("No code yet. Shorten a link.", class_name="sd-empty"),
    )


def _makers(snap: Snapshot) -> rx.Component:
    return rx.match(
        snap.config["generator"].to(str),
        ("token_range", _servers(snap)),
        ("snowflake", _workers(snap)),
        rx.fragment(),
    )


def _servers(snap: Snapshot) -> rx.Component:
    columns = [
        column("server", lambda row: rx.el.span(row.label, _state(row.state))),
        column("range", lambda row: f"{number(row.start)}–{number(row.end)}", numeric=True, mono=True),
        column("left", lambda row: number(row.left), numeric=True),
        column("lost", lambda row: number(row.lost), numeric=True),
    ]
    return data_table(snap.generator.servers, columns, label="Key servers and their ranges")


def _workers(snap: Snapshot) -> rx.Component:
    columns = [
        column("worker", lambda row: rx.el.span(row.label, _state(row.state))),
        column("ids", lambda row: number(row.issued), numeric=True),
        column("clock", lambda row: f"{number(row.skew_ms)} ms", numeric=True),
        column("refused", lambda row: number(row.refused), numeric=True),
    ]
    return data_table(snap.generator.workers, columns, label="Snowflake workers")


def _state(state: Any) -> rx.Component:
    return rx.cond(
        state != "up", rx.el.span(" ", pill(state, tone=rx.cond(state == "down", "error", "miss")))
    )


def shard_map(snap: Snapshot) -> rx.Component:
    """Which shard owns which codes, and what the last change moved."""
    shards = snap.shard_map
    ring = hash_ring(
        shards.segments, owner="shard", label="Key space by shard", centre=number(shards.total), unit="codes"
    )
    named = column(
        "shard",
        lambda row: rx.el.span(rx.el.i(class_name=f"sd-key s{row.id}"), " ", row.id, _state(row.state)),
    )
    codes = column("codes", lambda row: number(row.codes), numeric=True)
    share = column("share", lambda row: f"{number(row.share_pct, 1)} %", numeric=True)
    more = [
        column("owns", lambda row: f"{number(row.owned_pct, 1)} %", numeric=True),
        column("replica", lambda row: row.replica),
    ]
    plain = [column("shard", lambda row: row.label), column("state", lambda row: row.state)]
    beside = data_table(shards.shards, [named, codes, share], label="Codes per shard")
    return panel(
        "Shard map",
        id="shard_map",
        says="Each stretch of the key space belongs to a shard; numbers stand at its widest stretch.",
        source=(
            read("sqlite", "the rows counted by shard"),
            in_memory("which stretch belongs to whom"),
            computed("on the codes that are stored, what either rule would have moved"),
        ),
        unit=shards.placement,
        figure=rx.el.span("σ ", rx.el.b(number(shards.sigma_pct, 1)), " %"),
        body=rx.el.div(
            rx.el.div(ring, beside, class_name="sd-ringrow"),
            rx.cond(shards.change != "", _last_change(shards)),
            class_name="sd-stack",
        ),
        table=data_table(shards.shards, [*plain, codes, share, *more], label="Shards"),
    )


def _last_change(shards: ShardMapView) -> rx.Component:
    return rx.el.p(
        shards.change,
        rx.cond(shards.moving, " (going on)", ""),
        ": ",
        rx.el.b(number(shards.moved), " of ", number(shards.moved_of), " rows moved"),
        " (ring ",
        number(shards.ring_would_pct),
        " %, modulo ",
        number(shards.modulo_would_pct),
        " %)",
        class_name="sd-hint",
    )


def bloom(snap: Snapshot) -> rx.Component:
    """The filter's bits, and its false positives against theory."""
    bits = snap.bloom
    drawn = rx.el.div(
        bit_array(bits.cells, full=9, marks=bits.probed, label="Bloom filter"),
        stat_tiles(
            ("lookups avoided", number(bits.avoided), ""),
            ("lookups made", number(bits.lookups), ""),
            ("false positives", number(bits.false_positives), ""),
            ("rows gone", number(bits.gone), ""),
        ),
        class_name="sd-stack",
    )
    off = rx.el.p(
        "Choose “Bloom + lookup” above, and create links: the filter fills here.", class_name="sd-empty"
    )
    measured, theory = number(bits.measured_pct, 2), number(bits.theory_pct, 2)
    return panel(
        "Bloom filter",
        id="bloom",
        says="Has this URL been seen? Darker cells hold more set bits; marked ones were just asked.",
        source=(in_memory("the filter"), counted("since it was built")),
        figure=rx.cond(bits.on, rx.el.span(rx.el.b(measured), " % false · theory ", theory, " %"), "off"),
        body=rx.cond(bits.on, drawn, off),
        legend=legend(("unset", "no bit set"), ("set", "bits set"), ("mark", "just asked")),
        table=_bloom_table(bits),
    )


def _bloom_table(bits: BloomView) -> rx.Component:
    facts = [
        ("URLs added", number(bits.added)),
        ("capacity", number(bits.capacity)),
        ("bits", number(bits.bits)),
        ("hash functions", bits.hashes),
        ("filled", number(bits.fill_pct, 1), "%"),
        ("false positives", number(bits.false_positives)),
        ("false positives measured", number(bits.measured_pct, 2), "%"),
        ("false positives in theory", number(bits.theory_pct, 2), "%"),
        ("unseen URLs asked for", number(bits.unseen)),
        ("seen, but the row is gone (deleted or overwritten)", number(bits.gone)),
        ("lookups avoided", number(bits.avoided)),
        ("lookups made", number(bits.lookups)),
        ("last verdict", bits.verdict),
    ]
    return facts_table(facts, label="Bloom filter")


def cache(snap: Snapshot) -> rx.Component:
    """What the read cache holds, and how often it answers."""
    held = snap.cache
    empty = rx.el.p("Empty. Follow a link twice.", class_name="sd-empty")
    off = rx.el.p("Off: every redirect asks a shard.", class_name="sd-empty")
    columns = [
        column("code", lambda row: row.code, mono=True),
        column("hits", lambda row: number(row.hits), numeric=True),
        column("may be served for, s", lambda row: number(row.left_s, 1), numeric=True),
    ]
    return panel(
        "Read cache",
        id="cache",
        says="Links in memory, with the times each was served from there.",
        source=(in_memory("the cache"), counted("since it was built, and in the last ten seconds")),
        unit=held.policy,
        figure=rx.el.span(rx.el.b(number(held.held)), " / ", number(held.capacity)),
        body=rx.cond(held.capacity > 0, rx.cond(held.held > 0, _cached(held), empty), off),
        table=data_table(
            held.newest, columns, label="Cache entries, most recently used first", empty="Empty."
        ),
    )


def _cached(held: CacheView) -> rx.Component:
    ratio = gauge(
        rx.cond(held.recent_hit_ratio_pct, held.recent_hit_ratio_pct, 0),
        maximum=100,
        label="hit ratio, last seconds",
        shown=f"{number(held.recent_hit_ratio_pct, 1)} %",
        tone="ok",
    )
    rest = rx.el.p(
        number(held.more),
        " more · ",
        number(held.evictions),
        " evicted · ",
        number(held.expirations),
        " grew too old",
        rx.cond(held.last_evicted != "", rx.el.span(", last ", rx.el.code(held.last_evicted))),
        class_name="sd-hint",
    )
    entries = lru_list(held.newest, key=lambda row: row.code, hits=lambda row: number(row.hits))
    return rx.el.div(ratio, entries, rest, class_name="sd-stack")


def clicks(snap: Snapshot) -> rx.Component:
    """Clicks that happened against clicks that arrived here."""
    counts = snap.clicks
    return panel(
        "Clicks made, clicks seen",
        id="clicks",
        says="A click is seen when we answer it with a redirect. Browsers may answer themselves, and parts may be down.",
        source=(
            read("valkey", "HGETALL of the totals since the room began"),
            counted("per second in the last minute"),
        ),
        unit="per second",
        figure=rx.el.span(rx.el.b(number(counts.seen_pct, 1)), " % seen"),
        facts=[
            ("by browsers", number(counts.browsers), ""),
            ("failed", number(counts.failed), ""),
            ("no link", number(counts.missed), ""),
            ("previews", number(counts.previews), ""),
        ],
        body=series(
            [line("made", counts.made_series, tone="miss"), line("seen", counts.seen_series, tone="s0")],
            label="Clicks per second in the last minute",
            unit="/s",
            span="last minute",
        ),
        table=facts_table(
            [
                ("made", number(counts.made)),
                ("seen: answered with a redirect", number(counts.seen)),
                ("answered by browsers themselves", number(counts.browsers)),
                ("failed: a part was down", number(counts.failed)),
                ("no such link, or it was over", number(counts.missed)),
                ("on their way", number(counts.under_way)),
                ("previews by programs, no clicks", number(counts.previews)),
                ("redirects answered with 301, since opened", number(counts.permanent)),
                ("redirects answered with 302, since opened", number(counts.temporary)),
                ("redirects kept by browsers now", number(counts.redirects_kept)),
            ],
            label="Clicks",
        ),
    )


def latency(snap: Snapshot) -> rx.Component:
    """How long redirects take, and what the cache makes of it."""
    times = snap.latency
    return panel(
        "Latency",
        id="latency",
        says="Redirects of the last ten seconds.",
        source=counted("in the last ten seconds"),
        unit="ms",
        figure=rx.el.span(
            "cache ",
            rx.el.b(milliseconds(times.hits.p50)),
            " · shard ",
            rx.el.b(milliseconds(times.misses.p50)),
            " p50",
        ),
        body=rx.cond(
            times.reads.samples > 0,
            histogram(
                times.buckets,
                label="Redirects by latency",
                p50=times.reads.p50,
                p95=times.reads.p95,
                p99=times.reads.p99,
            ),
            rx.el.p("No redirect in the last ten seconds.", class_name="sd-empty"),
        ),
        legend=rx.el.ul(
            *[
                rx.el.li(name, " ", rx.el.b(milliseconds(getattr(times.reads, name)), " ms"))
                for name in ("p50", "p95", "p99")
            ],
            class_name="sd-keys",
        ),
        table=_latency_table(times),
    )


def _latency_table(times: LatencyView) -> rx.Component:
    heads = [rx.el.th(name, scope="col") for name in ("kind", "p50", "p95", "p99", "samples")]
    rows = [
        rx.el.tr(
            rx.el.th(kind.label, scope="row"),
            *[rx.el.td(milliseconds(value)) for value in (kind.p50, kind.p95, kind.p99)],
            rx.el.td(number(kind.samples)),
        )
        for kind in (times.reads, times.hits, times.misses, times.writes)
    ]
    return rx.el.table(
        rx.el.caption("Latency by kind, ms", class_name="sd-sr"),
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(*rows),
        class_name="sd-table",
    )


def collisions(snap: Snapshot) -> rx.Component:
    """How full the key space is, and what that costs."""
    keys = snap.generator
    chance = gauge(
        keys.collision_chance_pct,
        maximum=100,
        label="a random code is taken",
        shown=f"{number(keys.collision_chance_pct, 4)} %",
        tone="miss",
    )
    birthday = rx.el.p(
        "Even chance of a first collision after ",
        rx.el.b(keys.birthday),
        " random codes.",
        class_name="sd-hint",
    )
    return panel(
        "Collisions and retries",
        id="collisions",
        says="A drawn code that is taken costs another try. Shorten the code to see them come.",
        source=(
            counted("since opened"),
            read("sqlite", "the codes of that length"),
            computed("from how full the space is"),
        ),
        figure=rx.el.span(rx.el.b(number(keys.retries)), " retries"),
        facts=[
            ("collisions", number(keys.collisions), ""),
            ("gave up", number(keys.exhausted), ""),
            ("in use", number(keys.used), ""),
        ],
        body=rx.el.div(chance, birthday, class_name="sd-stack"),
        table=facts_table(
            [
                ("characters per code", keys.width),
                ("possible codes", keys.space),
                ("free", f"{number(keys.free_pct, 4)} %"),
                ("retries", number(keys.retries)),
                ("same code given again", number(keys.repeated)),
            ],
            label="Key space",
        ),
    )


def locks(snap: Snapshot) -> rx.Component:
    """The two locks, and who waited for them."""
    held = snap.locks
    allocator = rx.cond(held.allocator, "on", "off")
    url = rx.cond(held.url, rx.cond(held.url_used, "on", "on, unused: 1:1 is off"), "off")
    return panel(
        "Locks",
        id="locks",
        says="The allocator's lock makes taking a number one step; the URL's, a key in Valkey, lets one client make a code.",
        source=(counted("since opened"), in_memory("which locks are on")),
        figure=rx.el.span("allocator ", rx.el.b(allocator), " · URL ", rx.el.b(url)),
        facts=[
            ("URL leases", number(held.taken), ""),
            ("waited", number(held.waited), ""),
            ("lapsed", number(held.lapsed), ""),
        ],
        table=facts_table([("allocator lock", allocator), ("URL lock", url)], label="Which locks are on"),
    )


def requests(snap: Snapshot) -> rx.Component:
    """What was asked since the lab was opened."""
    sums = snap.totals
    return panel(
        "Requests",
        id="requests",
        says="Since this lab was opened in your room.",
        source=(counted("since opened"), read("sqlite", "the rows of the room")),
        figure=rx.el.span(
            rx.el.b(number(sums.rows)), " ", noun(sums.rows, "row"), " of ", number(sums.quota)
        ),
        facts=[
            ("created", number(sums.creates), f"{number(sums.creates_per_s)}/s"),
            ("redirected", number(sums.redirects), f"{number(sums.redirects_per_s)}/s"),
            ("not found", number(sums.not_found), "404"),
            ("gone", number(sums.gone), "410"),
            ("unavailable", number(sums.unavailable), "503"),
        ],
        table=facts_table(
            [
                ("given again, without a new code", number(sums.reused)),
                ("codes stored, those of deleted links included", number(sums.links)),
                ("rows, copies included", number(sums.rows)),
            ],
            label="Creates and rows",
        ),
    )
