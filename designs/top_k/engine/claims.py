"""What must hold, checked against the ledger while the system runs."""

from __future__ import annotations

from collections.abc import Mapping

from designs.top_k.config import Config
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.fleet import Fleet
from designs.top_k.engine.ingestion import CHECKED_AT_ONCE, Ingestion
from designs.top_k.engine.layout import copies_of, host_count
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.engine.slots import HostLoss
from designs.top_k.engine.stores import Ranking, SketchStore
from designs.top_k.engine.videos import title
from designs.top_k.engine.windows import LONGEST, WINDOWS, slice_seconds
from sdlab.lab import Claim, EngineContext, EvidenceView

CLAIMS = (
    Claim("counted_once", "Every acknowledged view is counted, and counted once"),
    Claim("nothing_lost", "With two copies or more, a killed host takes no view with it"),
    Claim("exact_is_sorted", "An exact top-k is the first k of all counts, sorted"),
    Claim("sketch_never_under", "The sketch never counts fewer views than there were"),
    Claim("sketch_constant", "The sketch's memory does not grow with traffic"),
)
FULL_SORT_UP_TO = 30_000
ALSO_CHECKED = 20
STEPS_SHOWN = 6


class ClaimChecker:
    """Looks at the videos that were viewed since the last check; a difference is reported once, when it grows."""

    def __init__(
        self, context: EngineContext[Config], ledger: Ledger, approach: Approach, ingestion: Ingestion
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._approach = approach
        self._ingestion = ingestion
        self._gaps: dict[str, int] = {}
        self._conserved = True
        approach.exchanged.connect(self._begin_anew)

    def _begin_anew(self) -> None:
        """Say which claims apply to the approach in force."""
        monitors, approach = self._context.monitors, self._approach
        monitors["counted_once"].applies = monitors["exact_is_sorted"].applies = approach.exact
        copied = approach.fleet is not None and copies_of(self._context.config) > 1
        monitors["nothing_lost"].applies = copied
        sketched = approach.sketch is not None
        monitors["sketch_never_under"].applies = monitors["sketch_constant"].applies = sketched
        self._gaps.clear()

    async def check(self) -> None:
        """One round over everything that has happened since the last one."""
        fleet, pipeline = self._approach.fleet, self._approach.pipeline
        if pipeline is not None:
            self.check_conserved(pipeline)
        if self._ingestion.unchecked and fleet is not None and fleet.exact:
            self.check_sorted(fleet)
        if self._ingestion.unchecked and pipeline is not None:
            self._check_published(pipeline)
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
        if sketch is not None:
            sketch.roll(now)
            popular = [video for video, _ in self._ledger.top(LONGEST, ALSO_CHECKED)]
            self._check_never_under(sketch, [*videos, *popular])
            self._check_constant(sketch)

    def _check_counted_once(self, fleet: Fleet, videos: list[str]) -> None:
        begins = fleet.slots.first_begins(LONGEST)
        for video in videos:
            held = fleet.slots.count_of(video, LONGEST)
            if held is None:
                continue
            acknowledged = self._ledger.count_since(video, LONGEST, begins)
            gap = abs(acknowledged - held)
            if gap <= self._gaps.get(video, 0):
                self._context.monitors["counted_once"].passed()
                continue
            self._gaps[video] = gap
            found = f"{title(video)}: the hosts count {held:,}, {acknowledged:,} were acknowledged"
            steps = fleet.counting.steps.of(video)[-STEPS_SHOWN:]
            self._violated("counted_once", ("claim checker", found), steps=steps)

    def _check_never_under(self, sketch: SketchStore, videos: list[str]) -> None:
        begins = sketch.first_slice(LONGEST) * slice_seconds(LONGEST, sketch.slices)
        for video in videos:
            if self._ingestion.in_flight[video]:
                continue
            estimate = sketch.count(video, LONGEST)
            acknowledged = self._ledger.count_since(video, LONGEST, begins)
            if estimate >= acknowledged:
                self._context.monitors["sketch_never_under"].passed()
                continue
            cells = ", ".join(map(str, sketch.cells(video)))
            self._violated(
                "sketch_never_under",
                ("ledger", f"{acknowledged:,} views of {title(video)} were acknowledged"),
                ("sketch", f"cells {cells} say {estimate:,}"),
            )

    def _check_constant(self, sketch: SketchStore) -> None:
        shape = sketch.shape
        planned = 4 * shape.width * shape.depth * sketch.slices * len(WINDOWS)
        if sketch.nbytes == planned:
            self._context.monitors["sketch_constant"].passed()
        else:
            self._violated(
                "sketch_constant", ("plan", f"{planned:,} bytes"), ("sketch", f"{sketch.nbytes:,} bytes")
            )

    def check_conserved(self, pipeline: Pipeline) -> None:
        """Batch: what is published, in files and in memory must be what was read from the log."""
        logged = sum(one.read for one in pipeline.aggregators)
        accounted = pipeline.counted + pipeline.files.waiting + pipeline.held
        if not logged:
            return
        if logged == accounted:
            self._context.monitors["counted_once"].passed()
            self._conserved = True
        elif self._conserved:
            self._conserved = False
            self._violated(
                "counted_once",
                ("log", f"{logged:,} views were read"),
                ("batch", f"{accounted:,} are counted, in files or in memory"),
            )

    # Order

    def check_sorted(self, fleet: Fleet) -> None:
        """The merged answer of the last minute beside a full sort, where that is affordable."""
        if sum(store.known for store in fleet.slots.current()) > FULL_SORT_UP_TO:
            return
        found = fleet.merger.answer_and_sort("1m", self._context.config.k)
        self._check_order(found.answer, found.full, found.counts)

    def _check_published(self, pipeline: Pipeline) -> None:
        k, counts = self._context.config.k, dict(pipeline.counts.pairs("1m"))
        full = sorted(counts.items(), key=lambda one: -one[1])[:k]
        self._check_order(pipeline.counts.top("1m", k), full, counts)

    def _check_order(self, answer: Ranking, full: Ranking, counts: Mapping[str, int]) -> None:
        """Equal counts may come in any order."""
        same = [count for _, count in answer] == [count for _, count in full]
        if same and all(counts.get(video) == count for video, count in answer):
            self._context.monitors["exact_is_sorted"].passed()
            return
        pairs = enumerate(zip(answer, full, strict=False))
        at = next((n for n, (one, other) in pairs if one[1] != other[1]), len(answer))
        self._violated(
            "exact_is_sorted",
            ("merger", f"rank {at + 1}: {_shown(answer, at)}"),
            ("full sort", f"rank {at + 1}: {_shown(full, at)}"),
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
        whose, held, acknowledged = missing[0] if missing else ("its slots", 0, loss.views_gone)
        self._violated(
            "nothing_lost",
            (f"host {host}", f"killed; {loss.copies} of its slots have a copy elsewhere"),
            ("hosts left", f"{held:,} of {acknowledged:,} views of {whose}"),
        )

    def _missing(self, fleet: Fleet) -> list[tuple[str, int, int]]:
        """Popular videos of which fewer views are held than were acknowledged: title, held, acknowledged."""
        begins, missing = fleet.slots.first_begins(LONGEST), []
        for video, _ in self._ledger.top(LONGEST, CHECKED_AT_ONCE):
            held = fleet.slots.count_of(video, LONGEST)
            acknowledged = self._ledger.count_since(video, LONGEST, begins)
            if held is None or self._ingestion.in_flight[video]:
                continue
            if held + self._gaps.get(video, 0) < acknowledged:
                missing.append((title(video), held, acknowledged))
        return missing

    def _violated(self, claim: str, *found: tuple[str, str], steps: list[EvidenceView] | None = None) -> None:
        now = self._context.clock.time()
        evidence = [EvidenceView(now, actor, text) for actor, text in found]
        self._context.monitors[claim].violated([*(steps or ()), *evidence])


def _shown(ranking: Ranking, at: int) -> str:
    """What stands at a rank, from 0."""
    if at >= len(ranking):
        return "nothing"
    video, views = ranking[at]
    return f"{title(video)}, {views:,} views"
