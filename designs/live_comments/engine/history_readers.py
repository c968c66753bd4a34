"""Readers who scroll up, page after page, and check that no comment comes twice or never."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from designs.live_comments.config import Config
from designs.live_comments.engine.claims import ClaimChecker
from designs.live_comments.engine.history import History, HistoryPage
from designs.live_comments.engine.strategies import PAGINATIONS
from sdlab.lab import EngineContext

MAX_READERS = 64
PAGES_PER_READER = 8


@dataclass(slots=True)
class Reading:
    """Where somebody is who scrolls up, and the last comment that they were shown (0: none)."""

    stream: str
    offset: int = 0
    cursor: str | None = None
    last: int = 0
    pages: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def begin_anew(self) -> None:
        """Back to the newest comments."""
        self.offset, self.cursor, self.last, self.pages = 0, None, 0, 0


class HistoryReaders:
    """The last `MAX_READERS` of them. Each reads one page after the other, and begins anew after some."""

    def __init__(self, context: EngineContext[Config], history: History, checker: ClaimChecker) -> None:
        self.context = context
        self._history, self._checker = history, checker
        self._readings: OrderedDict[str, Reading] = OrderedDict()

    async def scroll(self, reader: str, stream: str, *, limit: int) -> HistoryPage:
        """The next page of that reader, held against the one before."""
        reading = self._readings.get(reader)
        if reading is None and len(self._readings) >= MAX_READERS:
            self._readings.popitem(last=False)
        if reading is None or reading.stream != stream:
            reading = self._readings[reader] = Reading(stream)
        async with reading.turn:
            return await self._next_page(reader, reading, limit=limit)

    async def _next_page(self, reader: str, reading: Reading, *, limit: int) -> HistoryPage:
        began = self.context.clock.time()
        if PAGINATIONS[self.context.config.pagination].by_offset:
            page = await self._history.by_offset(reading.stream, reading.offset, limit=limit)
        else:
            page = await self._history.by_cursor(reading.stream, reading.cursor, limit=limit)
        reading.last = self._checker.page_shown(
            reader, reading.stream, reading.last, page.comments, began=began
        )
        reading.pages += 1
        reading.cursor, reading.offset = page.next_cursor, reading.offset + limit
        if page.next_cursor is None or reading.pages >= PAGES_PER_READER:
            reading.begin_anew()
        return page
