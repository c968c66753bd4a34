"""What must hold, checked against the log, the rows and the copies while the system runs."""

from __future__ import annotations

from collections.abc import Mapping

from designs.top_k.config import Config
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.fleet import Fleet
from designs.top_k.engine.ingestion import CHECKED_AT_ONCE, Ingestion
from designs.top_k.engine.layout import copies_of, host_count, slices_of
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.engine.published_counts import PublishedCounts
from designs.top_k.engine.rankings import STORED
from designs.top_k.engine.slots import HostLoss
from designs.top_k.engine.stores import Ranking, SketchStore
from designs.top_k.engine.videos import title
from designs.top_k.engine.windows import LONGEST, slice_seconds
from sdlab.lab import Claim, EngineContext, EvidenceView, amount, cause_step, read_step

CLAIMS = (
    Claim("counted_once", "each view counted once", "Every acknowledged view is counted, and counted once"),
    Claim("nothing_lost", "no view lost", "With two copies or more, a killed host takes no view with it"),
    Claim("exact_is_sorted", "exact top k is sorted", "An exact top-k is the first k of all counts, sorted"),
    Claim("sketch_never_under", "sketch never under", "The sketch never counts fewer views than there were"),
    Claim("sketch_constant", "sketch stays as large", "The sketch's memory does not grow with traffic"),
)
FULL_SORT_UP_TO = 30_000
ALSO_CHECKED = 20


