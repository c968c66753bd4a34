"""The feed: plain sentences of what just happened. Hand-made requests all, workload requests a sample."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime

from sdlab.lab.snapshot import EventView
from sdlab.lab.spelling import Spelling
from sdlab.lab.trace import Trace

SHOWN = 24
KEPT = 200
SAMPLES_PER_SECOND = 3
FAILURES_PER_SECOND = 2
WAY = 16  # calls of a request that go along with its line
SLOW_WINDOW = 10.0
SLOWER_BY = 1.5
SLOW_AT_LEAST = 1.0


class Feed:
    """The newest events, newest first; bounded, however fast the workload runs."""

    def __init__(self, spelling: Spelling | None = None) -> None:
        self._spelling = spelling or Spelling()
        self._events: deque[EventView] = deque(maxlen=KEPT)
        self._number = 0
        self._second = -1
        self._samples = 0
        self._failures = 0
        self._slow_since = 0.0
        self._slowest = 0.0
        self._seen: set[tuple[str, str]] = set()

    def say(self, text: str, *, now: float, kind: str = "system", outcome: str = "ok", why: str = "") -> None:
        """Tell of something that is no request: a configuration change, a fault, a repair."""
        self._add(now, kind=kind, outcome=outcome, text=text, why=why)

    def wants(self, *, title: str, outcome: str, now: float, ms: float = 0.0) -> bool:
        """Whether a workload's request is worth a line: first of its kind, slowest, failed, or a sample."""
        if now - self._slow_since > SLOW_WINDOW:
            self._slow_since, self._slowest = now, 0.0
        if ms > self._slowest * SLOWER_BY:
            known, self._slowest = self._slowest > 0, ms
            if known and ms >= SLOW_AT_LEAST:
                return True
        if int(now) != self._second:
            self._second, self._samples, self._failures = int(now), 0, 0
        if (title, outcome) not in self._seen and len(self._seen) < KEPT:
            self._seen.add((title, outcome))
            return True
        if outcome == "error":
            self._failures += 1
            return self._failures <= FAILURES_PER_SECOND
        self._samples += 1
        return self._samples <= SAMPLES_PER_SECOND

    def tell(self, trace: Trace) -> None:
        """One line for a finished request."""
        self._add(
            trace.started,
            kind="request",
            outcome=trace.outcome,
            text=trace.sentence,
            why=trace.why,
            ms=round(trace.ms, 2),
            trace=trace.id,
            by=trace.by,
            hand=trace.hand,
            way=trace.way(WAY) if trace.hand else (),
        )

    def newest(self, count: int = SHOWN) -> tuple[EventView, ...]:
        """The newest `count` events, newest first."""
        found: Iterable[EventView] = reversed(self._events)
        return tuple(event for event, _ in zip(found, range(count), strict=False))

    def clear(self) -> None:
        """Forget all events, and which kinds were seen."""
        self._events.clear()
        self._seen.clear()

    def _add(
        self,
        now: float,
        *,
        kind: str,
        outcome: str,
        text: str,
        why: str,
        ms: float = 0.0,
        trace: str = "",
        by: str = "",
        hand: str = "",
        way: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        self._number += 1
        clock = datetime.fromtimestamp(now, UTC).strftime("%H:%M:%S")
        self._events.append(
            EventView(
                id=str(self._number),
                t=round(now, 3),
                clock=clock,
                kind=kind,
                outcome=outcome,
                text=self._spelling.of(text),
                why=self._spelling.of(why),
                ms=ms,
                trace=trace,
                by=self._spelling.of(by),
                hand=hand,
                way=way,
            )
        )
