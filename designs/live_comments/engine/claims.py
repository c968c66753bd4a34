"""What must hold, and the checker that holds every delivery, every page and the store against it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from designs.live_comments.config import Config
from designs.live_comments.engine.comment_writer import CommentWriter
from designs.live_comments.engine.comments import Comment, CommentStore, Event
from designs.live_comments.engine.nodes import SERVICE, STORE
from designs.live_comments.engine.viewers import BufferedViewer, Viewer
from sdlab.lab import Claim, EngineContext, EvidenceView, amount, cause_step, read_step, write_step

CLAIMS = (
    Claim("seen_once", "seen once, in order", "Each viewer sees every comment once, in order"),
    Claim("unhindered", "slow ones hinder nobody", "A slow viewer makes nobody else wait"),
    Claim("pages_exact", "pages without gaps", "Paging shows no comment twice and skips none"),
    Claim("acknowledged_kept", "every comment kept", "Acknowledged comments are in the history"),
)
LONG_WAIT = 0.05
READERS_KEPT = 64
NAMED = 4


@dataclass(frozen=True, slots=True)
class PageRead:
    """When a reader read a page (Unix s), and how much had been said and hidden by then."""

    began: float
    ended: float
    tail: int
    hidden: int


class ClaimChecker:
    """Deliveries are held against what that viewer had before, pages against the page before.

    What was acknowledged is looked up in the store. `hidden` are the positions that pages may skip.
    """

    def __init__(self, context: EngineContext[Config], store: CommentStore, writer: CommentWriter) -> None:
        self.context = context
        self._store, self._writer = store, writer
        self._looked_up = writer.written
        self._pages: OrderedDict[str, PageRead] = OrderedDict()
        self.hidden: dict[str, set[int]] = {}
        self.missed = 0
        self.repeated = 0
        self.duplicates = 0
        self.gaps = 0

    async def open(self) -> None:
        """What the store has hidden."""
        self.hidden.update(await self._store.hidden())

    # Deliveries

    def delivered(self, viewer: Viewer, event: Event, *, by: str) -> None:
        """A viewer gets a comment, and has it from now on."""
        seq = event.seq
        if viewer.seen < 0 or seq == viewer.seen + 1:
            self.context.monitors["seen_once"].passed()
        elif seq <= viewer.seen:
            self.repeated += 1
            self._not_once(viewer, event, f"was sent comment {seq} again", by)
        else:
            gap = seq - viewer.seen - 1
            self.missed += gap
            never = f"comment {viewer.seen + 1}" if gap == 1 else f"comments {viewer.seen + 1} to {seq - 1}"
            self._not_once(viewer, event, f"was sent comment {seq}: {never} never came", by)
        viewer.seen = max(seq, viewer.seen)

    def delivered_in_order(self, count: int) -> None:
        """So many deliveries were each what comes next for that viewer."""
        self.context.monitors["seen_once"].passed(count)

    def _not_once(self, viewer: Viewer, event: Event, text: str, by: str) -> None:
        now = self.context.clock.time()
        steps = []
        steps += self._loss(viewer)
        for one in islice(self._written_after(viewer, event.seq), NAMED):
            said = f"took comment {one.seq} of {one.stream}"
            steps.append(write_step(SERVICE, said, one.at, one.at, wrote=one.seq, lost=True))
        steps.append(write_step(by, f"delivered comment {event.seq}", event.at, now, wrote=event.seq))
        steps.append(read_step(viewer.name, text, now, now, saw=f"{max(viewer.seen, 0)}, then {event.seq}"))
        self.context.monitors["seen_once"].violated(steps)

    def _written_after(self, viewer: Viewer, before: int) -> Iterator[Comment]:
        """What was acknowledged behind what that viewer has, and before position `before`."""
        return (
            one
            for one in self._writer.recent
            if one.stream == viewer.stream and viewer.seen < one.seq < before
        )

    def _loss(self, viewer: Viewer) -> list[EvidenceView]:
        """How that viewer has lost its connection, unless that is no cause: it has got something newer since."""
        has = next(
            (one for one in self._writer.recent if (one.stream, one.seq) == (viewer.stream, viewer.seen)),
            None,
        )
        if viewer.lost_because and (has is None or has.at <= viewer.lost_at):
            return [cause_step(viewer.lost_by, viewer.lost_because, viewer.lost_at)]
        return []

    def left_behind(self, viewer: Viewer, server: str, last: Event) -> None:
        """A viewer that is connected has not got what its server has delivered of its stream, `last` the newest."""
        now = self.context.clock.time()
        steps = [write_step(server, f"delivered comment {last.seq}", last.at, last.at, wrote=last.seq)]
        steps += self._loss(viewer)
        text = "is connected to it and has got no more than this"
        steps.append(read_step(viewer.name, text, now, now, saw=max(viewer.seen, 0), lost=True))
        self.context.monitors["seen_once"].violated(steps)

    # Buffers

    @contextmanager
    def fanning_out(self, server: str, buffered: Sequence[BufferedViewer], *, others: int) -> Iterator[None]:
        """Around a fan-out: it may take its time, but it must not stop for anybody."""
        clock, stopped = self.context.clock, list[bool]()
        slowest = max(buffered, key=lambda one: len(one.waiting) / one.limit, default=None)
        waiting = len(slowest.waiting) if slowest else 0
        began, turn = clock.time(), asyncio.get_running_loop().call_soon(stopped.append, True)
        try:
            yield
        finally:
            turn.cancel()
        seconds = clock.time() - began
        if not stopped or slowest is None or seconds < LONG_WAIT or others < 1:
            return
        kept_waiting = f"waited {seconds * 1000:,.0f} ms for it, and {others} others with it"
        full = f"has {waiting} events waiting, of {slowest.limit} that it may have"
        self.context.monitors["unhindered"].violated(
            [
                read_step(slowest.name, full, began, began + seconds, saw=waiting),
                write_step(server, kept_waiting, began, began + seconds, lost=True),
            ]
        )

    def buffered(self, viewer: BufferedViewer) -> None:
        """An event was put into a buffer, which is no longer than it may be."""
        if len(viewer.waiting) <= viewer.limit:
            self.context.monitors["unhindered"].passed()
            return
        now = self.context.clock.time()
        self.context.monitors["unhindered"].violated(
            [
                write_step(
                    viewer.server, "put one more into its buffer", now, now, wrote=len(viewer.waiting)
                ),
                read_step(viewer.name, f"may have {viewer.limit} waiting", now, now, saw=len(viewer.waiting)),
            ]
        )

    # Pages

    def page_shown(
        self, reader: str, stream: str, last: int, comments: Sequence[Comment], *, began: float
    ) -> int:
        """A reader who had read down to comment `last` (0: had read nothing) is shown a page; where it is now.

        The page was asked for at `began`.
        """
        before = self._pages.pop(reader, None)
        hidden = self.hidden.get(stream, set())
        this = PageRead(began, self.context.clock.time(), self._writer.tails[stream], len(hidden))
        self._pages[reader] = this
        if len(self._pages) > READERS_KEPT:
            self._pages.popitem(last=False)
        for comment in comments:
            if last and comment.seq >= last:
                self.duplicates += 1
                what = f"is shown comment {comment.seq}, which was on a page before"
                self._not_exact(reader, last, before, this, what)
                continue
            skipped = [seq for seq in range(comment.seq + 1, last) if seq not in hidden]
            if skipped:
                self.gaps += len(skipped)
                what = f"is shown comment {comment.seq}, and was never shown comment {skipped[-1]}"
                self._not_exact(reader, last, before, this, what)
            else:
                self.context.monitors["pages_exact"].passed()
            last = comment.seq
        return last

    def _not_exact(self, reader: str, last: int, before: PageRead | None, this: PageRead, what: str) -> None:
        steps = []
        if before is not None:
            text = f"had read down to comment {last}"
            steps.append(read_step(reader, text, before.began, before.ended, saw=last))
            if added := this.tail - before.tail:
                steps.append(cause_step(SERVICE, f"took {added} more comments by then", this.began))
            if hidden := this.hidden - before.hidden:
                steps.append(
                    cause_step("host", f"had hidden {amount(hidden, 'comment')} by then", this.began)
                )
        steps.append(read_step(STORE, f"gave {reader} the next page", this.began, this.ended))
        steps.append(read_step(reader, what, this.ended, this.ended, lost=True))
        self.context.monitors["pages_exact"].violated(steps)

    # The store

    async def look_up(self) -> None:
        """Look up what was acknowledged since the last look."""
        new = min(self._writer.written - self._looked_up, len(self._writer.recent))
        if not new:
            return
        self._looked_up = self._writer.written
        acknowledged: dict[str, dict[int, Comment]] = {}
        for one in islice(self._writer.recent, len(self._writer.recent) - new, None):
            if one.seq > self._writer.tails[one.stream] - self._store.kept:
                acknowledged.setdefault(one.stream, {})[one.seq] = one
        for stream, comments in acknowledged.items():
            began = self.context.clock.time()
            self._kept(comments, await self._store.existing(stream, sorted(comments)), began=began)

    def _kept(self, acknowledged: dict[int, Comment], found: set[int], *, began: float) -> None:
        monitor, now = self.context.monitors["acknowledged_kept"], self.context.clock.time()
        monitor.passed(len(acknowledged.keys() & found))
        for seq in sorted(acknowledged.keys() - found):
            one = acknowledged[seq]
            steps: list[EvidenceView] = [
                write_step(SERVICE, f"acknowledged comment {seq} of {one.stream}", one.at, one.at, lost=True),
                read_step(STORE, f"has no comment {seq} of {one.stream}", began, now, saw="nothing"),
            ]
            monitor.violated(steps)
