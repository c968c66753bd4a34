"""How the index hears of changed events: from the application's second write, or from the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.event_search import EventSearch
from designs.ticketmaster.engine.nodes import BOOKING, CAPTURE, DATABASE, INDEX
from designs.ticketmaster.engine.search_index import Event
from sdlab.lab import EngineContext, Unavailable
from sdlab.parts.outbox import Change

BATCH_OF_NEWS = 200
KEPT_NEWS = 1_000


class IndexFeed:
    """`captured` changes the worker told the index, `written` the application did, `missed` nobody will tell.

    `lag` is how many wait, and how long the oldest has (seconds).
    """

    def __init__(self, context: EngineContext[Config], catalogue: Catalogue, search: EventSearch) -> None:
        self._context, self._catalogue, self._search = context, catalogue, search
        self.missed = self.captured = self.written = 0
        self.lag: tuple[int, float] = (0, 0.0)

    def renamed(self, event: Event) -> None:
        """The database has the change; `Unavailable` when the service dies before the second write."""
        config = self._context.config
        if any(one.kind == "torn" for one in self._context.node(BOOKING).faults()):
            self.missed += config.search == "dual"
            self._context.decide("the process dies between the database and the index")
            raise Unavailable("the process died: the database has the change, the index was not told")
        if config.search == "dual":
            self._write_index(event)
        elif config.search == "like":
            self._context.decide("the database is what is searched: nobody else needs to hear of it")
            self._search.cache.index_changed()
        else:
            self._context.decide("the news is in the outbox, in the same transaction as the change")

    def _write_index(self, event: Event) -> None:
        try:
            self._context.node(INDEX).touch("write", "ok", source=BOOKING)
        except Unavailable:
            self.missed += 1
            self._context.decide("the database has it, the index has not: nobody will tell it again")
            return
        self._context.decide("the application wrote the index, too")
        self.written += 1
        self._search.put([event])

    async def capture(self) -> None:
        """One round of change capture: what is in the outbox goes to the index, in order."""
        nodes, outbox = self._context.nodes, self._catalogue.outbox
        capture, index = nodes.get(CAPTURE), nodes.get(INDEX)
        up = capture is not None and index is not None and capture.state == "up" and not index.down
        if up and await outbox.drain(self._apply, BATCH_OF_NEWS):
            await outbox.trim(KEPT_NEWS)
        behind = self._context.config.search == "cdc"
        self.lag = await outbox.lag(self._context.clock.time()) if behind else (0, 0.0)

    async def _apply(self, changes: Sequence[Change]) -> None:
        self._context.node(CAPTURE).touch("read", "ok", source=DATABASE)
        self._context.node(INDEX).touch("write", "ok", source=CAPTURE)
        self._search.put([Event(**one.body) for one in changes])
        self.captured += len(changes)
