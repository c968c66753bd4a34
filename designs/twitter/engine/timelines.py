"""Home timelines: what those whom one follows have written, newest first."""

from __future__ import annotations

from designs.twitter.config import Config
from designs.twitter.engine.members import Members
from designs.twitter.engine.nodes import SERVICE, STORE
from designs.twitter.engine.pages import Position
from designs.twitter.engine.tweets import Tweet, TweetStore
from sdlab.lab import EngineContext


class TimelineListing:
    """The home timeline of one viewer, merged from the rows when it is read."""

    def __init__(
        self, context: EngineContext[Config], store: TweetStore, members: Members, viewer: str
    ) -> None:
        self.key = f"home of {viewer}"
        self._context, self._store, self._members, self._viewer = context, store, members, viewer

    async def window(self, offset: int, count: int) -> list[Tweet]:
        """So many, behind so many, as it is now."""
        return await self._read(f"SELECT … LIMIT {count} OFFSET {offset}", offset=offset, limit=count)

    async def behind(self, at: Position, count: int) -> list[Tweet]:
        """So many behind a tweet."""
        return await self._read(f"SELECT … WHERE id < {at.id} LIMIT {count}", below=at.id, limit=count)

    def position_of(self, tweet: Tweet) -> Position:
        """Behind that tweet."""
        return Position(id=tweet.id)

    async def _read(self, what: str, **where: int) -> list[Tweet]:
        authors, hidden = self._members.feeds(self._viewer), self._members.hidden_from(self._viewer)
        sql, store = self._context.room.sql, self._store
        return await self._context.node(STORE).call(
            what,
            lambda: sql.read(lambda connection: store.timeline(connection, authors, hidden, **where)),
            source=SERVICE,
        )
