"""The one gate to every part of a system, so that faults act, and traffic is counted, in one place."""

from __future__ import annotations

import asyncio
import fnmatch
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, TypeVar

from sdlab.blocks.windows import SlidingCounter
from sdlab.lab.clock import Clock
from sdlab.lab.errors import Invalid, Unavailable
from sdlab.lab.snapshot import EdgeView, FaultView, NodeView, ReasonView
from sdlab.lab.trace import Hop, calling_line, current

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """Something that can be done to a node. A momentary fault happens once and leaves nothing to undo.

    `label` says how the node is then, `verb` what one does to it ("Kill").
    """

    kind: str
    label: str
    does: str
    unit: str = ""
    minimum: float = 0.0
    maximum: float = 0.0
    default: float = 0.0
    momentary: bool = False
    verb: str = ""


DOWN = FaultSpec("down", "down", "refuses every call until it is brought back", verb="Kill")
SLOW = FaultSpec("slow", "slow", "answers, but later", "ms", 1, 2000, 150, verb="Slow down")
FLAKY = FaultSpec("flaky", "flaky", "fails this share of its calls", "%", 1, 100, 30, verb="Let fail")
PAUSED = FaultSpec("paused", "paused", "answers nobody until it goes on; callers wait", verb="Pause")
STANDARD_FAULTS = (DOWN, SLOW, FLAKY, PAUSED)
LONGEST_PAUSE = 5.0
MOST_REASONS = 8
REASONS_SHOWN = 2
TROUBLES_KEPT = 32
NOWHERE = ("", 0)


@dataclass(frozen=True, slots=True)
class Card:
    """What a part tells of itself, a sentence or two each.

    `what` it is, `why` it is here, what breaks `without` it, and what one could use `instead`.
    """

    what: str
    why: str
    without: str
    instead: str


NO_CARD = Card("", "", "", "")


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A part of the system: where it stands on the strip, what can be done to it, what it tells of itself.

    `miss` is what a call that missed is called here ("held", "empty").
    """

    id: str
    label: str
    kind: str
    column: int
    faults: tuple[FaultSpec, ...] = STANDARD_FAULTS
    card: Card = NO_CARD
    miss: str = "miss"


class Edges:
    """How many calls went from part to part, by outcome. Counts only grow."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}

    def count(self, source: str, target: str, outcome: str) -> None:
        """Count one call; an outcome other than `miss` and `error` counts as ok."""
        counts = self._counts.setdefault((source, target), [0, 0, 0])
        counts[1 if outcome == "miss" else 2 if outcome == "error" else 0] += 1

    def views(self, alive: set[str], flows: Iterable[tuple[str, str]] = ()) -> tuple[EdgeView, ...]:
        """The arrows between parts that exist now: those of `flows`, and any other that was used."""
        planned = dict.fromkeys(pair for flow in flows for pair in _between(flow, alive))
        pairs = [*planned, *(pair for pair in self._counts if pair not in planned and alive.issuperset(pair))]
        return tuple(EdgeView(*pair, *self._counts.get(pair, (0, 0, 0))) for pair in pairs)


def _between(flow: tuple[str, str], alive: set[str]) -> list[tuple[str, str]]:
    sources, targets = (sorted(fnmatch.filter(alive, pattern)) for pattern in flow)
    return [(source, target) for source in sources for target in targets if source != target]


@dataclass(slots=True)
class Trouble:
    """A fault as it was set: how the node was then, from `began` to `ended` (seconds of the clock; 0: it lasts)."""

    kind: str
    label: str
    began: float
    ended: float = 0.0

    def during(self, since: float, until: float) -> bool:
        """Whether it was so at some moment between these two."""
        return self.began <= until and (not self.ended or self.ended >= since)


class _Call(NamedTuple):
    """A call under way: on whose behalf, what, since when (monotonic), and where it was made."""

    source: str
    operation: str
    began: float
    place: tuple[str, int]


def _place() -> tuple[str, int]:
    """Where the present call was made; nowhere outside a traced request, where nobody wants to know."""
    return calling_line(depth=3) if current.get() else NOWHERE


