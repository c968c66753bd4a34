"""What every viewer truly saw, and the claims that it is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from designs.live_comments.viewers import Buffered, Viewer
from sdlab.blocks.histogram import LogHistogram, bucket_of
from sdlab.lab import EvidenceView, Monitor

LONG = 0.05
WINDOW = 5.0


class Delays:
    """Delivery delays of the last five to ten seconds, ms, counted by how many viewers had them."""

    def __init__(self) -> None:
        self._index = 0
        self._now, self._before = LogHistogram(), LogHistogram()

    def add(self, now: float, ms: float, count: int) -> None:
        """`count` viewers got something after `ms`."""
        self._roll(now)
        self._now.counts[bucket_of(ms)] += count
        self._now.total += count

    def merged(self, now: float) -> LogHistogram:
        """All of them in one histogram."""
        self._roll(now)
        both = LogHistogram()
        both.merge(self._before)
        both.merge(self._now)
        return both

    def _roll(self, now: float) -> None:
        index = int(now / WINDOW)
        if index != self._index:
            self._before = self._now if index == self._index + 1 else LogHistogram()
            self._now, self._index = LogHistogram(), index


class Truth:
    """Holds each delivery against what that viewer had seen before."""

    def __init__(self, monitors: Mapping[str, Monitor], now: Callable[[], float]) -> None:
        self._monitors = monitors
        self._now = now
        self.missed = 0
        self.repeated = 0
        self.hidden: dict[str, set[int]] = {}

    def saw(self, viewer: Viewer, seq: int, *, by: str) -> None:
        """A viewer was given comment `seq`."""
        if viewer.seen < 0 or seq == viewer.seen + 1:
            self._monitors["seen_once"].hold()
        elif seq <= viewer.seen:
            self.repeated += 1
            self._broke(viewer, f"comment {seq} came again", by)
        else:
            gap = seq - viewer.seen - 1
            self.missed += gap
            never = f"comment {viewer.seen + 1}" if gap == 1 else f"comments {viewer.seen + 1} to {seq - 1}"
            self._broke(viewer, f"sent comment {seq}: {never} never came", by)
        viewer.seen = max(seq, viewer.seen)

    def saw_all(self, count: int) -> None:
        """So many viewers were each given what comes next for them."""
        self._monitors["seen_once"].hold(count)

    def _broke(self, viewer: Viewer, text: str, by: str) -> None:
        now = self._now()
        steps = [EvidenceView(now, viewer.name, f"had seen comment {viewer.seen} of {viewer.stream}")]
        if viewer.lost_at:
            steps.append(EvidenceView(now, viewer.name, viewer.lost_at))
        self._monitors["seen_once"].broke([*steps, EvidenceView(now, by, text)])

    def waited(self, server: str, viewer: Buffered, seconds: float, others: int) -> None:
        """A server waited for one viewer's buffer while it had others to serve."""
        monitor = self._monitors["unhindered"]
        if seconds < LONG or not others:
            monitor.hold()
            return
        now = self._now()
        monitor.broke(
            [
                EvidenceView(now - seconds, viewer.name, f"has {viewer.limit} events waiting and no room"),
                EvidenceView(
                    now, server, f"waited {seconds * 1000:,.0f} ms for it, and {others} others with it"
                ),
            ]
        )

    def buffered(self, viewer: Buffered) -> None:
        """An event was put into a buffer, which is no longer than it may be."""
        if len(viewer.waiting) <= viewer.limit:
            self._monitors["unhindered"].hold()

    def kept(self, stream: str, asked: set[int], found: set[int]) -> None:
        """Acknowledged comments were looked up in the store."""
        monitor = self._monitors["acknowledged_kept"]
        monitor.hold(len(asked & found))
        now = self._now()
        for seq in sorted(asked - found):
            monitor.broke(
                [
                    EvidenceView(now, "comment service", f"acknowledged comment {seq} of {stream}"),
                    EvidenceView(now, "comment store", f"has no comment {seq} of {stream}"),
                ]
            )
