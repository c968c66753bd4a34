"""Top-k at work in one room: count a view, answer with the most viewed, whatever happens to the hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from designs.top_k.audit import CLAIMS, FULL_SORT_UP_TO, Audit
from designs.top_k.boards import Board, beside_truth
from designs.top_k.config import Config, plan
from designs.top_k.fleet import Fleet
from designs.top_k.ledger import Ledger, width
from designs.top_k.picture import picture
from designs.top_k.pipeline import Pipeline
from designs.top_k.stores import LONGEST, WINDOWS, Ranking, SketchStore
from designs.top_k.strategies import COUNTINGS, OVERLAYS
from designs.top_k.videos import checked, pick, title, video_id
from designs.top_k.viewlog import ViewLog
from designs.top_k.views import Snapshot
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram
from sdlab.lab import (
    Engine,
    Invalid,
    LabError,
    Node,
    NodeSpec,
    Operation,
    Room,
    Tally,
    TooMany,
    Unavailable,
)
from sdlab.lab.trace import Trace

__all__ = ["Config", "Seen", "Snapshot", "Top", "TopK"]

MOST = 100
BOARDS_EVERY = 0.25
AUDIT_EVERY = 0.5
SORTED_EVERY = 4
TIDY_EVERY = 0.1
PIPELINE_EVERY = 0.2
PUT_AWAY_EVERY = 10.0
WITHIN = 0.8
VIRAL_VIEWS = 240
VIRAL_EVERY = 0.03
VIRAL_AT_ONCE = 3
HAND_LINES_PER_SECOND = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """An acknowledged view. `views` are those of its video within the hour, this one included."""

    view_id: str
    video_id: str
    at: float
    views: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place of an answer."""

    place: int
    video_id: str
    title: str
    views: int


@dataclass(frozen=True, slots=True)
class Top:
    """An answer. A count is at most `error_bound` too large, but for the chance `error_chance`.

    `as_of` (Unix seconds) is the moment it speaks of; `missing` is how many of `slots` nobody
    answered for.
    """

    window: str
    k: int
    items: tuple[Place, ...]
    exact: bool
    error_bound: float
    error_chance: float
    as_of: float
    missing: int
    slots: int
    read: int


@dataclass(slots=True)
class Counts:
    """What happened since the engine was opened."""

    views: int = 0
    queries: int = 0
    refused: int = 0
    read: int = 0
    replayed: int = 0


