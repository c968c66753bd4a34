"""The people of the demo: three screens, the host's first. A page that shows them connects each for itself."""

from __future__ import annotations

from contextlib import suppress

from designs.live_comments.config import Config
from designs.live_comments.engine.comments import CommentStore, event_of
from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.viewers import UNKNOWN, Connection, DemoUser
from sdlab.lab import EngineContext, LabError, NotFound

JOIN_SHOWS = 20
TITLES = ("Host", "Viewer A", "Viewer B")
AWAY_AFTER = 2.0  # seconds without a connection, after which a page has gone
POLLS_MISSED = 3


class DemoUsers:
    """All of them watch the stream on screen, or have left it.

    While a page shows somebody, their screens are its connections: event streams, sockets or polls, as
    the configuration says. While none does, the process itself watches for them.
    """

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
        self.screens: tuple[dict[int, Connection], ...] = tuple({} for _ in TITLES)
        self._last_seen = [float("-inf")] * len(TITLES)
        self._polls_until = [float("-inf")] * len(TITLES)

    async def open(self) -> None:
        """All of them join."""
        for title in TITLES:
            user = DemoUser(self._connections.new_id(), self.stream, title=title)
            self.users.append(user)
            await self._join(user)

    # Screens of pages

    def screen_opened(self, number: int, connection: Connection) -> None:
        """A page shows that demo user by this connection. `NotFound` for nobody."""
        self._known(number)
        self.screens[number][connection.id] = connection
        self._step_aside(number)

    def screen_closed(self, number: int, connection: Connection) -> None:
        """That connection has ended."""
        self.screens[number].pop(connection.id, None)
        self._last_seen[number] = self.context.clock.monotonic()

    def screen_polled(self, number: int) -> None:
        """A page asks for what that demo user has not got yet. `NotFound` for nobody."""
        self._known(number)
        now = self.context.clock.monotonic()
        self._last_seen[number] = now
        self._polls_until[number] = now + POLLS_MISSED * self.context.config.poll_s
        self._step_aside(number)

    def polls(self, number: int) -> bool:
        """Whether a page polls for that demo user."""
        return self.context.clock.monotonic() < self._polls_until[number]

    async def watch_for_absent(self) -> None:
        """Where no page is left to show somebody, the process watches for them again."""
        now = self.context.clock.monotonic()
        for number, user in enumerate(self.users):
            absent = not self.screens[number] and not self.polls(number)
            if user.on and user.gone and absent and now - self._last_seen[number] > AWAY_AFTER:
                await self._replace(number, on=True)

    def named(self, number: int) -> str:
        """What that demo user is called. `NotFound` for nobody."""
        self._known(number)
        return self.users[number].title

    def _known(self, number: int) -> None:
        if not 0 <= number < len(self.users):
            raise NotFound("there is no such demo user")

    def _step_aside(self, number: int) -> None:
        if not self.users[number].gone:
            self._connections.remove(self.users[number])

    # What visitors do

    async def watch(self, stream: str) -> None:
        """Another stream comes on the screens of all."""
        if stream == self.stream:
            return
        self.stream = stream
        self.context.decide(f"everybody on the page leaves for {stream}")
        for number, user in enumerate(self.users):
            await self._replace(number, on=user.on)
        self.context.changed()

    async def switch(self, number: int) -> None:
        """One of them leaves, or joins late and is shown what was said before. `NotFound` for nobody."""
        self._known(number)
        user = self.users[number]
        if user.on:
            self.context.decide(f"{user.title} lets go of the connection")
        else:
            self.context.decide(f"{user.title} connects first, and reads what was said before after that")
        await self._replace(number, on=not user.on)
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
