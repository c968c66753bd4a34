"""Pages of what was said before, and readers who check that none comes twice or never."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from designs.live_comments.comments import Comment, CommentRows
from designs.live_comments.config import STORE, Config
from designs.live_comments.strategies import PAGINATIONS
from sdlab.lab import EvidenceView, Invalid, Monitor, Node, Unavailable
from sdlab.parts.result_cache import ResultCache

MAX_LIMIT = 100
MAX_OFFSET = 100_000
MAX_CACHED = 512
MAX_READERS = 64
PAGES_PER_READER = 8


@dataclass(frozen=True, slots=True)
class Page:
    """Comments, newest first. `next_cursor` and `next_offset` are None on the last page."""

    comments: tuple[Comment, ...]
    next_cursor: str | None
    next_offset: int | None
    from_cache: bool = False


@dataclass(slots=True)
class Reading:
    """Somebody who scrolls up: where they are, and the last comment they were shown."""

    stream: str
    offset: int = 0
    cursor: str | None = None
    last: int = 0
    pages: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Paged:
    """Since the engine was opened."""

    pages: int = 0
    reads: int = 0
    cached: int = 0
    comments: int = 0
    duplicates: int = 0
    gaps: int = 0


def cursor_of(seq: int) -> str:
    """The opaque name of the place before comment `seq`."""
    return base64.urlsafe_b64encode(f"before:{seq}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> int:
    """The place that a cursor names; `Invalid` for what is none."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        kind, _, seq = text.partition(":")
        if kind == "before" and seq.isascii() and seq.isdigit() and len(seq) < 16:
            place = int(seq)
            if cursor_of(place) == cursor:
                return place
    except (binascii.Error, ValueError):
        pass
    raise Invalid("that is no cursor that was given out here", field="cursor")


class History:
    """Reads pages as configured, or as the caller insists."""

    def __init__(
        self,
        *,
        rows: CommentRows,
        config: Callable[[], Config],
        gate: Callable[[str], Node | None],
        monitor: Monitor,
        hidden: Mapping[str, set[int]],
        now: Callable[[], float],
        decide: Callable[[str], None],
    ) -> None:
        self._rows, self._config, self._gate = rows, config, gate
        self._monitor, self._hidden, self._now, self._decide = monitor, hidden, now, decide
        self._cache: ResultCache[str, tuple[int, int], tuple[Comment, ...]] = ResultCache(MAX_CACHED)
        self._readers: OrderedDict[str, Reading] = OrderedDict()
        self.paged = Paged()

    @property
    def cached_pages(self) -> int:
        """How many pages are at hand."""
        return len(self._cache)

    def forget(self, stream: str) -> None:
        """A comment of that stream was hidden: cached pages may show it, and so may what is being read now."""
        self._cache.forget(stream)

    async def by_offset(self, stream: str, offset: int, *, limit: int) -> Page:
        """The page behind the newest `offset` comments as they are now."""
        self._decide(f"skip the newest {offset}")
        found = await self._read(lambda: self._rows.skipping(stream, offset, limit=limit + 1))
        more = len(found) > limit
        shown = tuple(found[:limit])
        cursor = cursor_of(shown[-1].seq) if more else None
        return self._count(Page(shown, cursor, offset + limit if more else None))

    async def by_cursor(self, stream: str, cursor: str | None, *, limit: int) -> Page:
        """The page before the place that the cursor names; without one, the newest."""
        before = place_of(cursor) if cursor else None
        ahead = PAGINATIONS[self._config().pagination].ahead
        if before is not None and ahead > 1:
            cached = self._cache.get(stream, (before, limit), now=self._now())
            if cached is not None:
                self.paged.cached += 1
                self._decide("the page is in the prefetch cache")
                return self._count(self._page(cached, limit, from_cache=True))
        wanted = limit * ahead + 1 if before is not None else limit + 1
        self._decide(f"{wanted} rows before {before}" if before else "the newest rows")
        generation = self._cache.generation(stream)
        found = await self._read(lambda: self._rows.before(stream, before, limit=wanted))
        if before is not None and ahead > 1:
            self._keep(stream, found, limit, ended=len(found) < wanted, generation=generation)
        return self._count(self._page(found[: limit + 1], limit))

    def _keep(
        self, stream: str, found: Sequence[Comment], limit: int, *, ended: bool, generation: int
    ) -> None:
        for start in range(limit, len(found), limit):
            page = tuple(found[start : start + limit + 1])
            if ended or len(page) > limit:
                key = (found[start - 1].seq, limit)
                self._cache.put(stream, key, page, now=self._now(), generation=generation)

    def _page(self, found: Sequence[Comment], limit: int, *, from_cache: bool = False) -> Page:
        more = len(found) > limit
        shown = tuple(found[:limit])
        return Page(shown, cursor_of(shown[-1].seq) if more else None, None, from_cache)

    def _count(self, page: Page) -> Page:
        self.paged.pages += 1
        self.paged.comments += len(page.comments)
        return page

    async def _read(self, work: Callable[[], Awaitable[list[Comment]]]) -> list[Comment]:
        node = self._gate(STORE)
        if node is None:
            raise Unavailable("there is no comment store")
        self.paged.reads += 1
        return await node.call("SELECT page", work, source="service", detail=lambda rows: f"{len(rows)} rows")

    async def scroll(self, reader: str, stream: str, *, limit: int) -> Page:
        """The next page of somebody who scrolls up, held against the one before; one page after the other."""
        if reader not in self._readers and len(self._readers) >= MAX_READERS:
            self._readers.popitem(last=False)
        reading = self._readers.get(reader)
        if reading is None or reading.stream != stream:
            reading = self._readers[reader] = Reading(stream)
        async with reading.turn:
            return await self._next_page(reader, reading, limit=limit)

    async def _next_page(self, reader: str, reading: Reading, *, limit: int) -> Page:
        stream = reading.stream
        if PAGINATIONS[self._config().pagination].by_offset:
            page = await self.by_offset(stream, reading.offset, limit=limit)
        else:
            page = await self.by_cursor(stream, reading.cursor, limit=limit)
        self._check(reader, reading, page)
        reading.pages += 1
        reading.cursor, reading.offset = page.next_cursor, reading.offset + limit
        if page.next_cursor is None or reading.pages >= PAGES_PER_READER:
            self._begin_anew(reading)
        return page

    def _begin_anew(self, reading: Reading) -> None:
        reading.offset, reading.cursor, reading.last, reading.pages = 0, None, 0, 0

    def _check(self, reader: str, reading: Reading, page: Page) -> None:
        for comment in page.comments:
            if reading.last and comment.seq >= reading.last:
                self.paged.duplicates += 1
                self._broke(reader, reading, comment, "which was on a page before")
                continue
            hidden = self._hidden.get(comment.stream, set())
            skipped = [seq for seq in range(comment.seq + 1, reading.last) if seq not in hidden]
            if skipped:
                self.paged.gaps += len(skipped)
                self._broke(reader, reading, comment, f"and was never shown comment {skipped[-1]}")
            else:
                self._monitor.hold()
            reading.last = comment.seq

    def _broke(self, reader: str, reading: Reading, comment: Comment, what: str) -> None:
        now = self._now()
        self._monitor.broke(
            [
                EvidenceView(now, reader, f"had read down to comment {reading.last} of {reading.stream}"),
                EvidenceView(now, "everybody", "comments were added or hidden before the next page"),
                EvidenceView(now, reader, f"was then shown comment {comment.seq}, {what}"),
            ]
        )


def listed(page: Page) -> list[dict[str, Any]]:
    """A page as plain data."""
    return [one._asdict() for one in page.comments]
