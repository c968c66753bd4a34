"""What every part of an engine needs, once: its room and config, the nodes, and a voice."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram
from sdlab.lab.actor import acting, hand
from sdlab.lab.errors import LabError, NotFound
from sdlab.lab.feed import Feed
from sdlab.lab.invariant import Claim, Monitor
from sdlab.lab.look import Look
from sdlab.lab.node import Edges, Node, NodeSpec
from sdlab.lab.room import Room
from sdlab.lab.settings_record import SettingsRecord
from sdlab.lab.signal import Signal
from sdlab.lab.snapshot import TrafficView
from sdlab.lab.spelling import Spelling
from sdlab.lab.trace import Trace, TraceStore, current, finished, line_of

log = logging.getLogger("sdlab.engine")

HAND_LINES_PER_SECOND = 20
MOST_TOLD_APART, OTHERS = 64, "others"  # of titles and reasons

C = TypeVar("C")
T = TypeVar("T")


class EngineContext(Generic[C]):
    """Handed to the engine and to each of its parts; knows neither.

    `config` is the one of now: parts read it when they need it and never keep it. `changed()` asks
    for a frame soon. A part is tested without its engine: make a context, `lay_out` the nodes.
    """

    def __init__(self, room: Room, config: C, *, claims: Iterable[Claim] = ()) -> None:
        self.room = room
        self.config: C = config
        self.clock = room.clock
        self.settings = SettingsRecord(config, clock=self.clock)
        self.rng = room.rng("engine")
        self.nodes: dict[str, Node] = {}
        self.spelling = Spelling()
        self.monitors = {
            claim.id: Monitor(claim, clock=self.clock, spelling=self.spelling, protections=self.settings)
            for claim in claims
        }
        self.feed = Feed(self.spelling)
        self.traces = TraceStore()
        self.edges = Edges()
        self.changed = Signal()
        self.requests = RequestMeter()
        self.looks: list[Look[Any]] = []
        self.slower: Callable[[], float] = lambda: 1.0  # how many times less often what can wait is done now
        self._number = 0
        self._hand_second = self._hand_lines = 0

    def apply(self, config: C) -> None:
        """This config is in force from now on, and that it is so is remembered."""
        self.config = config
        self.settings.applied(config)

    def lay_out(self, specs: Iterable[NodeSpec]) -> None:
        """Have these nodes from now on; those that were there before stay as they are."""
        planned = {spec.id: spec for spec in specs}
        self.spelling.learn((spec.id, spec.label) for spec in planned.values())
        self.nodes = {
            node_id: self.nodes.get(node_id)
            or Node(spec, clock=self.clock, rng=self.room.rng(f"node {node_id}"), edges=self.edges)
            for node_id, spec in planned.items()
        }

    def node(self, node_id: str) -> Node:
        """The node of that id; `NotFound` when there is none now."""
        try:
            return self.nodes[node_id]
        except KeyError:
            known = ", ".join(self.nodes)
            raise NotFound(f"no node {node_id!r}; there are {known}") from None

    def look(self, ask: Callable[[], Awaitable[T]], first: T) -> Look[T]:
        """A look that is renewed before each frame, while somebody watches; `first` stands until then."""
        made = Look(ask, first, clock=self.clock)
        self.looks.append(made)
        return made

    async def refresh_looks(self, *, now: bool = False) -> None:
        """Look at the stores, for a picture of now; young looks are kept, unless `now`."""
        await asyncio.gather(*(one.refresh(now=now) for one in self.looks))

    def decide(self, text: str, *, script: Path | None = None, branch: str = "") -> None:
        """Give the reason of a decision, at the line that decides; costs nothing outside a traced request.

        Where a script decided, or code that may not speak for itself, `script` is its file and
        `branch` the name that the deciding line bears.
        """
        trace = current.get()
        if trace is not None:
            place = (str(script), line_of(script, branch)) if script else None
            trace.decide(text, self.clock.monotonic(), depth=2, place=place)

    def answered(self) -> None:
        """The caller of this request has its answer: what is done in it from here on, as an audit, takes no time of his."""
        trace = current.get()
        if trace is not None:
            trace.answered = self.clock.monotonic()

    def say(self, text: str, *, kind: str = "system", outcome: str = "ok", why: str = "") -> None:
        """Tell the feed of something that is no request: a change, a fault, a repair."""
        self.feed.say(text, now=self.clock.time(), kind=kind, outcome=outcome, why=why)

    def crashed(self, name: str, error: BaseException) -> None:
        """Log a failure that no caller sees, and show it."""
        log.error("%s of %s in room %s failed", name, self.room.slug, self.room.id, exc_info=error)
        self.say(f"{name} failed and starts again ({type(error).__name__})", kind="crash", outcome="error")

    @asynccontextmanager
    async def request(
        self, title: str, *, by: str | None = None, by_hand: bool | None = None, kind: str = ""
    ) -> AsyncIterator[Trace]:
        """The frame of one verb: measures it, records its hops, tells the feed how it ended.

        The acting user does it, unless `by` and `by_hand` say otherwise. The verb sets
        `trace.sentence` (what happened) before it returns; a `LabError` that leaves the block
        becomes the sentence itself. `kind` is the title without what it names, where it names anything.
        """
        actor = acting()
        self._number += 1
        trace = Trace(
            id=f"t{self._number}",
            title=title,
            by=actor.name if by is None else by,
            started=self.clock.time(),
            began=self.clock.monotonic(),
            by_hand=self._is_hand(actor.by_hand if by_hand is None else by_hand),
            kind=kind or title,
        )
        trace.hand = hand() if trace.by_hand else ""
        token = current.set(trace)
        try:
            yield trace
        except LabError as error:
            trace.outcome = "error"
            trace.reason = trace.reason or str(error.status)
            trace.sentence = trace.sentence or f"{title}: {error.status} {error.detail}"
            self.requests.refused(f"{title}: {error.status} {error.title}")
            raise
        except BaseException:
            trace.outcome = "error"
            trace.sentence = trace.sentence or f"{title}: failed"
            raise
        finally:
            current.reset(token)
            self._finish(trace)

    def _is_hand(self, claimed: bool) -> bool:
        """Whether this may be somebody's hand: no hands make more than 20 requests a second."""
        if not claimed:
            return False
        second = int(self.clock.monotonic())
        if second != self._hand_second:
            self._hand_second, self._hand_lines = second, 0
        self._hand_lines += 1
        return self._hand_lines <= HAND_LINES_PER_SECOND

    def _finish(self, trace: Trace) -> None:
        now = self.clock.monotonic()
        trace.ms = ((now if trace.answered is None else trace.answered) - trace.began) * 1000
        self.requests.add(now, trace.ms, failed=trace.outcome == "error", title=trace.title)
        self.traces.note(trace)
        if trace.reason and (node := self.nodes.get(trace.refused_by)):
            node.refused(trace.reason)
        wanted = trace.by_hand or self.feed.wants(
            title=trace.title, outcome=trace.outcome, now=trace.started, ms=trace.ms
        )
        if wanted:
            self.traces.keep(trace)
            self.feed.tell(trace)
            for tell in finished:
                tell(self.room.slug, trace)
        if trace.by_hand:
            self.changed()


