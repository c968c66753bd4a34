"""Top-k at work in one room: count a view, answer with the most viewed, whatever happens to the hosts."""

from __future__ import annotations

from functools import partial

from designs.top_k.config import Config
from designs.top_k.engine.answers import TopAnswer, TopAnswers
from designs.top_k.engine.approach import STEP_EVERY, Approach
from designs.top_k.engine.checkpoints import Checkpoints
from designs.top_k.engine.claims import CLAIMS, ClaimChecker
from designs.top_k.engine.counters import Counters
from designs.top_k.engine.failures import Failures
from designs.top_k.engine.ingestion import AcceptedView, Ingestion
from designs.top_k.engine.leaderboards import Leaderboards
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.nodes import FLOWS, GATEWAY, host_of, partition_of_node, plan
from designs.top_k.engine.published_counts import PublishedCounts
from designs.top_k.engine.store_reader import StoreReader
from designs.top_k.engine.strategies import SIZINGS
from designs.top_k.engine.videos import checked, title
from designs.top_k.engine.view_log import ViewLog
from designs.top_k.engine.viral import VIEWS, ViralSpikes
from designs.top_k.engine.windows import LONGEST, WINDOWS
from sdlab.lab import Engine, Invalid, Node, NodeSpec, Room, Unavailable, amount

MOST = 100
BOARDS_EVERY = 0.25
CHECK_EVERY = 0.5
PIPELINE_EVERY = 0.2
CHECKPOINT_EVERY = 10.0


class TopK(Engine[Config]):
    """Views are in the log for good; hosts, sketch and ledger are in memory and counted again from it."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self.ledger = Ledger()
        self.log = ViewLog(context, self.ledger)
        self.checkpoints = Checkpoints(context, self.ledger, self.log)
        self.approach = Approach(context, self.ledger, self.log)
        published = PublishedCounts(context, self.ledger)
        self.ingestion = Ingestion(
            context, self.ledger, self.log, self.approach, self.counters, published=published
        )
        self.answers = TopAnswers(context, self.approach)
        self.leaderboards = Leaderboards(context, self.ledger, self.approach, self.ingestion, self.answers)
        self.checker = ClaimChecker(context, self.ledger, self.approach, self.ingestion, published)
        self.failures = Failures(context, self.approach, self.checker, self.leaderboards)
        self.spikes = ViralSpikes(context)
        self.reader = StoreReader(context, self.log, self.checkpoints)
        self.looked_up = ""

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Verbs

    async def view(self, video: str) -> AcceptedView:
        """Count a view; acknowledged once it is in the log.

        `Invalid` for what cannot be an id, `TooMany` when the room holds too many videos,
        `Unavailable` when no host can count it or the log does not answer.
        """
        async with self.request("POST views") as trace:
            chosen = checked(video)
            with self.counters.refusals():
                self.node(GATEWAY).touch("view", "ok", source="visitor")
                accepted = await self.ingestion.take(chosen)
            where, views = accepted.where, accepted.views
            trace.sentence = f"POST views {title(chosen)}: {where} → 202, {views:,} in the last hour"
            return accepted

    async def top(self, window: str = "1m", k: int = 10) -> TopAnswer:
        """The `k` most viewed of a window. `Invalid` for another window or k; `Unavailable` when nobody knows."""
        if window not in WINDOWS:
            raise Invalid(f"window is one of {', '.join(WINDOWS)}", field="window")
        if not 1 <= k <= MOST:
            raise Invalid(f"k is from 1 to {MOST}", field="k")
        async with self.request("GET top-videos") as trace:
            began = self.clock.monotonic()
            with self.counters.refusals():
                self.node(GATEWAY).touch("top", "ok", source="visitor")
                found = await self.answers.answer(window, k)
            self.counters.answered(began, self.clock.monotonic(), read=found.read)
            kind = "exact" if found.exact else f"estimated, at most {found.error_bound:,.0f} too large"
            kind = "partial" if found.partial else kind
            entries = amount(found.read, "entry", "entries")
            first = found.items[0].title if found.items else "nothing"
            trace.sentence = f"GET top-videos {window}: {entries} merged → {first} first, {kind}"
            return found

    async def go_viral(self, video: str) -> None:
        """Many watch this video for some seconds. `TooMany` while three others are going viral."""
        chosen = checked(video)
        async with self.request("go viral") as trace:
            if self.spikes.start(chosen):
                self.supervise(f"viral spike of {chosen}", partial(self.spikes.run, chosen, self.view))
            trace.sentence = f"{title(chosen)} goes viral: {VIEWS} views are on their way"

    async def look(self, video: str) -> int:
        """Ask the sketch for one video, and show the cells it reads. `Unavailable` when no sketch runs."""
        chosen = checked(video)
        async with self.request("look up") as trace:
            sketch = self.approach.sketch
            if sketch is None:
                raise Unavailable("no sketch runs: choose it, or switch the comparison on")
            self.looked_up = chosen
            estimate = sketch.count(chosen, LONGEST)
            sizing = SIZINGS[self.config.sizing]
            sizing.explain(self.decide, sketch.shape.width, sketch.slices * len(WINDOWS))
            self.decide(f"the least of {len(sketch.cells(chosen))} cells, slice by slice, is {estimate:,}")
            trace.sentence = f"the sketch says {amount(estimate, 'view')} of {title(chosen)} in the last hour"
            return estimate

    # Life

    async def open(self) -> None:
        self.counters.replayed = await self.checkpoints.restore()
        self.approach.build()
        self.every("leaderboards", BOARDS_EVERY, self.leaderboards.refresh)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)
        self.every("moves and repairs", STEP_EVERY, self.approach.step_moves)
        self.every("batch pipeline", PIPELINE_EVERY, self.approach.step_batch)
        self.every("checkpoints", CHECKPOINT_EVERY, self.checkpoint)

    async def close(self) -> None:
        await super().close()
        await self.ingestion.settled()
        await self.log.settled()

    async def checkpoint(self) -> int:
        """Store what has changed since the last time, so that the next start reads little of the log."""
        return await self.checkpoints.save(read_to=self.approach.read_to())

    async def reconfigure(self, before: Config) -> None:
        await self.approach.reconfigure(before)
        self.leaderboards.expire()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        host = host_of(node.id)
        if kind == "lose" and host is not None:
            return f"{node.spec.label} was killed and started again: {self.failures.host_died(host)}"
        return await super().momentary(node, kind, value)

    async def fault_changed(self, node: Node) -> None:
        host, partition = host_of(node.id), partition_of_node(node.id)
        if node.down and host is not None:
            self.context.say(f"{node.spec.label}: {self.failures.host_died(host)}", outcome="error")
        if node.down and partition is not None:
            self.failures.aggregator_died(partition)
