"""The inside of the judge: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, number
from components.panel import panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, pill
from designs.leetcode.inside.views import AttackView, RunnerView, Snapshot, TierView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [attacks(snap), sandboxes(snap), queue(snap), verdicts(snap), board(snap), watching(snap)]


def _known(count: Any) -> Any:
    return rx.cond(count >= 0, number(count), "–")


def _or_dash(text: Any) -> Any:
    return rx.cond(text != "", text, "–")


def attacks(snap: Snapshot) -> rx.Component:
    """What hostile code was given, and what it got."""
    shown = snap.attacks
    return panel(
        "Attacks",
        id="attacks",
        span=2,
        says="Code that reaches for the host, the newest time of each: the verdict it was given, and what it got.",
        source=(
            counted("since opened"),
            computed("from what came out of the sandbox, and from the room's own file, door and secret"),
        ),
        figure=rx.cond(
            shown.leaks > 0,
            pill(rx.el.span("✕ ", number(shown.leaks), " got something"), tone="error"),
            rx.cond(shown.tried > 0, pill("✓ nothing got out", tone="ok"), "none was tried"),
        ),
        facts=[
            ("tried", number(shown.tried), "of 9"),
            ("stopped", number(shown.stopped), "of 9"),
            ("got something", number(shown.leaks), "times"),
        ],
        body=rx.el.ul(rx.foreach(shown.attacks, _attack), class_name="lc-attacks"),
        table=data_table(
            shown.attacks,
            [
                column("attack", lambda one: one.label),
                column("it", lambda one: one.tries),
                column("tier", lambda one: _or_dash(one.tier)),
                column("verdict", lambda one: _or_dash(one.verdict)),
                column("it was told", lambda one: _or_dash(one.said)),
                column(
                    "it got",
                    lambda one: rx.cond(one.tier == "", "–", rx.cond(one.got != "", one.got, "nothing")),
                ),
            ],
            label="Attacks and what they got",
        ),
    )


def _attack(one: AttackView) -> rx.Component:
    return rx.el.li(
        rx.el.b(one.label),
        rx.el.span(rx.cond(one.tier == "", "not tried", one.verdict)),
        rx.el.small(rx.cond(one.tier == "", one.tries, rx.cond(one.got != "", one.got, "got nothing"))),
        class_name="lc-attack",
        custom_attrs={
            "data-attack": one.id,
            "data-state": rx.cond(one.tier == "", "untried", rx.cond(one.got != "", "leak", "stopped")),
        },
    )


def sandboxes(snap: Snapshot) -> rx.Component:
    """Tiers, starts and limits."""
    shown = snap.sandboxes
    return panel(
        "Sandboxes",
        id="sandboxes",
        span=2,
        says="The tiers of this host, each tried by code that attempts to get out, and how long an interpreter took.",
        source=(in_memory("what the probes found"), counted("since opened")),
        unit="ms",
        figure=rx.el.span("in ", rx.el.b(shown.chosen)),
        facts=[
            ("waiting for an interpreter, p50", milliseconds(shown.start_p50), "ms"),
            ("p95", milliseconds(shown.start_p95), "ms"),
            ("wait for a job", number(shown.waiting), "interpreters"),
            ("started cold", number(shown.cold), "times"),
            ("found warm", number(shown.warmed), "times"),
            ("judged in a sandbox", number(shown.really), ""),
            ("verdict of the lab's own program known", number(shown.remembered), ""),
            ("ended by time", number(shown.time), ""),
            ("ended by output", number(shown.output), ""),
            ("ended by memory", number(shown.memory), ""),
        ],
        body=rx.el.ul(rx.foreach(shown.tiers, lambda one: _tier(one, shown.chosen)), class_name="lc-tiers"),
        table=data_table(
            shown.tiers,
            [
                column("tier", lambda one: one.label),
                column("runs", lambda one: _or_dash(one.languages)),
                column("the probe", lambda one: _or_dash(one.why)),
                column("starts", lambda one: number(one.samples), numeric=True),
                column("start p50, ms", lambda one: milliseconds(one.start_p50), numeric=True),
                column("start p95, ms", lambda one: milliseconds(one.start_p95), numeric=True),
                column("job p50, ms", lambda one: milliseconds(one.run_p50), numeric=True),
            ],
            label="Tiers",
        ),
    )


def _tier(one: TierView, chosen: Any) -> rx.Component:
    return rx.el.li(
        rx.el.b(one.label),
        rx.el.span(
            rx.cond(
                one.samples > 0,
                rx.el.span(
                    "start ", milliseconds(one.start_p50), " ms, job ", milliseconds(one.run_p50), " ms"
                ),
                "nothing ran there",
            )
        ),
        rx.el.small(
            rx.cond(one.languages != "", one.languages, rx.cond(one.why != "", one.why, "not tried yet"))
        ),
        class_name="lc-tier",
        custom_attrs={"data-chosen": rx.cond(one.id == chosen, "true", "false")},
    )


def queue(snap: Snapshot) -> rx.Component:
    """What waits, and who has what."""
    shown = snap.queue
    return panel(
        "Queue and runners",
        id="queue",
        span=2,
        says="Submissions that wait, what each runner has in its hand, and how long it took from sending to the verdict.",
        source=(
            read("valkey", "LLEN of those that wait, ZCARD of those that are taken, GET of the newest token"),
            in_memory("what each runner does"),
            counted("since opened; in the last 30 s: the histogram"),
            computed("from rows and queue: lost; from the judgements: written twice"),
        ),
        unit="ms",
        figure=rx.el.span(rx.el.b(_known(shown.waiting)), " wait"),
        facts=[
            ("taken", number(shown.taken), ""),
            ("deepest", number(shown.deepest), ""),
            ("judged", number(shown.per_s, 1), "/s"),
            ("p50 since opened", milliseconds(shown.wait_p50), "ms"),
            ("p95 since opened", milliseconds(shown.wait_p95), "ms"),
            ("runners died", number(shown.deaths), "times"),
            ("delivered again", number(shown.again), ""),
            ("newest token", number(shown.tokens), ""),
            ("verdicts refused", number(shown.refused), ""),
            ("written twice", number(shown.twice), ""),
            ("lost", number(shown.lost), ""),
        ],
        body=rx.el.div(
            rx.el.ul(rx.foreach(shown.runners, _runner), class_name="lc-runners"),
            trend(
                ("wait", "queue.waiting", "s0"),
                ("taken", "queue.taken", "s1"),
                label="Submissions that wait",
                height=72,
            ),
            histogram(
                shown.wait.buckets,
                label="From sending to the verdict",
                p50=shown.wait.p50,
                p95=shown.wait.p95,
                p99=shown.wait.p99,
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.runners,
            [
                column("runner", lambda one: one.name),
                column("its process is", lambda one: one.state),
                column("judges", lambda one: one.doing),
                column("interpreters wait", lambda one: number(one.waiting), numeric=True),
                column("verdicts", lambda one: number(one.done), numeric=True),
            ],
            label="Runners",
        ),
    )


def _runner(one: RunnerView) -> rx.Component:
    return rx.el.li(
        rx.el.b(one.name),
        rx.el.span(one.doing),
        rx.el.small(one.state, " · ", number(one.done), " verdicts · ", number(one.waiting), " warm"),
        class_name="lc-runner",
        custom_attrs={"data-state": one.state},
    )


def verdicts(snap: Snapshot) -> rx.Component:
    """Rows by verdict."""
    shown = snap.verdicts
    return panel(
        "Verdicts",
        id="verdicts",
        says="Submissions by verdict, as their rows say, and the judgements that were written for them.",
        source=(
            read("postgres", "submissions, GROUP BY state and verdict; judgements, counted"),
            computed("from each judgement: hashes that differ"),
        ),
        figure=rx.el.span(rx.el.b(_known(shown.rows)), " submissions"),
        facts=[
            ("queued", number(shown.queued), ""),
            ("judged rows", number(shown.judged), ""),
            ("judgements", number(shown.judgements), ""),
            ("hash differs", number(shown.altered), ""),
            ("written twice", number(shown.twice), ""),
            ("lost", number(shown.lost), ""),
        ],
        body=rx.el.ul(
            rx.foreach(
                shown.verdicts,
                lambda one: rx.el.li(
                    rx.el.span(one.name),
                    rx.el.span(rx.el.span(style={"width": one.share.to_string() + "%"}), class_name="lc-bar"),
                    rx.el.b(number(one.many)),
                    custom_attrs={"data-verdict": one.name},
                ),
            ),
            class_name="lc-verdicts",
        ),
        table=data_table(
            shown.verdicts,
            [
                column("verdict", lambda one: one.name),
                column("submissions", lambda one: number(one.many), numeric=True),
                column("share, %", lambda one: number(one.share, 1), numeric=True),
            ],
            label="Submissions by verdict",
        ),
    )


def board(snap: Snapshot) -> rx.Component:
    """Who leads, and its price."""
    shown = snap.board
    return panel(
        "Leaderboard",
        id="board",
        says="The first ten as a spectator is shown them now, and what looks at it cost.",
        source=(
            read("valkey", "ZREVRANGE of the sorted set, or GET of the cache"),
            read("postgres", "accepted rows: counted; grouped and sorted, where that is the approach"),
            counted("since opened"),
            computed("from the rows against what is shown: how old"),
        ),
        unit="ms",
        figure=rx.cond(
            shown.leaders.length() > 0,
            rx.el.span(rx.el.b(shown.leaders[0].person), " leads"),
            "nobody has solved anything",
        ),
        facts=[
            ("looks", number(shown.reads), ""),
            ("a look, p50", milliseconds(shown.read_p50), "ms"),
            ("a look, p95", milliseconds(shown.read_p95), "ms"),
            ("reads of the database", number(shown.db_reads), ""),
            ("rows read for them", number(shown.db_rows), ""),
            ("out of the cache", number(shown.hits), ""),
            ("in the sorted set", number(shown.kept), "people"),
            ("accepted rows", number(shown.accepted), ""),
            ("rows of before", number(shown.history), ""),
            ("checks that found it old", number(shown.stale), ""),
            ("oldest that was shown", number(shown.stalest_ms), "ms"),
        ],
        body=trend(
            ("looks", "board.reads", "s0"),
            ("of the database", "board.db_reads", "error"),
            label="Looks since opened",
            height=72,
        ),
        table=data_table(
            shown.leaders,
            [
                column("rank", lambda one: number(one.rank), numeric=True),
                column("person", lambda one: one.person),
                column("points", lambda one: number(one.points), numeric=True),
            ],
            label="Leaderboard, the first ten",
        ),
    )  # fmt: skip


def watching(snap: Snapshot) -> rx.Component:
    """Asked, or told."""
    shown = snap.watching
    return panel(
        "Spectators",
        id="watching",
        says="What those who look at the leaderboard asked for or were sent, and how old an accepted verdict was by then.",
        source=counted("since opened; bytes of the messages, without their headers"),
        unit="ms",
        figure=rx.el.span(rx.el.b(number(shown.spectators)), " look"),
        facts=[
            ("requests", number(shown.polls), ""),
            ("messages pushed", number(shown.pushes), ""),
            ("sent", number(shown.bytes), "bytes"),
            ("news is old, p50", milliseconds(shown.delay_p50), "ms"),
            ("news is old, p95", milliseconds(shown.delay_p95), "ms"),
            ("news", number(shown.news), ""),
        ],
        body=trend(
            ("requests", "watching.polls", "miss"),
            ("pushed", "watching.pushes", "ok"),
            label="Requests and messages",
            height=84,
        ),
    )  # fmt: skip
