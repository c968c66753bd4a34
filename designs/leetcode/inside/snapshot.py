"""From the running engine to the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from designs.leetcode.engine.engine import LeetCode
from designs.leetcode.engine.host import label_of
from designs.leetcode.engine.leaderboard import Leader
from designs.leetcode.engine.models import ACCEPTED, JUDGED, QUEUED, VERDICTS
from designs.leetcode.engine.nodes import BOARD, DATABASE, QUEUE, SANDBOX, runner_ids
from designs.leetcode.engine.problems import PROBLEMS
from designs.leetcode.engine.runners import Runner
from designs.leetcode.engine.sandboxes import attack_kind, is_attack
from designs.leetcode.engine.solutions import ATTACKS
from designs.leetcode.engine.strategies import ISOLATIONS
from designs.leetcode.engine.submission_store import Submission
from designs.leetcode.inside.views import (
    AttacksView,
    AttackView,
    BoardView,
    LeaderView,
    QueueView,
    RunnerView,
    SandboxesView,
    ScreenView,
    Snapshot,
    SubmissionView,
    TierView,
    VerdictsView,
    VerdictView,
    WatchingView,
)
from sdlab.blocks.histogram import LogHistogram
from sdlab.lab import Tally
from sdlab.lab.actor import VISITOR
from sdlab.lab.views import delay_view

REFUSED = "In “Process + rlimits” only the lab's own programs run, since it protects nothing."


def build_snapshot(engine: LeetCode) -> Snapshot:
    """Everything that panels and product may show of now."""
    queue, rows = engine.reader.redis.last, engine.reader.rows.last
    engine.node(QUEUE).detail = f"{max(0, queue.waiting):,} wait"
    engine.node(DATABASE).detail = f"{max(0, rows.rows):,} rows"
    engine.node(BOARD).detail = f"{queue.kept:,} people"
    engine.node(SANDBOX).detail = tier_of(engine)
    return Snapshot(
        **engine.common(),
        screen=screen_view(engine),
        attacks=attacks_view(engine),
        sandboxes=sandboxes_view(engine),
        queue=queue_view(engine),
        verdicts=verdicts_view(engine),
        board=board_view(engine),
        watching=watching_view(engine),
    )


def tier_of(engine: LeetCode) -> str:
    """The tier of the chosen isolation, or what stands for it."""
    chosen = ISOLATIONS[engine.config.isolation].tier
    found = engine.sandboxes.found
    if not found or (chosen in found and found[chosen].usable):
        return chosen
    return next((one for one in ("namespaces", "landlock", "embedded") if found[one].usable), "none")


def _clock(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S")


def screen_view(engine: LeetCode) -> ScreenView:
    """The newest submissions, the visitor's, and who leads."""
    rows, queue = engine.reader.rows.last, engine.reader.redis.last
    return ScreenView(
        newest=tuple(_submission(one) for one in rows.newest),
        mine=tuple(_submission(one, whole=True) for one in rows.mine),
        leaders=_leaders(engine.reader.shown),
        own=next(iter(_leaders([own] if (own := engine.reader.own) else [])), LeaderView()),
        waiting=max(0, queue.waiting),
        tier=tier_of(engine),
        refused=REFUSED if engine.config.isolation == "process" else "",
        solved=tuple(sorted(rows.solved)),
        rows=rows.rows,
    )


def _submission(one: Submission, *, whole: bool = False) -> SubmissionView:
    tests = one.tests if whole else []
    failed = next((test for test in tests if test["verdict"] != ACCEPTED), None)
    return SubmissionView(
        one.id,
        one.person,
        f"Attack: {label_of(attack_kind(one.origin))}"
        if is_attack(one.origin)
        else PROBLEMS[one.problem].title,
        one.problem,
        one.language,
        one.verdict,
        one.passed,
        one.cases,
        one.run_ms,
        one.memory_mb,
        max(0, one.judged_ms - one.sent_ms) if one.judged_ms else 0,
        one.tier,
        one.runner.replace("-", " "),
        _clock(one.sent_ms),
        tuple(test["verdict"] for test in tests),
        failed["error"][:160] if failed else "",
    )


