"""Counts since opened."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram

MOST_PEOPLE = 2_000
REMEMBERED = 400


@dataclass(frozen=True, slots=True)
class AttackSeen:
    """What an attack came to: in which tier, with which verdict, what it got, and what it was told."""

    tier: str
    verdict: str
    got: str
    said: str


@dataclass(slots=True)
class Counters:
    """What has happened. `waits` are ms from sending to the verdict; `starts` ms of waiting for an interpreter, by tier."""

    submitted: int = 0
    judged: int = 0
    refused: int = 0
    again: int = 0
    dead: int = 0
    deaths: int = 0
    really: int = 0
    remembered: int = 0
    cold: int = 0
    warmed: int = 0
    overtaken: int = 0
    tokens: int = 0
    board_reads: int = 0
    db_reads: int = 0
    db_rows: int = 0
    hits: int = 0
    polls: int = 0
    pushes: int = 0
    sent_bytes: int = 0
    leaks: int = 0
    deepest: int = 0
    stalest_ms: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)
    mine: set[str] = field(default_factory=set)
    solved: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    limits: Counter[str] = field(default_factory=Counter)
    attacks: dict[str, AttackSeen] = field(default_factory=dict)
    starts: dict[str, LogHistogram] = field(default_factory=dict)
    runs: dict[str, LogHistogram] = field(default_factory=dict)
    waits: LogHistogram = field(default_factory=LogHistogram)
    wait: SlidingHistogram = field(default_factory=lambda: SlidingHistogram(slices=15))
    reads: LogHistogram = field(default_factory=LogHistogram)
    delays: LogHistogram = field(default_factory=LogHistogram)
    rate: SlidingCounter = field(default_factory=SlidingCounter)
    accepted_at: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def started(self, tier: str, start_ms: float, run_ms: float) -> None:
        """An interpreter of that tier was waited for, and a job was done in it."""
        self.starts.setdefault(tier, LogHistogram()).add(max(start_ms, 0.01))
        self.runs.setdefault(tier, LogHistogram()).add(max(run_ms, 0.01))

    def sent(self, person: str) -> None:
        """A submission was taken down."""
        self.submitted += 1
        if len(self.people) < MOST_PEOPLE:
            self.people.add(person)

    def verdict(self, verdict: str, waited_ms: float, now: float) -> None:
        """A verdict was written."""
        self.judged += 1
        self.verdicts[verdict] += 1
        self.waits.add(max(waited_ms, 0.1))
        self.wait.add(now, max(waited_ms, 0.1))
        self.rate.add(now)
