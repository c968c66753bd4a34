"""Viewers who ask again and again, whether or not anything was said."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from designs.live_comments.servers import FILL
from designs.live_comments.strategies import POLL_BYTES
from designs.live_comments.viewers import UNKNOWN, Pane, Viewer, in_order
from sdlab.lab import Unavailable

if TYPE_CHECKING:
    from designs.live_comments.hub import Hub


class Pollers:
    """Those who poll, the next to ask first; their polls spread evenly over the interval."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waiting: deque[Viewer] = deque()
        self._due = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, viewer: Viewer) -> None:
        """One more who polls."""
        self._waiting.append(viewer)

    def clear(self) -> None:
        """Nobody polls any more."""
        self._waiting.clear()

    async def ask(self, seconds: float) -> None:
        """So much time has passed: answer all whose turn came in it."""
        if not self._waiting:
            return
        self._due += len(self._waiting) * seconds / self._hub.config().poll_s
        due = min(int(self._due), len(self._waiting))
        self._due = min(self._due - due, float(len(self._waiting)))
        groups: dict[tuple[str, int], list[Viewer]] = defaultdict(list)
        for _ in range(due):
            viewer = self._waiting.popleft()
            if viewer.id in self._hub.viewers and not viewer.server:
                groups[viewer.stream, viewer.seen].append(viewer)
                self._waiting.append(viewer)
        for (stream, seen), asking in groups.items():
            with suppress(Unavailable):
                await self._answer(stream, seen, asking)

    async def _answer(self, stream: str, seen: int, asking: Sequence[Viewer]) -> None:
        """One read for all who ask the same in the same moment."""
        counted, truth = self._hub.counted, self._hub.truth
        counted.polls += len(asking)
        counted.bytes_by_kind["polling"] += len(asking) * POLL_BYTES
        if seen == UNKNOWN:
            tail = await self._hub.tail(stream)
            for viewer in asking:
                viewer.seen = tail
            return
        counted.poll_reads += 1
        events = await self._hub.stored(stream, seen, limit=FILL)
        counted.empty_polls += 0 if events else len(asking)
        plain = in_order(seen, events)
        for viewer in asking:
            if isinstance(viewer, Pane):
                for event in events:
                    self._hub.show(viewer, event, by="poll")
            elif not plain:
                for event in events:
                    truth.saw(viewer, event.seq, by="poll")
            elif events:
                viewer.seen = events[-1].seq
                truth.saw_all(len(events))
        self._hub.deliveries.add(None, events, len(asking) * len(events))
