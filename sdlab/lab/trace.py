"""What one request really did: its hops, its decisions with the lines that made them, its end."""

from __future__ import annotations

import contextlib
import linecache
import re
import sys
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sdlab.lab.snapshot import KindView

MAX_HOPS = 40
MAX_DECISIONS = 20
KEPT_TRACES = 400
MOST_KINDS = 14
LINES_AROUND = 3
# What lies there makes calls on behalf of a design: the frame, and context managers.
BETWEEN = (str(Path(__file__).parents[1]), str(Path(contextlib.__file__).parent))
OUTWARDS = 12  # frames between a call and the design that wants it, at most


@dataclass(frozen=True, slots=True)
class Hop:
    """One step between two parts. `at` is when it began, ms after the request began.

    `file` and `line` are where the running source made the call; empty where nobody awaits it.
    """

    source: str
    target: str
    operation: str
    outcome: str
    at: float
    ms: float
    detail: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """A reason in words, and the place in the running source that decided."""

    text: str
    at: float
    file: str
    line: int


@dataclass(slots=True)
class Trace:
    """The history of one request; kept only for requests that the feed shows."""

    id: str
    title: str
    by: str
    started: float
    began: float
    by_hand: bool
    hops: list[Hop] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    outcome: str = "ok"
    sentence: str = ""
    kind: str = ""  # what requests of this sort have in common; the title, unless that names a thing
    reason: str = ""  # why it was refused, in a word or a status
    ms: float = 0.0
    hand: str = ""  # which of many who share the room pressed
    answered: float | None = None  # monotonic; when whoever asked had the answer, if that was before the end

    def hop(self, hop: Hop) -> None:
        """Remember a hop; a request that makes more than `MAX_HOPS` keeps the first ones."""
        if len(self.hops) < MAX_HOPS:
            self.hops.append(hop)

    def decide(self, text: str, now: float, *, depth: int = 1, place: tuple[str, int] | None = None) -> None:
        """Remember why, together with `place` (file and line), else the caller's place in the source."""
        if len(self.decisions) < MAX_DECISIONS:
            if place is None:
                frame = sys._getframe(depth)
                place = frame.f_code.co_filename, frame.f_lineno
            self.decisions.append(Decision(text, (now - self.began) * 1000, *place))

    @property
    def ended(self) -> str:
        """How it went: its outcome, or `miss` where a part on its way had nothing."""
        missed = self.outcome == "ok" and any(hop.outcome == "miss" for hop in self.hops)
        return "miss" if missed else self.outcome

    @property
    def refused_by(self) -> str:
        """The part that said no: the innermost that failed, else the first that was asked."""
        failed = [hop.target for hop in self.hops if hop.outcome == "error"]
        return next(iter([*failed, *(hop.target for hop in self.hops)]), "")

    def way(self, most: int) -> tuple[tuple[str, str, str], ...]:
        """From part to part, and how each call ended: the first `most`."""
        return tuple((hop.source, hop.target, hop.outcome) for hop in self.hops[:most])

    @property
    def why(self) -> str:
        """All reasons, in order, as one line."""
        return "; ".join(decision.text for decision in self.decisions)


current: ContextVar[Trace | None] = ContextVar("current_trace", default=None)


finished: list[
    Callable[[str, Trace], None]
] = []  # told of each request that the feed shows, with its lab's slug


@cache
def line_of(script: Path, branch: str) -> int:
    """The number of the line of a file that bears the name of a branch; `ValueError` unless it is one line.

    It bears it as `# branch: no-token` in Python, and as `branch = 'no-token'` in a script.
    """
    name = re.compile(rf"\bbranch\s*[:=]\s*'?{re.escape(branch)}(?![\w-])")
    found = [
        number
        for number, text in enumerate(script.read_text(encoding="utf-8").splitlines(), 1)
        if name.search(text)
    ]
    if len(found) != 1:
        raise ValueError(f"{script.name} has {len(found)} lines that bear the branch {branch!r}, not one")
    return found[0]


def calling_line(*, depth: int = 1) -> tuple[str, int]:
    """The file and line of the design that makes the present call; of the direct caller where there is none.

    Code of the frame stands between a design and a node: a queue, a lock, a table of shards.
    """
    first = frame = sys._getframe(depth)
    for _ in range(OUTWARDS):
        if not frame.f_code.co_filename.startswith(BETWEEN):
            return frame.f_code.co_filename, frame.f_lineno
        if frame.f_back is None:
            break
        frame = frame.f_back
    return first.f_code.co_filename, first.f_lineno


def lines_around(file: str, line: int, *, around: int = LINES_AROUND) -> list[tuple[int, str]]:
    """The running source near a line: `(number, text)`, nothing for a file that cannot be read."""
    if not file:
        return []
    linecache.checkcache(file)
    first = max(1, line - around)
    found = [(number, linecache.getline(file, number)) for number in range(first, line + around + 1)]
    return [(number, text.rstrip("\n")) for number, text in found if text]


class TraceStore:
    """The last traces of a room, by id, and the latest of each kind; the oldest make place for the newest."""

    def __init__(self, *, capacity: int = KEPT_TRACES) -> None:
        self._capacity = capacity
        self._traces: OrderedDict[str, Trace] = OrderedDict()
        self._kinds: dict[tuple[str, str, str], Trace] = {}

    def keep(self, trace: Trace) -> None:
        """Remember this trace."""
        self._traces[trace.id] = trace
        while len(self._traces) > self._capacity:
            self._traces.popitem(last=False)

    def note(self, trace: Trace) -> None:
        """Remember this trace as the latest of its kind; one that reached no part shows nothing."""
        kind = (trace.kind, trace.ended, trace.reason)
        if trace.hops and (kind in self._kinds or len(self._kinds) < MOST_KINDS):
            self._kinds[kind] = trace

    def kinds(self) -> tuple[KindView, ...]:
        """The kinds of requests that there were, by name; `get` finds the latest of each by its `trace`."""
        return tuple(
            KindView(f"k{number}", *kind)
            for number, kind in sorted(enumerate(self._kinds), key=lambda one: one[1])
        )

    def get(self, trace_id: str) -> Trace | None:
        """The trace of that id, while it is remembered, or the latest of a kind."""
        if trace_id.startswith("k"):
            latest = {f"k{number}": trace for number, trace in enumerate(self._kinds.values())}
            return latest.get(trace_id)
        return self._traces.get(trace_id)

    def clear(self) -> None:
        """Forget all."""
        self._traces.clear()
        self._kinds.clear()