class RequestMeter:
    """Rates and latencies (ms) of all requests, by hand and by workload.

    `titles` counts them by title, `reasons` refused ones by title and kind of refusal; both are
    bounded in how many they tell apart.
    """

    def __init__(self) -> None:
        self.titles: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.lifetime = LogHistogram()
        self._latency = SlidingHistogram()
        self._traffic = SlidingCounter(seconds=60)
        self._failures = SlidingCounter(seconds=60)

    def refused(self, reason: str) -> None:
        """One request was refused."""
        _count(self.reasons, reason)

    def add(self, now: float, ms: float, *, failed: bool, title: str = "") -> None:
        """One request has ended at `now` (monotonic seconds) after `ms`."""
        _count(self.titles, title)
        self._latency.add(now, ms)
        self.lifetime.add(ms)
        self._traffic.add(now)
        if failed:
            self._failures.add(now)

    def view(self, now: float) -> TrafficView:
        """Rates and latencies of the last seconds."""
        latency = self._latency.merged(now)
        return TrafficView(
            rate=round(self._traffic.rate(now), 1),
            errors=round(self._failures.rate(now), 1),
            total=self._traffic.total,
            failed=self._failures.total,
            p50=round(latency.quantile(0.50), 2),
            p95=round(latency.quantile(0.95), 2),
            p99=round(latency.quantile(0.99), 2),
            samples=latency.total,
        )

    def buckets(self, now: float) -> list[int]:
        """Counts per bucket of the latency histogram of the last seconds."""
        return self._latency.merged(now).counts


def _count(counts: Counter[str], name: str) -> None:
    """One more of that name; of names beyond the bound, one more of the others."""
    counts[name if name in counts or len(counts) < MOST_TOLD_APART else OTHERS] += 1