def _leaders(found: Sequence[Leader]) -> tuple[LeaderView, ...]:
    return tuple(LeaderView(one.rank, one.person, one.points, one.person == VISITOR.name) for one in found)


def attacks_view(engine: LeetCode) -> AttacksView:
    """What each attack came to, the last time."""
    seen = engine.counters.attacks
    views = []
    for id, attack in ATTACKS.items():
        one = seen.get(id)
        views.append(
            AttackView(
                id,
                attack.label,
                attack.tries,
                one.tier if one else "",
                one.verdict if one else "",
                one.got if one else "",
                one.said if one else "",
            )
        )
    return AttacksView(
        tuple(views), len(seen), engine.counters.leaks, sum(not one.got for one in seen.values())
    )


def sandboxes_view(engine: LeetCode) -> SandboxesView:
    """Tiers as their probes found them, and what starting took."""
    counters, found = engine.counters, engine.sandboxes.found
    tiers = []
    for one in ISOLATIONS.values():
        starts, runs = counters.starts.get(one.tier), counters.runs.get(one.tier)
        tried = found.get(one.tier)
        tiers.append(
            TierView(
                one.tier,
                one.label,
                ", ".join(tried.languages) if tried else "",
                tried.why if tried else "",
                starts.total if starts else 0,
                round(starts.quantile(0.5), 2) if starts else 0.0,
                round(starts.quantile(0.95), 2) if starts else 0.0,
                round(runs.quantile(0.5), 2) if runs else 0.0,
            )
        )
    starts = all_starts(engine)
    return SandboxesView(
        tiers=tuple(tiers),
        chosen=tier_of(engine),
        waiting=sum(one.waiting for one in engine.runners),
        cold=counters.cold,
        warmed=counters.warmed,
        really=counters.really,
        remembered=counters.remembered,
        start_p50=round(starts.quantile(0.5), 2),
        start_p95=round(starts.quantile(0.95), 2),
        time=counters.limits["time"],
        output=counters.limits["output"],
        memory=counters.limits["memory"],
        crashed=counters.limits["crashed"],
    )


def all_starts(engine: LeetCode) -> LogHistogram:
    """Waiting for interpreters, of all tiers."""
    whole = LogHistogram()
    for one in engine.counters.starts.values():
        whole.merge(one)
    return whole


def queue_view(engine: LeetCode) -> QueueView:
    """The queue as Valkey has it, and each runner."""
    queue, counters, now = engine.reader.redis.last, engine.counters, engine.clock.monotonic()
    there = set(runner_ids(engine.config))
    return QueueView(
        waiting=queue.waiting,
        taken=queue.taken,
        deepest=counters.deepest,
        again=counters.again,
        refused=counters.refused,
        tokens=max(0, queue.tokens),
        deaths=counters.deaths,
        dead=counters.dead,
        lost=engine.checker.lost,
        twice=engine.checker.twice,
        runners=tuple(_runner(one) for one in engine.runners if one.id in there),
        per_s=round(counters.rate.rate(now), 1),
        wait=delay_view(counters.wait.merged(now)),
        wait_p50=round(counters.waits.quantile(0.5), 1),
        wait_p95=round(counters.waits.quantile(0.95), 1),
    )


def _runner(one: Runner) -> RunnerView:
    state = "not started" if one.process is None else one.process.state
    return RunnerView(one.id.replace("-", " "), state, one.doing or "–", one.waiting, one.done)


