"""Checks the claims while the system runs, against the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from designs.top_k.fleet import Fleet, Loss
from designs.top_k.ledger import Ledger, width
from designs.top_k.pipeline import Pipeline
from designs.top_k.stores import LONGEST, WINDOWS, Ranking, SketchStore
from sdlab.lab import Claim, Monitor
from sdlab.lab.snapshot import EvidenceView

CLAIMS = (
    Claim("counted_once", "Every acknowledged view is counted, and counted once"),
    Claim("nothing_lost", "With two copies or more, a killed host takes no view with it"),
    Claim("exact_is_sorted", "An exact top-k is the first k of all counts, sorted"),
    Claim("sketch_never_under", "The sketch never counts fewer views than there were"),
    Claim("sketch_constant", "The sketch's memory does not grow with traffic"),
)
CHECKED_AT_ONCE = 150
FULL_SORT_UP_TO = 30_000


class Audit:
    """Remembers which videos were viewed since it looked last, and which differences it has told of."""

    def __init__(self, monitors: Mapping[str, Monitor], ledger: Ledger) -> None:
        self._monitors = monitors
        self._ledger = ledger
        self.touched: set[str] = set()
        self.in_flight: Counter[str] = Counter()
        self._gaps: dict[str, int] = {}
        self._conserved = True

    def applies(self, *, fleet: Fleet | None, sketch: SketchStore | None) -> None:
        """Which claims say something about the configuration in force."""
        exact = fleet is None or fleet.counting.exact
        self._monitors["counted_once"].applies = exact
        self._monitors["exact_is_sorted"].applies = exact
        self._monitors["nothing_lost"].applies = fleet is not None and fleet.config.copies > 1
        self._monitors["sketch_never_under"].applies = sketch is not None
        self._monitors["sketch_constant"].applies = sketch is not None
        self._gaps.clear()

    def saw(self, video: str) -> None:
        """A view of this video was counted."""
        if len(self.touched) < CHECKED_AT_ONCE:
            self.touched.add(video)

    def round(self, *, fleet: Fleet | None, sketch: SketchStore | None, now: float) -> None:
        """Check what was touched; checks nothing when nothing was."""
        self._ledger.roll(now)
        touched = [video for video in self.touched if not self.in_flight[video]]
        self.touched -= set(touched)
        if not touched:
            return
        if fleet is not None:
            fleet.roll(now)
            if fleet.counting.exact:
                self._counted_once(fleet, touched, now)
        if sketch is not None:
            sketch.roll(now)
            self._never_under(sketch, [*touched, *(video for video, _ in self._ledger.top(LONGEST, 20))], now)
            self._constant(sketch, now)

    def _counted_once(self, fleet: Fleet, videos: list[str], now: float) -> None:
        monitor = self._monitors["counted_once"]
        begins = fleet.first_begins(LONGEST)
        for video in videos:
            held = fleet.holding(video, LONGEST)
            if held is None:
                continue
            there = self._ledger.count_since(video, LONGEST, begins)
            gap = there - held
            if abs(gap) <= self._gaps.get(video, 0):
                monitor.hold()
                continue
            self._gaps[video] = abs(gap)
            told = f"{video}: the hosts count {held:,}, {there:,} were acknowledged"
            monitor.broke([*fleet.steps(video)[-6:], EvidenceView(now, "audit", told)])

    def _never_under(self, sketch: SketchStore, videos: list[str], now: float) -> None:
        monitor = self._monitors["sketch_never_under"]
        begins = sketch.first_slice(LONGEST) * width(LONGEST, sketch.slices)
        for video in videos:
            if self.in_flight[video]:
                continue
            estimate = sketch.count(video, LONGEST)
            there = self._ledger.count_since(video, LONGEST, begins)
            if estimate >= there:
                monitor.hold()
            else:
                cells = ", ".join(map(str, sketch.cells(video)))
                monitor.broke(
                    [
                        EvidenceView(now, "ledger", f"{there:,} views of {video} were acknowledged"),
                        EvidenceView(now, "sketch", f"cells {cells} say {estimate:,}"),
                    ]
                )

    def _constant(self, sketch: SketchStore, now: float) -> None:
        shape = sketch.shape
        planned = 4 * shape.width * shape.depth * sketch.slices * len(WINDOWS)
        monitor = self._monitors["sketch_constant"]
        if sketch.nbytes == planned:
            monitor.hold()
        else:
            monitor.broke(
                [
                    EvidenceView(now, "plan", f"{planned:,} bytes"),
                    EvidenceView(now, "sketch", f"{sketch.nbytes:,} bytes"),
                ]
            )

    def sorted_right(self, answer: Ranking, full: Ranking, *, counts: Mapping[str, int], now: float) -> None:
        """An exact answer beside the full sort: equal counts may come in any order."""
        monitor = self._monitors["exact_is_sorted"]
        same = [count for _, count in answer] == [count for _, count in full]
        if same and all(counts.get(video) == count for video, count in answer):
            monitor.hold()
            return
        place = next(
            (n for n, (a, b) in enumerate(zip(answer, full, strict=False)) if a[1] != b[1]), len(answer)
        )
        monitor.broke(
            [
                EvidenceView(now, "merger", f"place {place + 1}: {answer[place : place + 1]}"),
                EvidenceView(now, "full sort", f"place {place + 1}: {full[place : place + 1]}"),
            ]
        )

    def killed(self, fleet: Fleet, host: int, loss: Loss, now: float) -> None:
        """A host lost its memory: with copies, what the others hold must be what was acknowledged."""
        if fleet.config.copies < 2 or not (loss.copies or loss.slots_gone):
            return
        monitor = self._monitors["nothing_lost"]
        others_down = sum(not fleet.up(one) for one in range(fleet.config.host_count) if one != host)
        if others_down >= fleet.config.copies - 1 and loss.slots_gone:
            return  # more hosts have died at once than there are spare copies
        begins = fleet.first_begins(LONGEST)
        missing = []
        for video, _ in self._ledger.top(LONGEST, CHECKED_AT_ONCE):
            held = fleet.holding(video, LONGEST)
            there = self._ledger.count_since(video, LONGEST, begins)
            if held is not None and held + self._gaps.get(video, 0) < there and not self.in_flight[video]:
                missing.append((video, held, there))
        if not loss.slots_gone and not missing:
            monitor.hold()
            return
        video, held, there = missing[0] if missing else ("", 0, loss.views_gone)
        monitor.broke(
            [
                EvidenceView(
                    now, f"host {host}", f"killed; {loss.copies} of its slots have a copy elsewhere"
                ),
                EvidenceView(now, "hosts left", f"{held:,} of {there:,} views of {video or 'its slots'}"),
            ]
        )

    def conserved(self, pipeline: Pipeline, now: float) -> None:
        """Batch: what is published, in files, in memory and unread must be what was logged."""
        logged = sum(one.read for one in pipeline.aggregators)
        accounted = pipeline.counted + pipeline.waiting + pipeline.held
        monitor = self._monitors["counted_once"]
        if not logged:
            return
        if logged == accounted:
            monitor.hold()
            self._conserved = True
        elif self._conserved:
            self._conserved = False
            monitor.broke(
                [
                    EvidenceView(now, "log", f"{logged:,} views were read"),
                    EvidenceView(now, "batch", f"{accounted:,} are counted, in files or in memory"),
                ]
            )
