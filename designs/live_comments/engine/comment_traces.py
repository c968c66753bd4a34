"""Traces of comments that were written by hand: their way to the screens belongs to the same request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from designs.live_comments.engine.comments import Comment, Event
from sdlab.lab.trace import Trace, current

TRACES_KEPT = 64


class CommentTraces:
    """The traces of the last comments by hand, by stream and position."""

    def __init__(self) -> None:
        self._traces: dict[tuple[str, int], Trace] = {}

    def remember(self, comment: Comment, trace: Trace) -> None:
        """This comment was made by that request."""
        self._traces[comment.stream, comment.seq] = trace
        if len(self._traces) > TRACES_KEPT:
            del self._traces[next(iter(self._traces))]

    @contextmanager
    def continued(self, events: Sequence[Event]) -> Iterator[None]:
        """Within the block hops belong to the request that made the first of these events, if it is known."""
        token = current.set(self._first_of(events) if self._traces else None)
        try:
            yield
        finally:
            current.reset(token)

    def _first_of(self, events: Sequence[Event]) -> Trace | None:
        found = (self._traces.get((one.stream, one.seq)) for one in events)
        return next((trace for trace in found if trace is not None), None)
