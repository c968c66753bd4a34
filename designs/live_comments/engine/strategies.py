"""The answers to the questions of the design: pure choices, each with its price."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from random import Random
from typing import Protocol, TypeVar

SHORT_FRAME = 125
LONG_FRAME = 65_535

Decide = Callable[[str], None]


def in_silence(_: str) -> None:
    """Where nobody asks why."""


class DeliveryMethod(Protocol):
    """How comments get from a server to a viewer."""

    label: str
    tradeoff: str
    pushes: bool

    @staticmethod
    def begin(name: str, decide: Decide) -> None:
        """Say how that viewer gets what comes."""
        ...


class Polling:
    label = "Polling"
    tradeoff = "No connection to keep, and most answers are empty: late by half the interval on average."
    pushes = False

    @staticmethod
    def begin(name: str, decide: Decide) -> None:
        decide(f"{name} asks every few seconds, whether or not anything was said")


class WebSocket:
    label = "WebSocket"
    tradeoff = (
        "Two directions where one is needed; resuming, heartbeat and proxies are the application's business."
    )
    pushes = True

    @staticmethod
    def begin(name: str, decide: Decide) -> None:
        decide(f"{name} has a socket in both directions, and names its last id itself")

    @staticmethod
    def header(body: int) -> int:
        """Bytes of the frame header of a server's message of that length (RFC 6455, section 5.2)."""
        return 2 if body <= SHORT_FRAME else 4 if body <= LONG_FRAME else 10


class ServerSentEvents:
    label = "Server-sent events"
    tradeoff = "One direction over plain HTTP; the browser itself reconnects and names the last id it has."
    pushes = True

    @staticmethod
    def begin(name: str, decide: Decide) -> None:
        decide(f"{name} has an answer that does not end; a browser names its last id by itself")

    @staticmethod
    def frame(seq: int, body: bytes) -> bytes:
        """A comment as an event: its id, the names of the fields, and the line breaks."""
        return b"id: %d\nevent: comment\ndata: %b\n\n" % (seq, body)


class Routable(Protocol):
    """A server, as a router sees it."""

    id: str

    @property
    def connections(self) -> int:
        """How many viewers it holds."""
        ...


S = TypeVar("S", bound=Routable)


class Routing(Protocol):
    """Which server a viewer is sent to."""

    label: str
    tradeoff: str

    @staticmethod
    def choose(stream: str, free: Sequence[S], rng: Random, decide: Decide = in_silence) -> S:
        """One of the servers that have room, and why; there is at least one."""
        ...


class RandomServer:
    label = "Random"
    tradeoff = "Needs to know nothing; soon every server has somebody of every stream and hears everything."

    @staticmethod
    def choose(stream: str, free: Sequence[S], rng: Random, decide: Decide = in_silence) -> S:
        chosen = rng.choice(free)
        decide(f"{chosen.id}, by chance out of {len(free)}")
        return chosen


class LeastConnections:
    label = "Least connections"
    tradeoff = "Even load; viewers of one stream are spread over all servers, so all of them subscribe to it."

    @staticmethod
    def choose(stream: str, free: Sequence[S], rng: Random, decide: Decide = in_silence) -> S:
        chosen = min(free, key=lambda server: server.connections)
        decide(f"{chosen.id} holds the fewest: {chosen.connections:,} connections")
        return chosen


class ByStream:
    label = "By stream (L7)"
    tradeoff = "Few servers per stream and few streams per server; a viral stream fills one and spills over."

    @staticmethod
    def choose(stream: str, free: Sequence[S], rng: Random, decide: Decide = in_silence) -> S:
        """The highest weight of stream and server: rendezvous hashing, so a server's end moves only its own."""
        chosen = max(
            free, key=lambda server: blake2b(f"{stream}/{server.id}".encode(), digest_size=8).digest()
        )
        decide(f"{chosen.id} weighs most for {stream}, of those that have room")
        return chosen


class Distribution(Protocol):
    """Which channels a server listens on, and which a comment is put on."""

    label: str
    tradeoff: str
    dispatched: bool

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        """The channels of a server whose viewers watch these streams."""
        ...

    @staticmethod
    def spread(stream: str, believed: Sequence[str], decide: Decide) -> None:
        """Say who hears a comment of that stream; `believed` are the servers that a dispatcher sends it to."""
        ...


