"""What carries comments to the servers, over Redis: a log that is read from a position, or channels that forget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Protocol

from redis.asyncio import ConnectionPool, Redis

from designs.live_comments.config import Config
from designs.live_comments.engine.comments import Event, unpack
from sdlab.lab import EngineContext
from sdlab.parts.event_log import START, EventLog, NewEntry, order_of

READ_AT_ONCE = 500
BLOCK_S = 1.0
LISTEN_S = 0.25
MAX_CONNECTIONS = 40
WAKE = "wake"
FIELD = "m"

Puts = Sequence[tuple[Event, Sequence[str]]]
Positions = Callable[[], Mapping[str, int]]


class Bus:
    """Logs and channels of one room. Readers have connections of their own: a blocked read holds one."""

    def __init__(self, context: EngineContext[Config]) -> None:
        room = context.room
        shared = room.redis.connection_pool
        pool = ConnectionPool(
            connection_class=shared.connection_class,
            max_connections=MAX_CONNECTIONS,
            **shared.connection_kwargs,
        )
        self.redis = Redis.from_pool(pool)
        self.log = EventLog(self.redis, room.key("log"))
        self._room = room
        self.loss = 0.0
        self.rng: Random = room.rng("bus")

    def channel_key(self, channel: str) -> str:
        """The name of a channel in Redis."""
        return self._room.key("channel", channel)

    async def append(self, puts: Puts, *, kept: int) -> None:
        """Write each event to the log of its stream under its position as id, and to the other channels.

        Writing an event again changes nothing in its stream's log.
        """
        entries = []
        for event, channels in puts:
            message = {FIELD: event.pack()}
            entries.append(NewEntry(message, event.stream, at=position(event.seq)))
            entries.extend(NewEntry(message, channel) for channel in channels)
        await self.log.append(entries, kept=kept)

    async def publish(self, puts: Puts) -> None:
        """Send to whoever listens on these channels right now."""
        pipe = self.redis.pipeline(transaction=False)
        for event, channels in puts:
            for channel in channels:
                pipe.publish(self.channel_key(channel), event.pack())
        if len(pipe):
            await pipe.execute()

    async def newest(self, stream: str, count: int) -> list[Event]:
        """The newest events of a stream's log, oldest first."""
        return [unpack(one.fields[FIELD]) for one in await self.log.newest(count, partition=stream)]

    async def after(self, stream: str, seq: int, *, limit: int) -> list[Event]:
        """What the log has behind `seq` without a hole; nothing when it begins later."""
        events: list[Event] = []
        for one in await self.log.read(after=position(seq), partition=stream, limit=limit):
            event = unpack(one.fields[FIELD])
            if event.seq != seq + len(events) + 1:
                break
            events.append(event)
        return events

    async def close(self) -> None:
        """Close all connections."""
        await self.redis.aclose()
        await self.redis.connection_pool.disconnect()


def position(seq: int) -> str:
    """Where an event of that number stands in the log of its stream."""
    return f"{seq}-0"


class Reader(Protocol):
    """What a server reads with."""

    lost: int
    read_again: int
    token: int

    @property
    def channels(self) -> set[str]:
        """What it reads now."""
        ...

    def position(self, channel: str) -> int:
        """Behind which event of that channel it reads now; 0 where it does not, or keeps no place."""
        ...

    async def read(self, wanted: set[str], positions: Positions) -> list[Event]:
        """The next events of these channels, or nothing after a while or when woken.

        `positions` says how far the server is, stream by stream: nothing behind them is left out.
        """
        ...

    async def wake(self, token: int = 0) -> bool:
        """Make a waiting `read` return; whether it will. `token` is set once all that came before was read."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class LogReader:
    """Reads logs from a position of its own in each."""

    def __init__(self, bus: Bus, server: str) -> None:
        self._bus = bus
        self._wake_channel = f"{WAKE}-{server}"
        self._at: dict[str, str] = {}
        self.lost = 0
        self.read_again = 0
        self.token = 0

    @property
    def channels(self) -> set[str]:
        return self._at.keys() - {self._wake_channel}

    def position(self, channel: str) -> int:
        return order_of(self._at.get(channel, START))[0]

    async def read(self, wanted: set[str], positions: Positions) -> list[Event]:
        for gone in self._at.keys() - wanted - {self._wake_channel}:
            del self._at[gone]
        new = (wanted | {self._wake_channel}) - self._at.keys()
        for channel in new:
            # who was woken before the first read returns at once as well
            self._at[channel] = START if channel == self._wake_channel else await self._bus.log.tail(channel)
        # while the ends were asked for, servers may have begun to follow a stream from an earlier position
        self._at.update({one: position(at) for one, at in positions().items() if one in new})
        found = await self._bus.log.wait(self._at, limit=READ_AT_ONCE, seconds=BLOCK_S)
        if found and self._bus.loss and self._bus.rng.random() < self._bus.loss:
            self.read_again += 1
            return []  # the answer was lost on its way; what is in the log is still there
        self._at.update({channel: entries[-1].id for channel, entries in found.items()})
        return [
            unpack(one.fields[FIELD])
            for channel, entries in found.items()
            if channel != self._wake_channel
            for one in entries
        ]

    async def wake(self, token: int = 0) -> bool:
        await self._bus.log.append([NewEntry({FIELD: ""}, self._wake_channel)], kept=1)
        self.token = max(self.token, token)
        return True

    async def close(self) -> None:
        return None


class ChannelReader:
    """Listens on channels; what is sent while it does not listen is gone."""

    def __init__(self, bus: Bus, server: str) -> None:
        self._bus = bus
        self._wake_channel = f"{WAKE}-{server}"
        self._pubsub = bus.redis.pubsub()
        self._have: set[str] = set()
        self._confirmed: set[str] = set()
        self.lost = 0
        self.read_again = 0
        self.token = 0

    @property
    def channels(self) -> set[str]:
        return self._confirmed - {self._wake_channel}

    def position(self, channel: str) -> int:
        return 0

    async def read(self, wanted: set[str], positions: Positions) -> list[Event]:
        wanted = wanted | {self._wake_channel}
        if new := wanted - self._have:
            await self._pubsub.subscribe(*map(self._bus.channel_key, new))
        if gone := self._have - wanted:
            await self._pubsub.unsubscribe(*map(self._bus.channel_key, gone))
        self._have = wanted
        events: list[Event] = []
        message = await self._pubsub.get_message(timeout=LISTEN_S)
        while message is not None:
            self._take(message, events)
            if len(events) >= READ_AT_ONCE:
                break
            message = await self._pubsub.get_message(timeout=0)
        return events

    def _take(self, message: Mapping[str, Any], events: list[Event]) -> None:
        name = message["channel"].rpartition(":")[2]
        if message["type"] == "subscribe":
            self._confirmed.add(name)
        elif message["type"] == "unsubscribe":
            self._confirmed.discard(name)
        elif name == self._wake_channel:
            self.token = int(message["data"] or 0) or self.token
        elif self._bus.loss and self._bus.rng.random() < self._bus.loss:
            self.lost += 1
        else:
            events.append(unpack(message["data"]))

    async def wake(self, token: int = 0) -> bool:
        return bool(await self._bus.redis.publish(self._bus.channel_key(self._wake_channel), str(token)))

    async def close(self) -> None:
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]


READERS: dict[str, Callable[[Bus, str], Reader]] = {"log": LogReader, "pubsub": ChannelReader}
