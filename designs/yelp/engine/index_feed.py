"""How changed places get to the index: within the transaction, by messages, or from the outbox."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson
import sqlalchemy as sa

from designs.yelp.config import Config
from designs.yelp.engine.catalogue import Catalogue
from designs.yelp.engine.nodes import CAPTURE, DATABASE, DROP, INDEX, QUEUE, SERVICE
from designs.yelp.engine.place import Place
from designs.yelp.engine.search import PlaceSearch
from designs.yelp.engine.strategies import SYNCS
from sdlab.lab import EngineContext
from sdlab.parts.outbox import Change

BATCH, KEPT_NEWS = 200, 100
EVERY_THIRD = 3


@dataclass(frozen=True, slots=True)
class LostMessage:
    """A message that never arrived, and when it was sent (Unix seconds)."""

    place_id: int
    revision: int
    at: float


class IndexFeed:
    """`written` changes reached the index, `sent` messages were sent, `lost` those that never arrive."""

    def __init__(self, context: EngineContext[Config], catalogue: Catalogue, search: PlaceSearch) -> None:
        self._context, self._catalogue, self._search = context, catalogue, search
        self._room = context.room
        self.queue_key = context.room.key("queue")
        self.written = self.sent = self.commits = 0
        self.lost: deque[LostMessage] = deque(maxlen=64)
        self._writing = asyncio.Lock()

    async def change(self, place: Place) -> None:
        """Bring a change to the database and, in the way in force, to the index."""
        if self._search.structure is None:
            await self.commit(place)
            self._context.decide("the table is what is searched: nobody else needs to hear of it")
        else:
            await SYNCS[self._context.config.sync].change(self._context, self, place)
        self._catalogue.changed(place)
        if self._search.structure is None:
            self._search.changed()

    # What the ways are made of

    async def commit(self, place: Place) -> None:
        """The database has it."""
        statement = self._catalogue.change(place)
        await self._context.node(DATABASE).call(
            "commit", lambda: self._room.sql.write(lambda c: c.execute(statement) and None), source=SERVICE
        )

    async def commit_with_index(self, place: Place) -> None:
        """The index has it before the database commits; neither, when the index does not answer."""
        statement = self._catalogue.change(place)
        async with self._room.sql.session() as session:
            await self._context.node(DATABASE).call(
                "change", lambda: session.execute(statement), source=SERVICE
            )
            await self._context.node(INDEX).call("write", lambda: self._put([place]), source=SERVICE)

    async def commit_with_news(self, place: Place) -> None:
        """The database has it, and the news of it, in one transaction."""
        statement, now = self._catalogue.change(place), self._context.clock.time()

        def write(connection: sa.Connection) -> None:
            connection.execute(statement)
            self._catalogue.outbox.put(connection, [("place", asdict(place))], now=now)

        await self._context.node(DATABASE).call("commit", lambda: self._room.sql.write(write), source=SERVICE)

    async def send(self, place: Place) -> bool:
        """A message is on its way; nobody waits for it."""
        self.sent += 1
        drops = any(one.kind == DROP.kind for one in self._context.node(SERVICE).faults())
        if drops and self.sent % EVERY_THIRD == 0:
            self.lost.append(LostMessage(place.id, place.revision, self._context.clock.time()))
            return False
        message = orjson.dumps(asdict(place))
        await self._context.node(QUEUE).call(
            "RPUSH", lambda: self._room.redis.rpush(self.queue_key, message), source=SERVICE
        )
        return True

    # Workers

    async def work(self) -> None:
        """One round of whoever brings changes to the index."""
        nodes = self._context.nodes
        index = nodes.get(INDEX)
        if index is None or index.down:
            return
        if (queue := nodes.get(QUEUE)) is not None and queue.state == "up":
            await self._from_queue()
        capture, outbox = nodes.get(CAPTURE), self._catalogue.outbox
        up = capture is not None and capture.state == "up"
        if up and await outbox.drain(self._apply, BATCH):
            await outbox.trim(KEPT_NEWS)

    async def _from_queue(self) -> None:
        """Messages are taken away once the index has them, so that a worker that dies loses none."""
        messages = await self._room.redis.lrange(self.queue_key, 0, BATCH - 1)
        if messages:
            self._context.node(INDEX).touch("write", "ok", source=QUEUE)
            await self._put([Place(**orjson.loads(one)) for one in messages])
            await self._room.redis.ltrim(self.queue_key, len(messages), -1)

    async def _apply(self, changes: Sequence[Change]) -> None:
        self._context.node(CAPTURE).touch("read", "ok", source=DATABASE)
        self._context.node(INDEX).touch("write", "ok", source=CAPTURE)
        await self._put([Place(**one.body) for one in changes])

    async def _put(self, places: Sequence[Place]) -> None:
        structure = self._search.structure
        if structure is None:
            return
        async with self._writing:
            self.written += await asyncio.to_thread(structure.put, places)
            self.commits += 1
        self._search.changed()

    async def forget_messages(self) -> None:
        """What is on its way is not wanted any more: the index was made anew."""
        await self._room.redis.delete(self.queue_key)