class TopK(Engine[Config]):
    """Views are in the log for good; hosts, sketch and ledger are in memory and counted again from it."""

    claims = CLAIMS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.ledger = Ledger()
        self.log = ViewLog(room, self.ledger)
        self.audit = Audit(self.monitors, self.ledger)
        self.fleet: Fleet | None = None
        self.pipeline: Pipeline | None = None
        self.beside: SketchStore | None = None
        self.boards: dict[str, Board] = {}
        self.trouble = ""
        self.counts = Counts()
        self.viral: dict[str, int] = {}
        self.last_written = ""
        self.looked = ""
        self.views_in, self.answers = SlidingCounter(seconds=10), SlidingCounter(seconds=10)
        self.query_ms = SlidingHistogram()
        self.memory: dict[int, int] = {}
        self.exact_bytes = 0
        self._boards_of = -1
        self._rounds = 0
        self._hand_second, self._hand_lines = 0, 0
        self._tidying = asyncio.Lock()

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    def _gate(self, node_id: str) -> Node | None:
        return self.nodes.get(node_id)

    # Life

    async def open(self) -> None:
        self.counts.replayed = await self.log.open(self.clock.time())
        self._build()
        self.supervise("leaderboards", partial(self._every, BOARDS_EVERY, self.refresh))
        self.supervise("audit", partial(self._every, AUDIT_EVERY, self._audit))
        self.supervise("moves and repairs", partial(self._every, TIDY_EVERY, self._tidy))
        self.supervise("batch pipeline", partial(self._every, PIPELINE_EVERY, self._step))
        self.supervise("putting away", partial(self._every, PUT_AWAY_EVERY, self.put_away))

    async def close(self) -> None:
        await super().close()
        await self.log.settled()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        while True:
            await self.clock.sleep(seconds)
            await work()

    async def put_away(self) -> int:
        """Store what has changed since the last time, so that the next start reads little of the log."""
        pipeline = self.pipeline
        return await self.log.put_away(
            keep_from=pipeline.committed if pipeline else lambda partition: self.log.last[partition]
        )

    # Configuration and faults

    def _build(self) -> None:
        """Hosts or pipeline, and the sketch beside them, counted again from the ledger."""
        counting = COUNTINGS[self.config.counting]
        self.ledger.roll(self.clock.time())
        self.fleet = self.pipeline = None
        if counting.on_hosts:
            self.fleet = Fleet(
                self.config, gate=self._gate, clock=self.clock, chance=self.room.rng("routing")
            )
            self.fleet.roll(self.clock.time())
            self.fleet.fill(self.ledger)
        else:
            self.pipeline = Pipeline(
                self.config, room=self.room, log=self.log, ledger=self.ledger, gate=self._gate
            )
        self._build_beside()

    def _build_beside(self) -> None:
        self.beside = None
        if OVERLAYS[self.config.overlay].beside and self.config.counting != "sketch":
            self.beside = SketchStore(slices=self.config.slices, shape=self.config.shape)
            self.beside.roll(self.clock.time())
            for window in WINDOWS:
                for fine, counts in self.ledger.live(window):
                    begins = fine * width(window, 60)
                    number = int((begins + 1e-6) // width(window, self.config.slices))
                    self.beside.fill(window, number, counts)
        self.audit.applies(fleet=self.fleet, sketch=self.sketch)

    @property
    def sketch(self) -> SketchStore | None:
        """The sketch that answers, or the one that runs beside the approach in force."""
        if self.fleet is not None and not self.fleet.counting.exact:
            store = self.fleet.store_of(0)
            return store if isinstance(store, SketchStore) else None
        return self.beside

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if self._moves(before):
            assert self.fleet is not None
            self.fleet.retarget(now)
            self.audit.applies(fleet=self.fleet, sketch=self.sketch)
            await self._settled()
        elif _structure(now) != _structure(before):
            self._build()
        elif self.fleet is not None:
            self.fleet.config = now
        if _beside(now) != _beside(before):
            self._build_beside()
        self._boards_of = -1

    async def _settled(self) -> None:
        """Give moves a moment, so that they are done when this returns; those of a large room go on."""
        until = self.clock.monotonic() + WITHIN
        while not await self._tidy() and self.clock.monotonic() < until:
            await self.clock.sleep(TIDY_EVERY / 4)

    def _moves(self, before: Config) -> bool:
        """Whether only hosts or copies of movable slots change."""
        now = self.config
        same = _structure(now, with_hosts=False) == _structure(before, with_hosts=False)
        movable = self.fleet is not None and self.fleet.counting.movable
        return same and movable and (now.hosts, now.replicas) != (before.hosts, before.replicas)

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if kind == "lose" and node.id.startswith("host-"):
            return f"{node.spec.label} was killed and started again: {self._lose(node)}"
        return await super().momentary(node, kind, value)

    async def fault_changed(self, node: Node) -> None:
        if node.down and node.id.startswith("host-"):
            self._say(f"{node.spec.label}: {self._lose(node)}", "error")
        if node.down and node.id.startswith("aggregator-") and self.pipeline is not None:
            again = self.pipeline.aggregators[int(node.id[-1])].die()
            self._say(f"{node.spec.label} forgot {again:,} views, which it will read again from the log")

    def _lose(self, node: Node) -> str:
        if self.fleet is None:
            return "nothing to lose"
        host = int(node.id.removeprefix("host-"))
        loss = self.fleet.lose(host)
        self.audit.killed(self.fleet, host, loss, self.clock.time())
        self._boards_of = -1
        if loss.slots_gone:
            return f"{loss.views_gone:,} views of {loss.slots_gone} slots are gone, nobody has a copy"
        return f"nothing is lost, {loss.copies} slots have a copy elsewhere"

    def _say(self, text: str, outcome: str = "ok") -> None:
        self.feed.say(text, now=self.clock.time(), outcome=outcome)

    # Count a view

    async def view(self, video: str, *, by: str = "visitor", by_hand: bool = True) -> Seen:
        """Count a view; acknowledged once it is in the log.

        `Invalid` for what cannot be an id, `TooMany` when the room holds too many videos,
        `Unavailable` when no host can count it or the log does not answer.
        """
        async with self.request("POST views", by=by, by_hand=by_hand and self._hand()) as trace:
            try:
                return await self._view(checked(video), trace, by)
            except (Unavailable, TooMany):
                self.counts.refused += 1
                raise

    async def _view(self, video: str, trace: Trace, by: str) -> Seen:
        self.nodes["gateway"].touch("view", "ok", source="visitor")
        if self.ledger.known >= self.room.quota.rows and not self.ledger.knows(video):
            raise TooMany(f"this room is full: it counts {self.ledger.known:,} different videos")
        if self.nodes["log"].down:
            raise Unavailable("the view log is down: nothing could be acknowledged", retry_after=5)
        t = self.clock.time()
        self.audit.in_flight[video] += 1
        try:
            entry, where = await self._count_and_log(video, t, by)
        finally:
            self.audit.in_flight[video] -= 1
            if not self.audit.in_flight[video]:
                del self.audit.in_flight[video]
        self._viewed(video)
        seen = Seen(entry, video, t, self.ledger.count(video, LONGEST))
        trace.sentence = f"POST views {video}: {where} → 202, {seen.views:,} in the last hour"
        return seen

    async def _count_and_log(self, video: str, t: float, by: str) -> tuple[str, str]:
        fleet = self.fleet
        places = await fleet.count(video, t, by=by) if fleet else []
        if places:
            hosts = " and ".join(str(host) for host, _ in places)
            self.decide(f"slot {places[0][1]} is on host {hosts}")
        try:
            entry = await self.nodes["log"].call(
                "append", lambda: self.log.append(video, t), source="gateway"
            )
        except BaseException:
            if fleet is not None:
                fleet.take_back(video, t, places)
            raise
        if self.beside is not None:
            self.beside.add(video, t)
        if self.fleet is not fleet and self.fleet is not None:
            await self.fleet.count(video, t, by=by)  # the hosts were exchanged meanwhile
        return entry, f"slot {places[0][1]}, {len(places)} copies, logged" if places else "logged"

    def _viewed(self, video: str) -> None:
        self.audit.saw(video)
        self.last_written = video
        self.counts.views += 1
        self.views_in.add(self.clock.monotonic())

    async def go_viral(self, video: str, *, by: str = "visitor") -> None:
        """A crowd watches this video for some seconds. `TooMany` while three crowds are under way."""
        chosen = checked(video)
        async with self.request("go viral", by=by) as trace:
            if len(self.viral) >= VIRAL_AT_ONCE and chosen not in self.viral:
                raise TooMany(f"{VIRAL_AT_ONCE} videos are going viral already; wait for one to end")
            trace.sentence = f"{title(chosen)} goes viral: {VIRAL_VIEWS} views are on their way"
            if chosen in self.viral:
                self.viral[chosen] = VIRAL_VIEWS
                return
            self.viral[chosen] = VIRAL_VIEWS
            self.supervise(f"crowd of {chosen}", partial(self._crowd, chosen))

    async def _crowd(self, video: str) -> None:
        try:
            number = 0
            while self.viral.get(video, 0) > 0:
                self.viral[video] -= 1
                number += 1
                try:
                    await self.view(video, by=f"crowd-{number % 40}", by_hand=False)
                except LabError:
                    pass  # the crowd does not come back for one view
                await self.clock.sleep(VIRAL_EVERY)
        finally:
            self.viral.pop(video, None)

    # Ask

    async def top(self, window: str = "1m", k: int = 10, *, by: str = "visitor", by_hand: bool = True) -> Top:
        """The `k` most viewed of a window. `Invalid` for another window or k; `Unavailable` when nobody knows."""
        if window not in WINDOWS:
            raise Invalid(f"window is one of {', '.join(WINDOWS)}", field="window")
        if not 1 <= k <= MOST:
            raise Invalid(f"k is from 1 to {MOST}", field="k")
        async with self.request("GET top-videos", by=by, by_hand=by_hand and self._hand()) as trace:
            self.nodes["gateway"].touch("top", "ok", source="visitor")
            began = self.clock.monotonic()
            try:
                found = await self._top(window, k, source="gateway")
            except Unavailable:
                self.counts.refused += 1
                raise
            self._answered(began, found)
            kind = "exact" if found.exact else f"estimated, at most {found.error_bound:,.0f} too large"
            first = found.items[0].video_id if found.items else "nothing"
            trace.sentence = f"GET top-videos {window}: {found.read:,} entries merged → {first} first, {kind}"
            return found

    def _answered(self, began: float, found: Top) -> None:
        now = self.clock.monotonic()
        self.query_ms.add(now, (now - began) * 1000)
        self.answers.add(now)
        self.counts.queries += 1
        self.counts.read += found.read

    async def _top(self, window: str, k: int, *, source: str) -> Top:
        now = self.clock.time()
        fleet, pipeline = self.fleet, self.pipeline
        if pipeline is not None:
            ranking, as_of = await pipeline.ranking(window, k)
            return _answer(window, k, ranking, as_of=as_of or now, read=len(ranking))
        assert fleet is not None
        merged = await self.nodes["merger"].call(
            "top", lambda: fleet.query(window, k, self.clock.time()), source=source
        )
        if merged.missing:
            self.decide(f"{merged.missing} of {fleet.slots} slots did not answer")
        store = None if fleet.counting.exact else fleet.store_of(0)
        bound, chance = 0.0, 0.0
        if isinstance(store, SketchStore):
            bound, chance = store.error_bound(window), store.shape.empty().delta
        return _answer(
            window,
            k,
            merged.ranking,
            exact=store is None,
            error_bound=bound,
            error_chance=chance,
            as_of=now,
            missing=merged.missing,
            slots=fleet.slots,
            read=merged.read,
        )

    async def look(self, video: str, *, by: str = "visitor") -> int:
        """Ask the sketch for one video, and show the cells it reads. `Unavailable` when no sketch runs."""
        chosen = checked(video)
        async with self.request("look up", by=by) as trace:
            if self.sketch is None:
                raise Unavailable("no sketch runs: choose it, or switch the comparison on")
            self.looked = chosen
            estimate = self.sketch.count(chosen, LONGEST)
            trace.sentence = f"the sketch says {estimate:,} views of {title(chosen)} in the last hour"
            return estimate

    # Beside the requests

    async def refresh(self) -> None:
        """Answer the three leaderboards again if there was a view, or once a second while views age."""
        now = self.clock.time()
        self.ledger.roll(now)
        if not self.ledger.known or (self._boards_of == self.counts.views and self._rounds % 4):
            self._rounds += 1
            if not self.ledger.known:
                self.boards.clear()
            return
        self._rounds += 1
        self._boards_of = self.counts.views
        try:
            for window in WINDOWS:
                self.boards[window] = await self._board(window)
            self.trouble = ""
        except LabError as error:
            self.trouble = error.detail
        self._weigh()

    async def _board(self, window: str) -> Board:
        began = self.clock.monotonic()
        found = await self._top(window, self.config.k, source="gateway")
        ranking: Ranking = [(one.video_id, one.views) for one in found.items]
        answer = {
            "exact": found.exact,
            "bound": found.error_bound,
            "as_of": found.as_of,
            "missing": found.missing,
            "read": found.read,
            "ms": (self.clock.monotonic() - began) * 1000,
        }
        return beside_truth(
            answer,
            ranking,
            self.ledger,
            window=window,
            k=self.config.k,
            under_way=self.audit.in_flight,
        )

    def _weigh(self) -> None:
        """Memory of every host, now and then: adding it up takes a moment."""
        if self._rounds % SORTED_EVERY:
            return
        if self.fleet is not None:
            self.memory = {
                host: sum(store.nbytes for _, store in self.fleet.held_by(host))
                for host in sorted({one for one, _ in self.fleet.stores})
            }
        self.exact_bytes = self.ledger.nbytes

    async def _audit(self) -> None:
        now = self.clock.time()
        touched = bool(self.audit.touched)
        if self.pipeline is not None:
            self.audit.conserved(self.pipeline, now)
        if touched and self.fleet is not None and self.fleet.counting.exact:
            self._sorted(self.fleet, now)
        if touched and self.pipeline is not None:
            self._published()
        self.audit.round(fleet=self.fleet, sketch=self.sketch, now=now)

    def _sorted(self, fleet: Fleet, now: float) -> None:
        if sum(store.known for store in fleet.current()) > FULL_SORT_UP_TO:
            return
        answer, full, counts = fleet.answer_and_sort("1m", self.config.k, now)
        self.audit.sorted_right(answer, full, counts=counts, now=now)

    def _published(self) -> None:
        assert self.pipeline is not None
        counts = dict(self.pipeline.store.pairs("1m"))
        full = sorted(counts.items(), key=lambda one: -one[1])[: self.config.k]
        answer = self.pipeline.store.top("1m", self.config.k)
        self.audit.sorted_right(answer, full, counts=counts, now=self.clock.time())

    async def _tidy(self) -> bool:
        """One step of moves and repairs, one at a time; whether all is in its place."""
        async with self._tidying:
            return self.fleet is None or await self.fleet.tidy()

    async def _step(self) -> None:
        if self.pipeline is None:
            return
        if self.pipeline.quiet():
            self.pipeline.skip(self.clock.time())
        else:
            await self.pipeline.step(self.clock.time())

    # Workloads

    async def perform(self, operation: Operation) -> Any:
        args = operation.args
        if operation.verb == "top":
            return await self.top(args["window"], args["k"], by=operation.actor, by_hand=False)
        if operation.verb == "viral":
            return await self.go_viral(args["video"], by=operation.actor)
        if operation.verb == "look":
            return await self.look(args["video"], by=operation.actor)
        return await self.view(self._video(args), by=operation.actor, by_hand="video" in args)

    def _video(self, args: Mapping[str, Any]) -> str:
        if "video" in args:
            return str(args["video"])
        if "hot" in args:
            return video_id(1 + args["hot"] % self.config.videos)
        skew = 0.0 if args.get("flat") else self.config.skew
        return pick(args["u"], videos=self.config.videos, skew=skew)

    async def honours(self, answer: Any) -> bool:
        if not isinstance(answer, Mapping) or "view_id" not in answer:
            return True  # a ranking promised nothing that lasts
        if self.clock.time() - answer["at"] > WINDOWS[LONGEST] - 2 * width(LONGEST, 60):
            return True  # its hour is over
        counted = self.ledger.count(answer["video_id"], LONGEST) >= answer["views"]
        return counted and await self.log.has(answer["view_id"])

    # Showing

    def tallies(self) -> tuple[Tally, ...]:
        sketch, board, fleet = self.sketch, self.boards.get("1m"), self.fleet
        held = sum(self.memory.values()) / 1024 if fleet else 0.0
        per_query = self.counts.read / max(1, self.counts.queries)
        recall = 100 * board.errors.recall if board else 0.0
        age = self.clock.time() - board.as_of if board else 0.0
        return (
            Tally("memory", "Memory of all hosts", "KiB", round(held, 1)),
            Tally("read", "Entries merged per question", "entries", round(per_query, 1)),
            Tally("recall", "Recall of the last minute's top k", "%", round(recall, 1), "more"),
            Tally("max_error", "Largest error shown", "views", float(board.errors.largest if board else 0)),
            Tally("late", "Age of the answer", "s", round(age, 2)),
            Tally("lost", "Views that died with a host", "views", float(fleet.lost_views if fleet else 0)),
            Tally("moved", "Counters copied in moves", "counters", float(fleet.moves.counts if fleet else 0)),
            Tally(
                "sketch",
                "Memory of the sketch",
                "KiB",
                round(sketch.nbytes / 1024, 1) if sketch else 0.0,
                "same",
            ),
        )

    def _hand(self) -> bool:
        """Whether this may be somebody's hand: no hand makes more than 20 requests a second."""
        second = int(self.clock.monotonic())
        if second != self._hand_second:
            self._hand_second, self._hand_lines = second, 0
        self._hand_lines += 1
        return self._hand_lines <= HAND_LINES_PER_SECOND

    def snapshot(self) -> Snapshot:
        return picture(self)


def _answer(
    window: str,
    k: int,
    ranking: Ranking,
    *,
    as_of: float,
    read: int,
    exact: bool = True,
    error_bound: float = 0.0,
    error_chance: float = 0.0,
    missing: int = 0,
    slots: int = 0,
) -> Top:
    items = tuple(
        Place(place, video, title(video), views) for place, (video, views) in enumerate(ranking, start=1)
    )
    return Top(window, k, items, exact, error_bound, error_chance, as_of, missing, slots, read)


def _structure(config: Config, *, with_hosts: bool = True) -> tuple[object, ...]:
    """What a change of makes new hosts, or a new pipeline, necessary."""
    sketch = config.shape if config.counting == "sketch" else None
    batch = config.flush_s if config.counting == "batch" else 0
    hosts = (config.hosts, config.replicas) if with_hosts else ()
    return config.counting, config.sliding, sketch, batch, hosts


def _beside(config: Config) -> tuple[object, ...]:
    return config.overlay, config.counting, config.sliding, config.shape