class Node:
    """A running part. Every call goes through `call` (asynchronous) or `touch` (in memory)."""

    def __init__(self, spec: NodeSpec, *, clock: Clock, rng: Random, edges: Edges) -> None:
        self.spec = spec
        self.id = spec.id
        self.detail = ""
        self.calls = 0
        self.errors = 0
        self._reasons: Counter[str] = Counter()
        self._clock = clock
        self._rng = rng
        self._edges = edges
        self._traffic = SlidingCounter(seconds=10)
        self._faults: dict[str, float] = {}
        self._troubles: deque[Trouble] = deque(maxlen=TROUBLES_KEPT)
        self._resumed = asyncio.Event()
        self._resumed.set()

    @property
    def down(self) -> bool:
        """Whether every call is refused."""
        return "down" in self._faults

    def set_fault(self, kind: str, value: float | None = None) -> float:
        """Do something to this node; returns the value in force. `Invalid` for what it does not know."""
        spec = self.fault_spec(kind)
        amount = spec.default if value is None else value
        if spec.maximum and not spec.minimum <= amount <= spec.maximum:
            raise Invalid(f"{kind} is from {spec.minimum:g} to {spec.maximum:g} {spec.unit}", field="value")
        now = self._clock.time()
        if kind not in self._faults:
            self._troubles.append(Trouble(kind, spec.label, now, now if spec.momentary else 0.0))
        if not spec.momentary:
            self._faults[kind] = amount
        if kind == "paused":
            self._resumed.clear()
        return amount

    def fault_spec(self, kind: str) -> FaultSpec:
        """The fault of that kind; `Invalid` when this node cannot have it."""
        for spec in self.spec.faults:
            if spec.kind == kind:
                return spec
        known = ", ".join(spec.kind for spec in self.spec.faults) or "nothing"
        raise Invalid(f"{self.id} can be: {known}", field="kind")

    def clear_fault(self, kind: str | None = None) -> bool:
        """Undo one fault, or all; whether there was anything to undo."""
        gone = [one for one in self._faults if kind is None or one == kind]
        for one in gone:
            del self._faults[one]
        for trouble in self._troubles:
            if trouble.kind in gone and not trouble.ended:
                trouble.ended = self._clock.time()
        if "paused" not in self._faults:
            self._resumed.set()
        return bool(gone)

    def faults(self) -> tuple[FaultView, ...]:
        """What is being done to this node now."""
        return tuple(
            FaultView(self.id, kind, value, f"{self.spec.label} {self.fault_spec(kind).label}")
            for kind, value in self._faults.items()
        )

    def troubles(self, since: float, until: float) -> list[Trouble]:
        """What was being done to this node at some time between these two, in order; of much, the newest."""
        return [one for one in self._troubles if one.during(since, until)]

    async def call(
        self,
        operation: str,
        work: Callable[[], Awaitable[T]],
        *,
        source: str,
        outcome: Callable[[T], str] | None = None,
        detail: Callable[[T], str] | None = None,
    ) -> T:
        """Do `work` on this node on behalf of `source`.

        Raises `Unavailable` while the node is down, or by chance while it is flaky; waits while
        it is slow or paused. `outcome` and `detail` say of a result how the hop is to be shown.
        """
        call = _Call(source, operation, self._clock.monotonic(), _place())
        try:
            if self._faults:
                await self._suffer()
            result = await work()
        except BaseException as error:
            self._count(call, "error", str(error))
            raise
        self._count(
            call, outcome(result) if outcome else "ok", detail(result) if detail and current.get() else ""
        )
        return result

    def touch(self, operation: str, outcome: str, *, source: str, detail: str = "") -> None:
        """Count an in-memory operation; raises `Unavailable` while this node is down."""
        call = _Call(source, operation, self._clock.monotonic(), _place())
        if self.down:
            self._count(call, "error", "down")
            raise Unavailable(f"{self.spec.label} is down")
        self._count(call, outcome, detail)

    def refused(self, reason: str) -> None:
        """Count why this node said no; of many reasons the first are told apart, the rest are "other"."""
        known = reason in self._reasons or len(self._reasons) < MOST_REASONS
        self._reasons[reason if known else "other"] += 1

    async def _suffer(self) -> None:
        if "paused" in self._faults:
            await self._until_resumed()
        if self.down:
            raise Unavailable(f"{self.spec.label} is down")
        if "slow" in self._faults:
            await self._clock.sleep(self._faults["slow"] / 1000)
        if "flaky" in self._faults and self._rng.random() * 100 < self._faults["flaky"]:
            raise Unavailable(f"{self.spec.label} failed by chance (it is flaky)")

    async def _until_resumed(self) -> None:
        resumed = asyncio.ensure_future(self._resumed.wait())
        patience = asyncio.ensure_future(self._clock.sleep(LONGEST_PAUSE))
        try:
            await asyncio.wait({resumed, patience}, return_when=asyncio.FIRST_COMPLETED)
            if not resumed.done():
                raise Unavailable(f"{self.spec.label} did not answer within {LONGEST_PAUSE:g} s")
        finally:
            resumed.cancel()
            patience.cancel()

    def _count(self, call: _Call, outcome: str, detail: str) -> None:
        now = self._clock.monotonic()
        self.calls += 1
        self._traffic.add(now)
        if outcome == "error":
            self.errors += 1
        elif outcome == "miss":
            self.refused(self.spec.miss)
        self._edges.count(call.source, self.id, outcome)
        trace = current.get()
        if trace is not None:
            trace.hop(
                Hop(
                    source=call.source,
                    target=self.id,
                    operation=call.operation,
                    outcome=outcome,
                    at=round((call.began - trace.began) * 1000, 3),
                    ms=round((now - call.began) * 1000, 3),
                    detail=detail,
                    file=call.place[0],
                    line=call.place[1],
                )
            )

    @property
    def state(self) -> str:
        """The gravest thing that is being done to this node, or `up`."""
        for kind in ("down", "paused", "flaky", "slow"):
            if kind in self._faults:
                return kind
        return "up"

    def view(self) -> NodeView:
        """How the strip draws this node now."""
        return NodeView(
            id=self.id,
            label=self.spec.label,
            kind=self.spec.kind,
            column=self.spec.column,
            state=self.state,
            detail=self.detail,
            rate=round(self._traffic.rate(self._clock.monotonic()), 1),
            calls=self.calls,
            errors=self.errors,
            reasons=tuple(
                ReasonView(text, count) for text, count in self._reasons.most_common(REASONS_SHOWN)
            ),
        )
