"""From the running engine to the snapshot."""

from __future__ import annotations

from datetime import UTC, datetime

from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.job_request import Job
from designs.job_scheduler.engine.job_store import StoredAttempt
from designs.job_scheduler.engine.models import (
    CANCELLED,
    DEAD,
    DONE,
    DROPPED,
    LEADER,
    PARTITION,
    QUEUED,
    WAITING,
)
from designs.job_scheduler.engine.nodes import BIN, DATABASE, QUEUE
from designs.job_scheduler.engine.store_reader import BIN_SHOWN, DueRead, LeaseRead
from designs.job_scheduler.inside.views import (
    CallbackView,
    ComingView,
    DeadView,
    DoublesView,
    FiringView,
    MyJobView,
    OutcomesView,
    PartitionsView,
    PartitionView,
    QueueView,
    RetriesView,
    ScreenView,
    Snapshot,
    TryView,
)
from sdlab.lab import Tally
from sdlab.lab.actor import VISITOR
from sdlab.lab.views import LaneView, StepView, delay_view


def build_snapshot(engine: JobScheduler) -> Snapshot:
    """Everything that panels and product may show of now."""
    queue, rows = engine.reader.redis.last, engine.reader.rows.last
    engine.node(QUEUE).detail = f"{max(0, queue.depth):,} deep"
    engine.node(DATABASE).detail = f"{rows.states[WAITING]:,} waiting"
    engine.node(BIN).detail = f"{max(0, queue.kept):,} kept"
    return Snapshot(
        **engine.common(),
        screen=screen_view(engine),
        partitions=partitions_view(engine),
        firing=firing_view(engine),
        queue=queue_view(engine),
        retries=retries_view(engine),
        doubles=doubles_view(engine),
        outcomes=outcomes_view(engine),
    )


def _clock(ms: int, *, fine: bool = False) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.strftime("%H:%M:%S") + (f".{at.microsecond // 1000:03}" if fine else "")


def _mine(job: Job) -> bool:
    return job.owner == VISITOR.name


def screen_view(engine: JobScheduler) -> ScreenView:
    """What falls due next, the visitor's jobs, the bin, the dead letters."""
    rows, queue = engine.reader.rows.last, engine.reader.redis.last
    return ScreenView(
        coming=tuple(_coming(one) for one in rows.coming),
        jobs=tuple(
            MyJobView(
                one.id, one.name, one.state, rows.dues.get(one.id, 0), _clock(rows.dues.get(one.id, 0)),
                one.cron, one.callback,
            )
            for one in rows.mine
        ),
        callbacks=tuple(
            CallbackView(
                one.id,
                (one.payload.splitlines() or [""])[0][:60] or one.path,
                one.due_ms,
                one.at_ms,
                one.delay_ms,
                _clock(one.at_ms),
                one.by.replace("-", " "),
                one.attempt,
                one.owner == VISITOR.name,
            )
            for one in queue.bin[:BIN_SHOWN]
        ),
        dead=tuple(
            DeadView(
                f"{one.job.id}@{one.due_ms}",
                one.job.id,
                one.job.name,
                one.job.callback,
                _clock(one.due_ms),
                one.attempts,
                _mine(one.job),
            )
            for one in rows.dead
        ),
        waiting=rows.states[WAITING] if rows.jobs >= 0 else -1,
    )  # fmt: skip


def _coming(one: DueRead) -> ComingView:
    id = f"{one.job.id}@{one.due_ms}"
    return ComingView(id, one.job.name, one.due_ms, _clock(one.due_ms), one.job.cron, _mine(one.job))


def partitions_view(engine: JobScheduler) -> PartitionsView:
    """Leases as their rows say."""
    leases, counters = engine.reader.rows.last.leases, engine.counters
    leader = next((one for one in leases if one.kind == LEADER and one.holder), None)
    led = engine.config.scanning == "partitions"
    owned = tuple(_partition(engine, one) for one in leases if one.kind == PARTITION) if led else ()
    return PartitionsView(
        partitions=owned,
        owners=len({one.holder for one in owned if one.holder}),
        leader=leader.holder.replace("-", " ") if leader and led else "",
        leader_token=leader.token if leader and led else 0,
        moves=counters.moves,
        refused=counters.refused,
        stale=engine.checker.stale,
    )


def _partition(engine: JobScheduler, one: LeaseRead) -> PartitionView:
    node = engine.nodes.get(one.holder)
    state = "" if node is None else next((fault.kind for fault in node.faults()), "up")
    return PartitionView(f"p{one.number}", one.holder.replace("-", " "), one.token, state)