def verdicts_view(engine: LeetCode) -> VerdictsView:
    """Submissions by verdict."""
    rows, checker = engine.reader.rows.last, engine.checker
    judged = sum(rows.verdicts.values())
    return VerdictsView(
        rows=rows.rows,
        queued=rows.states[QUEUED],
        judged=rows.states[JUDGED],
        judgements=rows.judgements,
        verdicts=tuple(
            VerdictView(
                name, rows.verdicts[name], round(100 * rows.verdicts[name] / judged, 1) if judged else 0.0
            )
            for name in VERDICTS
        ),
        altered=checker.altered,
        lost=checker.lost,
        twice=checker.twice,
    )


def board_view(engine: LeetCode) -> BoardView:
    """Who leads, and what asking cost."""
    counters, checker = engine.counters, engine.checker
    return BoardView(
        leaders=_leaders(engine.reader.shown),
        kept=engine.reader.redis.last.kept,
        accepted=engine.reader.rows.last.verdicts[ACCEPTED],
        history=min(engine.config.history, engine.room.quota.corpus),
        reads=counters.board_reads,
        db_reads=counters.db_reads,
        db_rows=counters.db_rows,
        hits=counters.hits,
        read_p50=round(counters.reads.quantile(0.5), 2),
        read_p95=round(counters.reads.quantile(0.95), 2),
        stale=checker.stale,
        stalest_ms=round(counters.stalest_ms),
    )


def watching_view(engine: LeetCode) -> WatchingView:
    """Requests, messages and the age of news."""
    counters = engine.counters
    return WatchingView(
        spectators=engine.config.spectators,
        polls=counters.polls,
        pushes=counters.pushes,
        bytes=counters.sent_bytes,
        delay_p50=round(counters.delays.quantile(0.5), 1),
        delay_p95=round(counters.delays.quantile(0.95), 1),
        news=counters.delays.total,
    )


def build_tallies(engine: LeetCode) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, checker = engine.counters, engine.checker
    starts = all_starts(engine)
    runs = LogHistogram()
    for one in counters.runs.values():
        runs.merge(one)
    job = starts.quantile(0.5) + runs.quantile(0.5)
    return (
        Tally("leaks", "Attacks that got something of the host", "", counters.leaks),
        Tally("tried", "Attacks that were tried", "of 9", len(counters.attacks), "same"),
        Tally("lost", "Submissions that nobody has any more", "", checker.lost),
        Tally("twice", "Verdicts written once more", "", checker.twice),
        Tally("refused", "Verdicts refused by their token", "", counters.refused, "same"),
        Tally("start_p50", "Waiting for an interpreter, p50", "ms", round(starts.quantile(0.5), 2)),
        Tally("start_p95", "Waiting for an interpreter, p95", "ms", round(starts.quantile(0.95), 2)),
        Tally(
            "jobs_per_s", "Jobs that one runner could do", "/s", round(1000 / job, 1) if job else 0.0, "more"
        ),
        Tally("cold", "Interpreters started for a job", "", counters.cold),
        Tally("wait_p50", "From sending to the verdict, p50", "ms", round(counters.waits.quantile(0.5), 1)),
        Tally("wait_p95", "From sending to the verdict, p95", "ms", round(counters.waits.quantile(0.95), 1)),
        Tally("judged", "Judged", "", counters.judged, "more"),
        Tally("db_rows", "Rows read for the leaderboard", "", counters.db_rows),
        Tally("db_reads", "Reads of the database for it", "", counters.db_reads),
        Tally("read_p50", "A look at the leaderboard, p50", "ms", round(counters.reads.quantile(0.5), 2)),
        Tally("stalest", "Oldest leaderboard that was shown", "ms", round(counters.stalest_ms)),
        Tally("polls", "Requests of spectators", "", counters.polls),
        Tally(
            "news_p50", "From a verdict to a spectator, p50", "ms", round(counters.delays.quantile(0.5), 1)
        ),
        Tally("submitters", "Different submitters", "", len(counters.people), "same"),
        Tally("mine", "Different verdicts of yours", "of 6", len(counters.mine), "same"),
        Tally("solved", "Problems that you have solved", "", len(counters.solved), "same"),
    )
