"""The people of the demo: three screens on the page, the host's first."""

from __future__ import annotations

from contextlib import suppress

from designs.live_comments.config import Config
from designs.live_comments.engine.comments import CommentStore, event_of
from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.viewers import UNKNOWN, DemoUser
from sdlab.lab import EngineContext, LabError, NotFound

JOIN_SHOWS = 20
TITLES = ("Host", "Viewer A", "Viewer B")


class DemoUsers:
    """All of them watch the stream on screen, or have left it."""

    def __init__(
        self,
        context: EngineContext[Config],
        connections: ConnectionManager,
        replay: Replay,
        store: CommentStore,
    ) -> None:
        self.context = context
        self._connections, self._replay, self._store = connections, replay, store
        self.stream = MAIN
        self.users: list[DemoUser] = []

    async def open(self) -> None:
        """All of them join."""
        for title in TITLES:
            user = DemoUser(self._connections.new_id(), self.stream, title=title)
            self.users.append(user)
            await self._join(user)

    async def watch(self, stream: str) -> None:
        """Another stream comes on the screens of all."""
        if stream == self.stream:
            return
        self.stream = stream
        for number, user in enumerate(self.users):
            await self._replace(number, on=user.on)
        self.context.changed()

    async def switch(self, number: int) -> None:
        """One of them leaves, or joins late and is shown what was said before. `NotFound` for nobody."""
        if not 0 <= number < len(self.users):
            raise NotFound("there is no such demo user")
        await self._replace(number, on=not self.users[number].on)
        self.context.changed()

    def forget(self, stream: str, seq: int) -> None:
        """A comment was hidden: it leaves the screens."""
        for user in self.users:
            if user.stream == stream:
                kept = [one for one in user.shown if one.seq != seq]
                user.shown.clear()
                user.shown.extend(kept)

    async def _replace(self, number: int, *, on: bool) -> None:
        """The same person is a new viewer, of the stream on screen."""
        old = self.users[number]
        self._connections.remove(old)
        user = DemoUser(self._connections.new_id(), self.stream, title=old.title, on=on)
        self.users[number] = user
        if on:
            await self._join(user)

    async def _join(self, user: DemoUser) -> None:
        """Subscribe first and read what was before after that: nothing can fall between the two."""
        self._connections.add(user)
        if not self._connections.pushes:
            user.seen = self._replay.tail(user.stream)
        await self._connections.enter(user)
        with suppress(LabError):
            before = None if user.seen == UNKNOWN else user.seen + 1
            found = await self._store.before(user.stream, before, limit=JOIN_SHOWS)
            past = [event_of(one) for one in reversed(found)]
            newer = [one for one in user.shown if not past or one.seq > past[-1].seq]
            user.shown.clear()
            user.shown.extend([*past, *newer])
            if user.seen == UNKNOWN and past:
                user.seen = past[-1].seq
