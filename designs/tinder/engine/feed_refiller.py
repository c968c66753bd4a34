"""Feeds that are built in the background: before they run dry, and before their time is over."""

from __future__ import annotations

import asyncio

from designs.tinder.config import Config
from designs.tinder.engine.feed_builder import FeedBuilder
from designs.tinder.engine.feed_cache import FeedCache, queue_capacity
from designs.tinder.engine.people import NAMED, People
from designs.tinder.engine.ranking import Viewer, viewer_of
from sdlab.lab import EngineContext, Unavailable

ACTIVE_S, EARLY_S = 600.0, 2.0


class FeedRefiller:
    """One feed of each person at a time. `built` counts feeds; `last_ms` is what the newest took."""

    def __init__(
        self, context: EngineContext[Config], people: People, cache: FeedCache, builder: FeedBuilder
    ) -> None:
        self._context = context
        self._people = people
        self._cache = cache
        self._builder = builder
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.built = 0
        self.last_ms = 0.0

    def __contains__(self, number: int) -> bool:
        return number in self._tasks

    def begin(self, viewer: Viewer) -> None:
        """Build that feed again, unless it is being built."""
        if viewer.number not in self._tasks:
            task = asyncio.create_task(self._build(viewer), name=f"refill {viewer.number}")
            self._tasks[viewer.number] = task

    def warm(self) -> None:
        """Begin the feeds of people who use the app now and whose time is nearly over."""
        now = self._context.clock.time()
        # Named people are there whatever the number of people; the others may have gone meanwhile.
        for number, kept in [one for one in self._cache.known.items() if one[0] < NAMED]:
            used = float(self._people.columns.of["active"][number])
            if now - used < ACTIVE_S and kept.until - now < EARLY_S:
                self.begin(viewer_of(self._people.profile(number)))

    async def close(self) -> None:
        """Stop all of them."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _build(self, viewer: Viewer) -> None:
        began = self._context.clock.monotonic()
        try:
            prepared = await self._builder.from_index(viewer, queue_capacity(self._context.config))
            await self._builder.keep(viewer, prepared)
            self.built += 1
            self.last_ms = (self._context.clock.monotonic() - began) * 1000
        except Unavailable:
            return  # a part is down; the next request builds the feed itself
        except Exception as error:
            self._context.crashed("refill", error)
        finally:
            self._tasks.pop(viewer.number, None)
