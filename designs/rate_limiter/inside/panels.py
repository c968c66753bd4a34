"""The inside of the rate limiter: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import line, series
from components.live import noun, number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, facts_table, gauge, pill
from designs.rate_limiter.inside.limits import AlgorithmLanes, Buckets, LogAxis, WindowAxis
from designs.rate_limiter.inside.views import AlgorithmView, Snapshot, WindowsView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        lanes(snap),
        levels(snap),
        used(snap),
        log(snap),
        windows(snap),
        together(snap),
        algorithms(snap),
        counters(snap),
        rules(snap),
    ]


def _nothing_yet(snap: Snapshot, body: rx.Component) -> rx.Component:
    said = rx.el.p("No request yet. Send one as ", rx.el.b(snap.focus), ".", class_name="sd-empty")
    return rx.cond(snap.lanes.client != "", body, said)


def _where(snap: Snapshot) -> Any:
    """Where the state of the client in focus was read, or that there was no answer."""
    return rx.cond(snap.stored.silent != "", "no answer: as of the last look", snap.stored.where)


def lanes(snap: Snapshot) -> rx.Component:
    """Six algorithms on the same requests."""
    shown = snap.lanes
    return panel(
        "One stream, six verdicts",
        id="lanes",
        says="Each lane is an algorithm with state of its own; the marked one decides. Held requests stand where they leave.",
        source=in_memory("the answers to the last 120 checks of this client"),
        figure=rx.el.span("client ", rx.el.b(rx.cond(shown.client != "", shown.client, "–"))),
        body=_nothing_yet(
            snap,
            AlgorithmLanes.create(
                rows=shown.rows,
                times=shown.times,
                now=snap.now,
                span=shown.span,
                window=shown.window,
                label="Requests by algorithm",
            ),
        ),
        legend=legend(
            ("passed", "passed"),
            ("held", "passed after waiting"),
            ("error", "refused (429)"),
            ("trailing", "window that ends now"),
            ("edge", "edge of aligned windows"),
        ),
        table=data_table(
            shown.rows,
            [
                column("algorithm", lambda one: one.label),
                column("decides", lambda one: rx.cond(one.decides, "yes", "no")),
                column("passed", lambda one: number(one.passed), numeric=True),
                column("refused", lambda one: number(one.refused), numeric=True),
                column("verdicts, oldest first", lambda one: one.verdicts, mono=True),
            ],
            label="Requests by algorithm: 1 passed, h passed after waiting, 0 refused, - not evaluated",
        ),
        span=3,
    )


def levels(snap: Snapshot) -> rx.Component:
    """How full the buckets are."""
    return panel(
        "Buckets",
        id="buckets",
        says="Tokens are added at the rate and taken out; the other two fill with requests and drain.",
        source=(
            read("valkey", "GET of the client's keys"),
            in_memory("the gateway's own table, where each counts alone"),
            computed("from that and the time since"),
        ),
        unit=_where(snap),
        figure=rx.el.span(rx.el.b(rx.cond(snap.lanes.client != "", snap.lanes.client, "–"))),
        body=Buckets.create(rows=snap.buckets),
        table=data_table(
            snap.buckets,
            [
                column("bucket", lambda one: one.label),
                column("level", lambda one: number(one.level, 2), numeric=True),
                column("of", lambda one: number(one.capacity), numeric=True),
                column("unit", lambda one: one.unit),
                column("per s", lambda one: number(one.change, 2), numeric=True),
                column("now", lambda one: one.says),
            ],
            label="Buckets of the client in focus",
        ),
    )


def used(snap: Snapshot) -> rx.Component:
    """What passed in the trailing window, against limit and promise."""
    return panel(
        "Passed against limit",
        id="used",
        says="True count in the window before each moment. The promise is the most its algorithm allows itself.",
        source=counted("in the claims' own record of what passed, since the rule was set"),
        unit="per window",
        figure=rx.el.span(rx.el.b(number(snap.used.now)), " now"),
        body=series(
            [
                line("passed", snap.used.used, tone="s0"),
                line("limit", snap.used.limit, tone="error"),
                line("promise", snap.used.promise, tone="s7"),
            ],
            label="Passed in the trailing window",
            span=f"last {number(snap.used.span)} s",
        ),
        table=facts_table(
            [
                ("passed in the window that ends now", number(snap.used.now)),
                ("limit", number(snap.config["limit"].to(int))),
                ("most in any window, all clients, decider", _decider(snap, "fullest")),
                ("promised", _decider(snap, "promise")),
            ],
            label="Passed against limit",
        ),
    )


def _decider(snap: Snapshot, field: str) -> rx.Component:
    return rx.fragment(
        rx.foreach(
            snap.algorithms,
            lambda one: rx.cond(one.decides, rx.el.span(number(getattr(one, field))), rx.fragment()),
        )
    )


def windows(snap: Snapshot) -> rx.Component:
    """Aligned windows with counts; the estimate beside the truth."""
    shown = snap.windows
    return panel(
        "Windows",
        id="windows",
        says="What passed in each aligned window: two full neighbours are a burst across their edge. "
        "Below, what is kept of it.",
        source=(
            counted("in the claims' own record of what passed"),
            read("valkey", "GET of both counters, LRANGE of the log"),
            in_memory("the gateway's own table, where each counts alone"),
        ),
        unit=f"{number(shown.width)} s each",
        figure=rx.el.span(
            "estimate ", rx.el.b(number(shown.estimate, 1)), " · passed ", rx.el.b(number(shown.truth))
        ),
        body=rx.el.div(
            WindowAxis.create(
                rows=shown.rows, limit=shown.limit, width=shown.width, now=snap.now, label="Aligned windows"
            ),
            _kept_windows(shown),
            _fullest_windows(shown),
            class_name="sd-stack",
        ),
        legend=legend(
            ("s2", "fixed window"),
            ("s4", "sliding counter"),
            ("s0", "sliding log"),
            ("trailing", "window that ends now"),
        ),
        table=data_table(
            shown.rows,
            [
                column("window from", lambda one: number(one.start)),
                column("asked", lambda one: number(one.asked), numeric=True),
                column("fixed", lambda one: number(one.fixed), numeric=True),
                column("counter", lambda one: number(one.counter), numeric=True),
                column("log", lambda one: number(one.log), numeric=True),
            ],
            label="Aligned windows of the client in focus",
        ),
        span=2,
    )


def _kept_windows(shown: WindowsView) -> rx.Component:
    return rx.el.p(
        "Kept now: fixed window ",
        rx.el.b(number(shown.kept_fixed)),
        ", sliding counter ",
        rx.el.b(number(shown.kept_counter)),
        " and ",
        rx.el.b(number(shown.kept_previous)),
        " of the window before, log ",
        rx.el.b(number(shown.kept_log)),
        " ",
        noun(shown.kept_log, "time"),
        ".",
        class_name="sd-hint",
    )


def _fullest_windows(shown: WindowsView) -> rx.Component:
    return rx.el.p(
        "Most in any window, wherever it begins: fixed ",
        rx.el.b(number(shown.fixed_fullest)),
        ", counter ",
        rx.el.b(number(shown.counter_fullest)),
        ", log ",
        rx.el.b(number(shown.log_fullest)),
        ".",
        class_name="sd-hint",
    )


def log(snap: Snapshot) -> rx.Component:
    """What the sliding log holds."""
    held = snap.log
    return panel(
        "Request log",
        id="log",
        says="One time per request that passed; each makes room again when the window has left it behind.",
        source=(
            read("valkey", "LRANGE of the client's list"),
            in_memory("the gateway's own table, where each counts alone"),
        ),
        unit=_where(snap),
        figure=rx.el.span(rx.el.b(number(held.inside)), " / ", number(held.limit)),
        body=rx.el.div(
            LogAxis.create(
                rows=held.rows,
                held=held.inside,
                limit=held.limit,
                window=snap.lanes.window,
                now=snap.now,
                label="Request log",
            ),
            gauge(
                held.inside,
                maximum=held.limit,
                label="of the limit in use",
                shown=f"{number(held.inside)}",
                tone=rx.cond(held.inside >= held.limit, "error", "selected"),
            ),
            rx.cond(
                held.held > held.inside,
                rx.el.p(
                    number(held.held - held.inside),
                    " more are in the list, which the window has left behind: the next request removes them.",
                    class_name="sd-hint",
                ),
                rx.fragment(),
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            held.rows,
            [
                column("passed at", lambda one: number(one.t, 3), numeric=True),
                column("leaves in, s", lambda one: number(one.leaves_in, 1), numeric=True),
            ],
            label="Log of the client in focus, newest first; times in Unix seconds",
        ),
    )


def algorithms(snap: Snapshot) -> rx.Component:
    """Promise, truth and cost of each algorithm."""
    columns = [
        column(
            "algorithm",
            lambda one: rx.el.span(
                one.label, rx.cond(one.decides, rx.el.span(" ", pill("decides", tone="selected")))
            ),
        ),
        column("passed", lambda one: number(one.passed), numeric=True),
        column("refused", lambda one: number(one.refused), numeric=True),
        column("most in a window", lambda one: _fullest(one), numeric=True),
        column("promise", lambda one: number(one.promise), numeric=True),
        column("over limit", lambda one: number(one.over_limit), numeric=True),
        column("Redis, B", lambda one: _bytes(one.redis_bytes), numeric=True),
        column("objects, B", lambda one: _bytes(one.memory_bytes), numeric=True),
    ]
    return panel(
        "Promise and count",
        id="accounts",
        says="All clients since the rule was set. The fullest window is searched in a log of what truly passed.",
        source=(
            counted("in the claims' own record, since the rule was set"),
            read("valkey", "MEMORY USAGE of the client's keys"),
        ),
        figure=rx.el.span(
            rx.el.b(_decider(snap, "passed")), " passed · ", rx.el.b(_decider(snap, "refused")), " refused"
        ),
        body=rx.el.div(
            data_table(snap.algorithms, columns, label="Algorithms: promise, truth, cost"),
            class_name="sd-scroll",
            tab_index=0,
            role="region",
            aria_label="Algorithms: promise, truth, cost",
        ),
        legend=rx.el.ul(rx.el.li("Bytes: state of the client in focus, as measured"), class_name="sd-keys"),
        table=data_table(snap.algorithms, columns, label="Algorithms: promise, truth, cost"),
        span=3,
    )


def _fullest(one: AlgorithmView) -> rx.Component:
    tone = rx.cond(one.fullest > one.promise, "error", rx.cond(one.over_limit > 0, "miss", "none"))
    sign = rx.cond(one.fullest > one.promise, "✕ ", rx.cond(one.over_limit > 0, "◆ ", ""))
    return pill(rx.el.span(sign, number(one.fullest)), tone=tone)


def _bytes(value: Any) -> Any:
    return rx.cond(value > 0, number(value), "–")


def counters(snap: Snapshot) -> rx.Component:
    """How checks reach the counters, and what happens when they do not."""
    shown = snap.counters
    gateways = data_table(
        snap.clocks,
        [
            column("gateway", lambda one: one.label),
            column("checks", lambda one: number(one.checks), numeric=True),
            column("clock", lambda one: f"{number(one.skew_ms)} ms", numeric=True),
        ],
        label="Gateways and their clocks",
    )
    return panel(
        "Counter store",
        id="counters",
        says="Checks that wait travel together, by script. Below: what was decided without the store.",
        source=counted("since opened"),
        figure=rx.el.span(rx.el.b(number(shown.per_trip, 2)), " checks per trip"),
        unit=shown.label,
        facts=[
            ("by script", number(shown.questions), "checks"),
            ("trips", number(shown.trips), ""),
            ("in the last trip", number(shown.last), "checks"),
            ("no answer", number(shown.unanswered), ""),
            ("let pass", number(shown.failed_open), "fail open"),
            ("refused", number(shown.failed_closed), "fail closed"),
            ("counted alone", number(shown.fell_back), "fallback"),
        ],
        body=gateways,
        table=gateways,
        span=2,
    )


def together(snap: Snapshot) -> rx.Component:
    """All clients against the global rule."""
    shown = snap.together
    return panel(
        "All together",
        id="together",
        says="What passed for all clients in the window that ends now, and which rule refused.",
        source=(
            counted("in the claims' own record of what passed; refusals since opened"),
            read("valkey", "LLEN of the global rule's list, HLEN of the counted clients"),
        ),
        unit="per window",
        figure=rx.cond(
            shown.on, rx.el.span(rx.el.b(number(shown.used)), " / ", number(shown.limit)), "no global rule"
        ),
        facts=[
            ("passed", number(shown.used), "in the window that ends now"),
            ("by own rule", number(snap.totals.refused_by_client_rule), "refused"),
            ("by global rule", number(shown.refused), "refused"),
            ("fullest window", rx.cond(shown.on, number(shown.fullest), "–"), ""),
            ("counted", number(shown.clients), "clients"),
            ("in the global log", rx.cond(shown.on, number(shown.logged), "–"), "entries"),
        ],
        body=rx.el.div(
            gauge(
                shown.used,
                maximum=shown.limit,
                label="passed, of the global limit",
                shown=f"{number(shown.used)} of {number(shown.limit)}",
                tone=rx.cond(shown.used > shown.limit, "miss", "selected"),
            ),
            rx.cond(
                shown.on,
                rx.fragment(),
                rx.el.p(
                    "Only each client's own rule is in force; the bar shows what a global one would see.",
                    class_name="sd-hint",
                ),
            ),
            class_name="sd-stack",
        ),
        table=facts_table(
            [("global rule", rx.cond(shown.on, "on", "off")), ("global limit", number(shown.limit))],
            label="The global rule",
        ),
    )


def rules(snap: Snapshot) -> rx.Component:
    """The rules that were set."""
    sums = snap.totals
    table = data_table(
        snap.rules,
        [
            column("since (UTC)", lambda one: one.since, mono=True),
            column("algorithm", lambda one: one.algorithm),
            column("limit", lambda one: f"{number(one.limit)} / {number(one.window_s)} s", numeric=True),
            column("burst", lambda one: number(one.burst), numeric=True),
        ],
        label="Rules, newest first",
        empty="The table has no rule.",
    )
    return panel(
        "Requests and rules",
        id="rules",
        says="Since this lab was opened in your room; the last rules that were set.",
        source=(counted("since opened"), read("sqlite", "the newest five rows of the rules")),
        figure=rx.el.span(rx.el.b(number(sums.passed_pct, 1)), " % passed"),
        facts=[
            ("asked", number(sums.asked), ""),
            ("passed", number(sums.passed), ""),
            ("refused", number(sums.refused), "or unanswered"),
            ("clients", number(sums.clients), ""),
            ("violations", number(sums.violations), "of claims"),
        ],
        body=table,
        table=table,
    )
