"""Pages of what was said before: by offset, by cursor, and from a prefetch cache."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from designs.live_comments.config import Config
from designs.live_comments.engine.comments import Comment, CommentStore
from designs.live_comments.engine.nodes import STORE
from designs.live_comments.engine.strategies import PAGINATIONS
from sdlab.lab import EngineContext, amount
from sdlab.lab.cursor import CursorKey
from sdlab.parts.result_cache import ResultCache

MAX_LIMIT = 100
MAX_OFFSET = 100_000
MAX_CACHED = 512
CURSORS = CursorKey("comment history", int)  # before comment `seq`


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Comments, newest first. `next_cursor` and `next_offset` are None on the last page."""

    comments: tuple[Comment, ...]
    next_cursor: str | None
    next_offset: int | None = None


@dataclass(slots=True)
class PageCounters:
    """Since the engine was opened. `cached` are pages that needed no read of the store."""

    pages: int = 0
    comments: int = 0
    reads: int = 0
    cached: int = 0


class History:
    """Reads pages by cursor as configured, or by offset when the caller insists."""

    def __init__(self, context: EngineContext[Config], store: CommentStore) -> None:
        self.context = context
        self._store = store
        self._cache: ResultCache[str, tuple[int, int], tuple[Comment, ...]] = ResultCache(MAX_CACHED)
        self.counters = PageCounters()

    @property
    def cached_pages(self) -> int:
        """How many pages are in the prefetch cache."""
        return len(self._cache)

    def forget(self, stream: str) -> None:
        """A comment of that stream was hidden: cached pages may show it, and so may what is being read now."""
        self._cache.forget(stream)

    async def by_offset(self, stream: str, offset: int, *, limit: int) -> HistoryPage:
        """The page behind the newest `offset` comments as they are now."""
        self.context.decide(f"skip the newest {offset}")
        found = await self._read(lambda: self._store.skipping(stream, offset, limit=limit + 1))
        return self._page(found, limit, next_offset=offset + limit)

    async def by_cursor(self, stream: str, cursor: str | None, *, limit: int) -> HistoryPage:
        """The page before the position that the cursor names; without one, the newest. `Invalid` for no cursor."""
        before: int | None = (CURSORS.decode(cursor) or (None,))[0]
        ahead = PAGINATIONS[self.context.config.pagination].ahead if before else 1
        if before and ahead > 1:
            cached = self._cache.get(stream, (before, limit), now=self.context.clock.time())
            if cached is not None:
                self.counters.cached += 1
                self.context.decide("the page is in the prefetch cache")
                return self._page(cached, limit)
        wanted = limit * ahead + 1
        if ahead > 1:
            self.context.decide(f"{wanted} rows before {before}: {ahead} pages with one read")
        else:
            self.context.decide(f"{wanted} rows before {before}" if before else "the newest rows")
        generation = self._cache.generation(stream)
        found = await self._read(lambda: self._store.before(stream, before, limit=wanted))
        if ahead > 1:
            self._keep(stream, found, limit, ended=len(found) < wanted, generation=generation)
        return self._page(found[: limit + 1], limit)

    def _keep(
        self, stream: str, found: Sequence[Comment], limit: int, *, ended: bool, generation: int
    ) -> None:
        now = self.context.clock.time()
        for start in range(limit, len(found), limit):
            page = tuple(found[start : start + limit + 1])
            if ended or len(page) > limit:
                key = (found[start - 1].seq, limit)
                self._cache.put(stream, key, page, now=now, generation=generation)

    def _page(self, found: Sequence[Comment], limit: int, *, next_offset: int | None = None) -> HistoryPage:
        """The first `limit` of the comments that were found, of which one more was asked for."""
        more = len(found) > limit
        shown = tuple(found[:limit])
        self.counters.pages += 1
        self.counters.comments += len(shown)
        return HistoryPage(
            shown, CURSORS.encode(shown[-1].seq) if more else None, next_offset if more else None
        )

    async def _read(self, work: Callable[[], Awaitable[list[Comment]]]) -> list[Comment]:
        self.counters.reads += 1
        return await self.context.node(STORE).call(
            "SELECT page", work, source="service", detail=lambda rows: amount(len(rows), "row")
        )