def firing_view(engine: JobScheduler) -> FiringView:
    """The entries of the bin, by when they were due; delays of the last seconds."""
    counters, now = engine.counters, engine.clock.monotonic()
    found = [one for one in engine.reader.redis.last.bin if one.attempt == 1]
    first = min((one.due_ms for one in found), default=0)
    return FiringView(
        points=tuple((one.due_ms - first, max(0, one.delay_ms)) for one in reversed(found)),
        delay=delay_view(counters.delay.merged(now)),
        lifetime_p50=round(counters.delays.quantile(0.5), 1),
        lifetime_p99=round(counters.delays.quantile(0.99), 1),
        due_per_s=round(counters.due_rate.rate(now), 1),
        fired_per_s=round(counters.fired_rate.rate(now), 1),
        most_due=counters.most_due,
    )


def queue_view(engine: JobScheduler) -> QueueView:
    """The queue as Valkey has it."""
    queue, counters = engine.reader.redis.last, engine.counters
    return QueueView(
        depth=queue.depth,
        taken=queue.taken,
        delayed=queue.delayed,
        undone=queue.undone,
        threshold=engine.config.threshold if engine.config.pressure == "on" else 0,
        deepest=counters.deepest,
        held_back=counters.held_back,
        again=counters.again,
        deaths=counters.worker_deaths,
        lost=engine.checker.lost,
    )


def retries_view(engine: JobScheduler) -> RetriesView:
    """The attempts of the newest run that was tried again, as their rows say."""
    rows, counters = engine.reader.rows.last, engine.counters
    job = rows.followed
    return RetriesView(
        name=job.name if job else "",
        callback=job.callback if job else "",
        tries=tuple(
            TryView(
                one.number,
                _clock(one.at_ms, fine=True),
                one.worker.replace("-", " "),
                one.said,
                one.took_ms,
                max(0, one.next_ms - one.at_ms) if one.next_ms else 0,
            )
            for one in rows.attempts
        ),
        lanes=_lanes(rows.attempts),
        failed=counters.failed,
        retried=counters.retried,
        dead=counters.dead,
    )


def _lanes(attempts: tuple[StoredAttempt, ...]) -> tuple[LaneView, ...]:
    if not attempts:
        return ()
    first = min(one.at_ms - one.took_ms for one in attempts)
    lanes = []
    for one in attempts:
        began, ended = one.at_ms - one.took_ms - first, one.at_ms - first
        tone = "ok" if 200 <= one.status < 300 else "error"
        steps = [StepView(one.said[:20], began, max(ended, began + 1), tone)]
        if one.next_ms:
            steps.append(StepView("waits", ended + 1, max(one.next_ms - first, ended + 2), "miss"))
        lanes.append(LaneView(f"try {one.number}", tuple(steps)))
    return tuple(lanes)


def doubles_view(engine: JobScheduler) -> DoublesView:
    """What the checker found, and what was kept away."""
    queue, counters, checker = engine.reader.redis.last, engine.counters, engine.checker
    return DoublesView(
        kept=queue.kept,
        logged=queue.logged,
        doubles=checker.doubles,
        prevented=counters.prevented,
        requeued=checker.requeued,
        skipped=counters.skipped,
        again=counters.again,
    )


def outcomes_view(engine: JobScheduler) -> OutcomesView:
    """Rows by state."""
    rows, counters = engine.reader.rows.last, engine.counters
    return OutcomesView(
        jobs=rows.jobs,
        waiting=rows.states[WAITING],
        queued=rows.states[QUEUED],
        done=rows.states[DONE],
        dead=rows.states[DEAD],
        dropped=rows.states[DROPPED],
        cancelled=rows.states[CANCELLED],
        late=engine.checker.late,
        scans=counters.scans,
        rows_read=counters.rows_read,
        accepted=counters.accepted,
    )


def build_tallies(engine: JobScheduler) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, checker = engine.counters, engine.checker
    return (
        Tally("doubles", "Done twice", "", checker.doubles),
        Tally("requeued", "Put into the queue twice", "", checker.requeued),
        Tally("lost", "Runs that nobody has any more", "", checker.lost),
        Tally("delay_p50", "Due to first callback, p50", "ms", round(counters.delays.quantile(0.5), 1)),
        Tally("delay_p99", "Due to first callback, p99", "ms", round(counters.delays.quantile(0.99), 1)),
        Tally("deepest", "Deepest queue", "runs", counters.deepest),
        Tally("dead", "Given up", "", counters.dead),
        Tally("calls_failed", "Callbacks that failed", "", counters.failed),
        Tally("late", "Run too late", "", checker.late),
        Tally("dropped", "Dropped as too late", "", counters.dropped, "same"),
        Tally("prevented", "Kept away by the key", "", counters.prevented, "same"),
        Tally("refused", "Refused by the token", "", counters.refused, "same"),
        Tally("moves", "Partitions given to another", "", counters.moves, "same"),
        Tally("fired", "Callbacks that were taken", "", counters.fired, "same"),
        Tally("scans", "Reads of the job store", "", counters.scans, "same"),
        Tally("most_due", "Most due in one second", "", counters.most_due, "same"),
    )