class Everything:
    label = "Everything to every server"
    tradeoff = "Nothing to keep track of; each server reads all comments, and throws most of them away."
    dispatched = False

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        return set(streams)

    @staticmethod
    def spread(stream: str, believed: Sequence[str], decide: Decide) -> None:
        decide("every server reads it, whoever watches there")


class Partitioned:
    label = "A channel per stream"
    tradeoff = (
        "A server reads what its viewers watch, and no more; it must subscribe and unsubscribe in time."
    )
    dispatched = False

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        return set(watched)

    @staticmethod
    def spread(stream: str, believed: Sequence[str], decide: Decide) -> None:
        decide(f"servers whose viewers watch {stream} read it")


class Dispatched:
    label = "Dispatcher service"
    tradeoff = (
        "Servers only read their inbox; the dispatcher's table must be right, or someone hears nothing."
    )
    dispatched = True

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        return {inbox(server)}

    @staticmethod
    def spread(stream: str, believed: Sequence[str], decide: Decide) -> None:
        decide(f"the dispatcher's table says {', '.join(believed) or 'nobody'}")


def inbox(server: str) -> str:
    """The channel that only this server reads."""
    return f"inbox-{server}"


class Pagination(Protocol):
    """How a page of history is asked for. `ahead` is how many pages one read fetches."""

    label: str
    tradeoff: str
    by_offset: bool
    ahead: int


class ByOffset:
    label = "Offset"
    tradeoff = "Any page at once; what is said meanwhile shifts all pages, so comments come twice or never."
    by_offset, ahead = True, 1


class ByCursor:
    label = "Cursor"
    tradeoff = "Exact whatever happens at the top, and an index seek however deep; no jumping to page 40."
    by_offset, ahead = False, 1


class Prefetching:
    label = "Cursor and prefetch cache"
    tradeoff = "Five pages for one read; memory, and hiding a comment must empty the cached pages."
    by_offset, ahead = False, 5


class Transport(Protocol):
    """What carries comments to the servers."""

    label: str
    tradeoff: str
    resumes: bool

    @staticmethod
    def carry(seq: int, decide: Decide) -> None:
        """Say how a comment travels."""
        ...


class PubSubAlone:
    label = "Pub/sub alone"
    tradeoff = "Nothing is kept: who is not subscribed at that moment never hears of it."
    resumes = False

    @staticmethod
    def carry(seq: int, decide: Decide) -> None:
        decide("goes to whoever is subscribed at that moment; nothing keeps it")


class Log:
    label = "Log with ids (Redis stream)"
    tradeoff = "Memory for the newest thousand; any server can go on where a viewer stopped."
    resumes = True

    @staticmethod
    def carry(seq: int, decide: Decide) -> None:
        decide(f"goes to the end of the log of its stream, under id {seq}")


class FullBuffer(Protocol):
    """What happens when a viewer's buffer is full."""

    label: str
    tradeoff: str
    waits: bool

    @staticmethod
    def act(name: str, decide: Decide) -> None:
        """Say what happens to a viewer whose buffer is full."""
        ...


class DropSlow:
    label = "Drop it, and say so"
    tradeoff = "It comes back with its last id and reads on at its own pace; nobody else notices."
    waits = False

    @staticmethod
    def act(name: str, decide: Decide) -> None:
        decide(f"the buffer of {name} is full: its connection ends, nobody waits")


class WaitForSlow:
    label = "Wait for it"
    tradeoff = "It misses nothing, and everybody on its server waits as long as it does."
    waits = True

    @staticmethod
    def act(name: str, decide: Decide) -> None:
        decide(f"the buffer of {name} is full: everybody on its server waits for it")


DELIVERY_METHODS: dict[str, type[DeliveryMethod]] = {
    "polling": Polling,
    "websocket": WebSocket,
    "sse": ServerSentEvents,
}
ROUTINGS: dict[str, type[Routing]] = {
    "random": RandomServer,
    "least_connections": LeastConnections,
    "by_stream": ByStream,
}
DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "everything": Everything,
    "partitioned": Partitioned,
    "dispatcher": Dispatched,
}
TRANSPORTS: dict[str, type[Transport]] = {"pubsub": PubSubAlone, "log": Log}
PAGINATIONS: dict[str, type[Pagination]] = {"offset": ByOffset, "cursor": ByCursor, "prefetch": Prefetching}
FULL_BUFFERS: dict[str, type[FullBuffer]] = {"drop": DropSlow, "wait": WaitForSlow}
