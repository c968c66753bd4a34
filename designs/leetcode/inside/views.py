"""What the panels and the product may show. Times are ms."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission, without its code."""

    id: str = ""
    person: str = ""
    title: str = ""
    problem: str = ""
    language: str = ""
    verdict: str = ""
    passed: int = 0
    cases: int = 0
    run_ms: float = 0.0
    memory_mb: float = 0.0
    waited_ms: int = 0
    tier: str = ""
    runner: str = ""
    clock: str = ""
    tests: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class LeaderView:
    """Somebody on the leaderboard."""

    rank: int = 0
    person: str = ""
    points: int = 0
    mine: bool = False


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What the product shows; `own` is the visitor's place, of rank 0 where there is none.

    `rows` is -1 until it was read. `refused` says why code of visitors is not run now.
    """

    newest: tuple[SubmissionView, ...] = ()
    mine: tuple[SubmissionView, ...] = ()
    leaders: tuple[LeaderView, ...] = ()
    own: LeaderView = LeaderView()
    waiting: int = 0
    tier: str = ""
    refused: str = ""
    solved: tuple[str, ...] = ()
    rows: int = -1


@dataclass(frozen=True, slots=True)
class AttackView:
    """An attack and what it came to; no tier until it was tried."""

    id: str = ""
    label: str = ""
    tries: str = ""
    tier: str = ""
    verdict: str = ""
    got: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class AttacksView:
    """Attacks, the newest time of each."""

    attacks: tuple[AttackView, ...] = ()
    tried: int = 0
    leaks: int = 0
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier: whether this host has it, and how long its interpreters took to be there and to run."""

    id: str = ""
    label: str = ""
    languages: str = ""
    why: str = ""
    samples: int = 0
    start_p50: float = 0.0
    start_p95: float = 0.0
    run_p50: float = 0.0


@dataclass(frozen=True, slots=True)
class SandboxesView:
    """Tiers, and the interpreters of this room."""

    tiers: tuple[TierView, ...] = ()
    chosen: str = ""
    waiting: int = 0
    cold: int = 0
    warmed: int = 0
    really: int = 0
    remembered: int = 0
    start_p50: float = 0.0
    start_p95: float = 0.0
    time: int = 0
    output: int = 0
    memory: int = 0
    crashed: int = 0


@dataclass(frozen=True, slots=True)
class RunnerView:
    """A runner with what it has in its hand."""

    name: str = ""
    state: str = ""
    doing: str = ""
    waiting: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue and those who take from it."""

    waiting: int = -1
    taken: int = 0
    deepest: int = 0
    again: int = 0
    refused: int = 0
    tokens: int = 0
    deaths: int = 0
    dead: int = 0
    lost: int = 0
    twice: int = 0
    runners: tuple[RunnerView, ...] = ()
    per_s: float = 0.0
    wait: DelayView = DelayView()
    wait_p50: float = 0.0
    wait_p95: float = 0.0


@dataclass(frozen=True, slots=True)
class VerdictView:
    """How often a verdict was given."""

    name: str = ""
    many: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class VerdictsView:
    """Submissions by verdict, as the rows say; -1 until they were read."""

    rows: int = -1
    queued: int = 0
    judged: int = 0
    judgements: int = 0
    verdicts: tuple[VerdictView, ...] = ()
    altered: int = 0
    lost: int = 0
    twice: int = 0


@dataclass(frozen=True, slots=True)
class BoardView:
    """The leaderboard and what reading it cost."""

    leaders: tuple[LeaderView, ...] = ()
    kept: int = 0
    accepted: int = 0
    history: int = 0
    reads: int = 0
    db_reads: int = 0
    db_rows: int = 0
    hits: int = 0
    read_p50: float = 0.0
    read_p95: float = 0.0
    stale: int = 0
    stalest_ms: int = 0


@dataclass(frozen=True, slots=True)
class WatchingView:
    """What spectators asked for, or were sent."""

    spectators: int = 0
    polls: int = 0
    pushes: int = 0
    bytes: int = 0
    delay_p50: float = 0.0
    delay_p95: float = 0.0
    news: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the judge."""

    screen: ScreenView = ScreenView()
    attacks: AttacksView = AttacksView()
    sandboxes: SandboxesView = SandboxesView()
    queue: QueueView = QueueView()
    verdicts: VerdictsView = VerdictsView()
    board: BoardView = BoardView()
    watching: WatchingView = WatchingView()