class ClaimChecker:
    """Looks at the videos that were viewed since the last check; a difference is reported once, when it grows."""

    def __init__(
        self,
        context: EngineContext[Config],
        ledger: Ledger,
        approach: Approach,
        ingestion: Ingestion,
        published: PublishedCounts,
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._approach = approach
        self._ingestion = ingestion
        self._published = published
        self._gaps: dict[str, int] = {}
        approach.exchanged.connect(self._begin_anew)

    def _begin_anew(self) -> None:
        """Say which claims apply to the approach in force."""
        monitors, approach, config = self._context.monitors, self._approach, self._context.config
        monitors["counted_once"].applies = monitors["exact_is_sorted"].applies = approach.exact
        self._say_what_copies_promise()
        sketched = approach.sketch is not None
        monitors["sketch_never_under"].applies = monitors["sketch_constant"].applies = sketched
        self._gaps.clear()
        self._published.begin_anew(slices_of(config))

    def _say_what_copies_promise(self) -> None:
        """Copies that lose views of their own are another claim's matter."""
        config = self._context.config
        copied = self._approach.fleet is not None and copies_of(config) > 1
        self._context.monitors["nothing_lost"].applies = copied and config.counters == "atomic"

    async def check(self) -> None:
        """One round over everything that has happened since the last one."""
        fleet, pipeline = self._approach.fleet, self._approach.pipeline
        self._say_what_copies_promise()
        if pipeline is not None:
            await self.check_published(pipeline)
        if self._ingestion.unchecked and fleet is not None and fleet.exact:
            self.check_sorted(fleet)
        self.check_counts()

    # Counts

    def check_counts(self) -> None:
        """Compare what was viewed with what hosts and sketch count; checks nothing when nothing was."""
        now = self._context.clock.time()
        fleet, sketch = self._approach.fleet, self._approach.sketch
        self._ledger.roll(now)
        videos = [video for video in self._ingestion.unchecked if not self._ingestion.in_flight[video]]
        self._ingestion.unchecked -= set(videos)
        if not videos:
            return
        if fleet is not None:
            fleet.slots.roll(now)
            if fleet.exact:
                self._check_counted_once(fleet, videos)
            self._check_copies(fleet, videos)
        if sketch is not None and (fleet is None or not fleet.slots.lacks(0, LONGEST) or fleet.exact):
            sketch.roll(now)
            popular = [video for video, _ in self._ledger.top(LONGEST, ALSO_CHECKED)]
            self._check_never_under(sketch, [*videos, *popular])
        if sketch is not None:
            self._check_constant(sketch)

    def _check_counted_once(self, fleet: Fleet, videos: list[str]) -> None:
        begins = fleet.slots.first_begins(LONGEST)
        for video in videos:
            held = fleet.slots.count_of(video, LONGEST)
            if held is None:
                continue
            logged = self._ledger.count_since(video, LONGEST, begins)
            gap = abs(logged - held)
            if gap <= self._gaps.get(video, 0):
                self._context.monitors["counted_once"].passed()
                continue
            self._gaps[video] = gap
            self._violated(
                "counted_once",
                [
                    *fleet.counting.steps.of(video),
                    self._seen("log", f"read the views of {title(video)}", f"{logged:,}"),
                    self._seen("hosts", f"read the counter of {title(video)}", f"{held:,}", lost=True),
                ],
            )

    def _check_copies(self, fleet: Fleet, videos: list[str]) -> None:
        """Whoever dies now: every other copy that is up to date has counted the same."""
        slots, monitor = fleet.slots, self._context.monitors["nothing_lost"]
        if not monitor.applies:
            return
        for video in videos:
            slot = slots.slot_of(video)
            for one in range(slots.total) if slot is None else (slot,):
                held = slots.copies_of(one, video, LONGEST)
                if len(held) < 2:
                    continue
                if len(set(held.values())) == 1:
                    monitor.passed()
                    continue
                self._violated(
                    "nothing_lost",
                    [
                        self._seen(
                            f"host {host}",
                            f"read its copy of {title(video)}",
                            f"{count:,}",
                            lost=count < max(held.values()),
                        )
                        for host, count in held.items()
                    ],
                )

    def _check_never_under(self, sketch: SketchStore, videos: list[str]) -> None:
        begins = sketch.first_slice(LONGEST) * slice_seconds(LONGEST, sketch.slices)
        for video in videos:
            if self._ingestion.in_flight[video]:
                continue
            estimate = sketch.count(video, LONGEST)
            logged = self._ledger.count_since(video, LONGEST, begins)
            if estimate >= logged:
                self._context.monitors["sketch_never_under"].passed()
                continue
            cells = ", ".join(map(str, sketch.cells(video)))
            self._violated(
                "sketch_never_under",
                [
                    self._seen("log", f"read the views of {title(video)}", f"{logged:,}"),
                    self._seen("sketch", f"read the least of cells {cells}", f"{estimate:,}", lost=True),
                ],
            )

    def _check_constant(self, sketch: SketchStore) -> None:
        """All of it, heaps included, takes no more than its shape says."""
        takes, most = sketch.nbytes, sketch.most_bytes
        if takes <= most:
            self._context.monitors["sketch_constant"].passed()
            return
        self._violated(
            "sketch_constant",
            [
                self._seen("plan", "what the shape allows at most", f"{most:,} bytes"),
                self._seen("sketch", "what sketches and heaps take", f"{takes:,} bytes", lost=True),
            ],
        )

    # What the batch has published

    async def check_published(self, pipeline: Pipeline) -> None:
        """The rows beside the views that came, counted when they were acknowledged; and in their order."""
        began = self._context.clock.time()
        published = pipeline.published
        hour, as_of = await pipeline.rankings.read(LONGEST, STORED)
        for one in self._published.compared(dict(hour), as_of or published):
            if one.holds:
                self._context.monitors["counted_once"].passed()
            else:
                self._violated(
                    "counted_once",
                    [
                        self._seen("viewers", f"viewed {title(one.video)}, {one.when}", one.wanted),
                        self._seen(
                            "rows", f"read {title(one.video)}", f"{one.rows:,}", lost=True, began=began
                        ),
                    ],
                )
        if self._ingestion.unchecked:
            self._check_order(*await pipeline.published_beside("1m", self._context.config.k))

    # Order

    def check_sorted(self, fleet: Fleet) -> None:
        """The merged answer of the last minute beside a full sort, where that is affordable."""
        if sum(store.known for store in fleet.slots.current()) > FULL_SORT_UP_TO:
            return
        found = fleet.merger.answer_and_sort("1m", self._context.config.k)
        self._check_order(found.answer, found.full, found.counts)

    def _check_order(self, answer: Ranking, full: Ranking, counts: Mapping[str, int]) -> None:
        """Equal counts may come in any order."""
        same = [count for _, count in answer] == [count for _, count in full]
        if same and all(counts.get(video) == count for video, count in answer):
            self._context.monitors["exact_is_sorted"].passed()
            return
        pairs = enumerate(zip(answer, full, strict=False))
        at = next((n for n, (one, other) in pairs if one != other), min(len(answer), len(full)))
        self._violated(
            "exact_is_sorted",
            [
                self._seen("full sort", f"rank {at + 1} of all counts", _shown(full, at)),
                self._seen("answer", f"rank {at + 1} of what was answered", _shown(answer, at), lost=True),
            ],
        )

    # Losses

    def check_loss(self, fleet: Fleet, host: int, loss: HostLoss) -> None:
        """A host lost its memory: with copies, what the others hold must be what was acknowledged."""
        copies = copies_of(self._context.config)
        if copies < 2 or not (loss.copies or loss.slots_gone):
            return
        others = (one for one in range(host_count(self._context.config)) if one != host)
        if loss.slots_gone and sum(not fleet.slots.up(one) for one in others) >= copies - 1:
            return  # more hosts have died at once than there are spare copies
        missing = self._missing(fleet)
        if not loss.slots_gone and not missing:
            self._context.monitors["nothing_lost"].passed()
            return
        whose, held, logged = missing[0] if missing else ("its slots", 0, loss.views_gone)
        killed = f"killed; {loss.copies} of its slots have a copy elsewhere"
        self._violated(
            "nothing_lost",
            [
                cause_step(f"host {host}", killed, self._context.clock.time()),
                self._seen("log", f"read the views of {whose}", f"{logged:,}"),
                self._seen("hosts left", f"read the views of {whose}", f"{held:,}", lost=True),
            ],
        )

    def _missing(self, fleet: Fleet) -> list[tuple[str, int, int]]:
        """Popular videos of which fewer views are held than were acknowledged: title, held, acknowledged."""
        begins, missing = fleet.slots.first_begins(LONGEST), []
        for video, _ in self._ledger.top(LONGEST, CHECKED_AT_ONCE):
            held = fleet.slots.count_of(video, LONGEST)
            logged = self._ledger.count_since(video, LONGEST, begins)
            if held is None or self._ingestion.in_flight[video]:
                continue
            if held + self._gaps.get(video, 0) < logged:
                missing.append((title(video), held, logged))
        return missing

    def _seen(
        self, actor: str, text: str, saw: str, *, lost: bool = False, began: float | None = None
    ) -> EvidenceView:
        now = self._context.clock.time()
        return read_step(actor, text, now if began is None else began, now, saw=saw, lost=lost)

    def _violated(self, claim: str, steps: list[EvidenceView]) -> None:
        self._context.monitors[claim].violated(steps)


def _shown(ranking: Ranking, at: int) -> str:
    """What stands at a rank, from 0."""
    if at >= len(ranking):
        return "nothing"
    video, views = ranking[at]
    return f"{title(video)}, {amount(views, 'view')}"
