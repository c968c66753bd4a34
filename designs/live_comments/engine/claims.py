"""What must hold, and the checker that holds every delivery, every page and the store against it."""

from __future__ import annotations

from collections.abc import Sequence

from designs.live_comments.config import Config
from designs.live_comments.engine.comment_writer import CommentWriter
from designs.live_comments.engine.comments import Comment, CommentStore
from designs.live_comments.engine.viewers import BufferedViewer, Viewer
from sdlab.lab import Claim, EngineContext, EvidenceView

CLAIMS = (
    Claim("seen_once", "Each viewer sees every comment once, in order"),
    Claim("unhindered", "A slow viewer makes nobody else wait"),
    Claim("pages_exact", "Paging shows no comment twice and skips none"),
    Claim("acknowledged_kept", "Acknowledged comments are in the history"),
)
LONG_WAIT = 0.05
LOOKED_UP = 20


class ClaimChecker:
    """Deliveries are held against what that viewer had before, pages against the page before.

    What was acknowledged is looked up in the store. `hidden` are the positions that pages may skip.
    """

    def __init__(self, context: EngineContext[Config], store: CommentStore, writer: CommentWriter) -> None:
        self.context = context
        self._store, self._writer = store, writer
        self._looked_up = 0
        self.hidden: dict[str, set[int]] = {}
        self.missed = 0
        self.repeated = 0
        self.duplicates = 0
        self.gaps = 0

    async def open(self) -> None:
        """What the store has hidden."""
        self.hidden.update(await self._store.hidden())

    # Deliveries

    def delivered(self, viewer: Viewer, seq: int, *, by: str) -> None:
        """A viewer gets comment `seq`, and has it from now on."""
        if viewer.seen < 0 or seq == viewer.seen + 1:
            self.context.monitors["seen_once"].passed()
        elif seq <= viewer.seen:
            self.repeated += 1
            self._not_once(viewer, f"comment {seq} came again", by)
        else:
            gap = seq - viewer.seen - 1
            self.missed += gap
            never = f"comment {viewer.seen + 1}" if gap == 1 else f"comments {viewer.seen + 1} to {seq - 1}"
            self._not_once(viewer, f"sent comment {seq}: {never} never came", by)
        viewer.seen = max(seq, viewer.seen)

    def delivered_in_order(self, count: int) -> None:
        """So many deliveries were each what comes next for that viewer."""
        self.context.monitors["seen_once"].passed(count)

    def _not_once(self, viewer: Viewer, text: str, by: str) -> None:
        now = self.context.clock.time()
        steps = [EvidenceView(now, viewer.name, f"had seen comment {viewer.seen} of {viewer.stream}")]
        if viewer.lost_because:
            steps.append(EvidenceView(now, viewer.name, viewer.lost_because))
        self.context.monitors["seen_once"].violated([*steps, EvidenceView(now, by, text)])

    # Buffers

    def waited(self, server: str, viewer: BufferedViewer, seconds: float, others: int) -> None:
        """A server waited for one viewer's buffer while it had others to serve."""
        monitor = self.context.monitors["unhindered"]
        if seconds < LONG_WAIT or not others:
            monitor.passed()
            return
        now = self.context.clock.time()
        full = f"has {viewer.limit} events waiting and no room"
        kept_waiting = f"waited {seconds * 1000:,.0f} ms for it, and {others} others with it"
        monitor.violated(
            [EvidenceView(now - seconds, viewer.name, full), EvidenceView(now, server, kept_waiting)]
        )

    def buffered(self, viewer: BufferedViewer) -> None:
        """An event was put into a buffer, which is no longer than it may be."""
        if len(viewer.waiting) <= viewer.limit:
            self.context.monitors["unhindered"].passed()

    # Pages

    def page_shown(self, reader: str, stream: str, last: int, comments: Sequence[Comment]) -> int:
        """A reader who had read down to comment `last` (0: had read nothing) is shown a page; where it is now."""
        for comment in comments:
            if last and comment.seq >= last:
                self.duplicates += 1
                self._not_exact(reader, last, comment, "which was on a page before")
                continue
            hidden = self.hidden.get(stream, set())
            skipped = [seq for seq in range(comment.seq + 1, last) if seq not in hidden]
            if skipped:
                self.gaps += len(skipped)
                self._not_exact(reader, last, comment, f"and was never shown comment {skipped[-1]}")
            else:
                self.context.monitors["pages_exact"].passed()
            last = comment.seq
        return last

    def _not_exact(self, reader: str, last: int, comment: Comment, what: str) -> None:
        now = self.context.clock.time()
        self.context.monitors["pages_exact"].violated(
            [
                EvidenceView(now, reader, f"had read down to comment {last} of {comment.stream}"),
                EvidenceView(now, "everybody", "comments were added or hidden before the next page"),
                EvidenceView(now, reader, f"was then shown comment {comment.seq}, {what}"),
            ]
        )

    # The store

    async def look_up(self) -> None:
        """Look up what was acknowledged last, when something was since the last look."""
        if self._writer.written == self._looked_up:
            return
        self._looked_up = self._writer.written
        acknowledged: dict[str, set[int]] = {}
        for stream, seq in list(self._writer.recent)[-LOOKED_UP:]:
            acknowledged.setdefault(stream, set()).add(seq)
        for stream, seqs in acknowledged.items():
            self._kept(stream, seqs, await self._store.existing(stream, sorted(seqs)))

    def _kept(self, stream: str, acknowledged: set[int], found: set[int]) -> None:
        monitor = self.context.monitors["acknowledged_kept"]
        monitor.passed(len(acknowledged & found))
        now = self.context.clock.time()
        for seq in sorted(acknowledged - found):
            monitor.violated(
                [
                    EvidenceView(now, "comment service", f"acknowledged comment {seq} of {stream}"),
                    EvidenceView(now, "comment store", f"has no comment {seq} of {stream}"),
                ]
            )
