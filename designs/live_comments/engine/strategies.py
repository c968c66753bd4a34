"""The answers to the questions of the design: pure choices, each with its price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from random import Random
from typing import Protocol, TypeVar

POLL_REQUEST = (
    b"GET /api/live-comments/comment-history/harbour?after=123456 HTTP/1.1\r\nHost: live.example\r\n"
    b"Accept: application/json\r\nUser-Agent: viewer/1\r\nCookie: session=0123456789abcdef0123456789abcdef\r\n\r\n"
)
POLL_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1234\r\n"
    b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nCache-Control: no-store\r\n\r\n"
)
EMPTY_ANSWER = b'{"items":[],"next_cursor":null}'
POLL_BYTES = len(POLL_REQUEST) + len(POLL_ANSWER) + len(EMPTY_ANSWER)
SHORT_FRAME = 125
LONG_FRAME = 65_535


class DeliveryMethod(Protocol):
    """How comments get from a server to a viewer. Sizes are bytes."""

    label: str
    tradeoff: str
    pushes: bool

    @staticmethod
    def framing(seq: int, body: int) -> int:
        """Bytes around a body of that length."""
        ...


class Polling:
    label = "Polling"
    tradeoff = "No connection to keep, and most answers are empty: late by half the interval on average."
    pushes = False

    @staticmethod
    def framing(seq: int, body: int) -> int:
        """A comma; the headers are counted once per poll."""
        return 1


class WebSocket:
    label = "WebSocket"
    tradeoff = (
        "Two directions where one is needed; resuming, heartbeat and proxies are the application's business."
    )
    pushes = True

    @staticmethod
    def framing(seq: int, body: int) -> int:
        """The frame header of a server's text message (RFC 6455, section 5.2)."""
        return 2 if body <= SHORT_FRAME else 4 if body <= LONG_FRAME else 10


class ServerSentEvents:
    label = "Server-sent events"
    tradeoff = "One direction over plain HTTP; the browser itself reconnects and names the last id it has."
    pushes = True

    @staticmethod
    def framing(seq: int, body: int) -> int:
        """The names of the fields, the id, and the line breaks."""
        return len(f"id: {seq}\nevent: comment\ndata: \n\n")


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
    def choose(stream: str, free: Sequence[S], rng: Random) -> S:
        """One of the servers that have room; there is at least one."""
        ...


class RandomServer:
    label = "Random"
    tradeoff = "Needs to know nothing; soon every server has somebody of every stream and hears everything."

    @staticmethod
    def choose(stream: str, free: Sequence[S], rng: Random) -> S:
        return rng.choice(free)


class LeastConnections:
    label = "Least connections"
    tradeoff = "Even load; viewers of one stream are spread over all servers, so all of them subscribe to it."

    @staticmethod
    def choose(stream: str, free: Sequence[S], rng: Random) -> S:
        return min(free, key=lambda server: server.connections)


class ByStream:
    label = "By stream (L7)"
    tradeoff = "Few servers per stream and few streams per server; a viral stream fills one and spills over."

    @staticmethod
    def choose(stream: str, free: Sequence[S], rng: Random) -> S:
        """The highest weight of stream and server: rendezvous hashing, so a server's end moves only its own."""
        return max(free, key=lambda server: blake2b(f"{stream}/{server.id}".encode(), digest_size=8).digest())


class Distribution(Protocol):
    """Which channels a server listens on, and which a comment is put on."""

    label: str
    tradeoff: str
    dispatched: bool

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        """The channels of a server whose viewers watch these streams."""
        ...


class Everything:
    label = "Everything to every server"
    tradeoff = "Nothing to keep track of; each server reads all comments, and throws most of them away."
    dispatched = False

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        return set(streams)


class Partitioned:
    label = "A channel per stream"
    tradeoff = (
        "A server reads what its viewers watch, and no more; it must subscribe and unsubscribe in time."
    )
    dispatched = False

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        return set(watched)


class Dispatched:
    label = "Dispatcher service"
    tradeoff = (
        "Servers only read their inbox; the dispatcher's table must be right, or someone hears nothing."
    )
    dispatched = True

    @staticmethod
    def channels(server: str, watched: Iterable[str], streams: Iterable[str]) -> set[str]:
        return {inbox(server)}


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


class PubSubAlone:
    label = "Pub/sub alone"
    tradeoff = "Nothing is kept: who is not subscribed at that moment never hears of it."
    resumes = False


class Log:
    label = "Log with ids (Redis stream)"
    tradeoff = "Memory for the newest thousand; any server can go on where a viewer stopped."
    resumes = True


class FullBuffer(Protocol):
    """What happens when a viewer's buffer is full."""

    label: str
    tradeoff: str
    waits: bool


class DropSlow:
    label = "Drop it, and say so"
    tradeoff = "It comes back with its last id and reads on at its own pace; nobody else notices."
    waits = False


class WaitForSlow:
    label = "Wait for it"
    tradeoff = "It misses nothing, and everybody on its server waits as long as it does."
    waits = True


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
