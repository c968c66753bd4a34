"""Real connections: what one of them is sent, from the place where it stopped until it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from designs.live_comments.comments import Event
from designs.live_comments.servers import FILL, Feed
from designs.live_comments.viewers import Connection, Kind, in_order

if TYPE_CHECKING:
    from designs.live_comments.hub import Hub

FrameOf = Callable[[Event], bytes]
Farewell = Callable[[str], bytes]


async def listen(
    hub: Hub,
    stream: str,
    *,
    kind: Kind,
    frame: FrameOf,
    farewell: Farewell,
    reset: bytes,
    after: int | None,
) -> AsyncIterator[bytes]:
    """Bytes for one real connection: what it missed behind `after`, then what comes, until it or its server ends.

    `Unavailable` when no server has room; `reset` goes first when `after` is a place not reached yet.
    """
    connection = Connection(next(hub.arrivals), stream, kind=kind, limit=hub.config().buffer, frame=frame)
    server = hub.route(stream)
    server.hold(connection)
    hub.viewers[connection.id] = connection
    try:
        feed = await server.feed(stream)
        connection.seen = feed.last if after is None or not hub.resumes else after
        if after is not None and after > await hub.tail(stream):
            connection.seen = feed.last
            yield reset
        async for events in _missed(hub, connection, feed):
            yield _written(hub, connection, events)
        while not connection.closed:
            await connection.fresh.wait()
            connection.fresh.clear()
            if events := [one for one in connection.take() if one.seq > connection.seen]:
                yield _written(hub, connection, events)
        yield farewell(connection.closed)
    finally:
        hub.viewers.pop(connection.id, None)
        if connection.server == server.id:
            server.let_go(connection)


async def _missed(hub: Hub, connection: Connection, feed: Feed) -> AsyncIterator[Sequence[Event]]:
    """What it has missed; it is among those who are given what comes before the last of that is written."""
    while not feed.reaches(connection.seen) and not connection.closed:
        events = await hub.after(connection.stream, connection.seen, limit=FILL)
        if not events:
            break
        yield events
    events = feed.since(connection.seen)
    if not connection.closed:
        feed.add(connection)
    if events:
        yield events


def _written(hub: Hub, connection: Connection, events: Sequence[Event]) -> bytes:
    if in_order(connection.seen, events):
        hub.truth.saw_all(len(events))
        connection.seen = events[-1].seq
    else:
        for event in events:
            hub.truth.saw(connection, event.seq, by=connection.server)
    return b"".join(map(connection.frame, events))
