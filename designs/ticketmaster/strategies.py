"""Choices without any input or output: who is let in, what is cached, how a seat map is kept fresh."""

from __future__ import annotations

from typing import Protocol


class Admission(Protocol):
    """Who may choose seats of a popular event."""

    label: str
    tradeoff: str
    waits: bool


class FreeForAll:
    """Whoever comes is inside."""

    label = "free-for-all"
    tradeoff = "Nobody waits, but everybody fights for the same seats at once."
    waits = False


class Batches:
    """A sorted set in order of arrival; places are given in batches."""

    label = "waiting room, in batches"
    tradeoff = "A fair order and a bounded crowd; buyers wait, and a token must be checked."
    waits = True


class SearchCache(Protocol):
    """Where answers to searches may be kept. `shared` ones answer before the application is asked."""

    label: str
    tradeoff: str
    keeps: bool
    shared: bool

    @staticmethod
    def cache_control(seconds: int) -> str: ...


class NoCache:
    """Every question is answered anew."""

    label = "none"
    tradeoff = "As fresh as the index; the same question is worked out again and again."
    keeps = False
    shared = False

    @staticmethod
    def cache_control(seconds: int) -> str:
        """Nobody on the way may keep an answer."""
        return "no-store"


class QueryLru:
    """Answers beside the index, the least recently used goes first; all go when the index changes."""

    label = "LRU of queries"
    tradeoff = "Never older than the index; each change of the index empties it."
    keeps = True
    shared = False

    @staticmethod
    def cache_control(seconds: int) -> str:
        """The application caches for itself; nobody on the way does."""
        return "no-store"


class EdgeCache:
    """Answers near the visitor, for so many seconds, whatever happens behind."""

    label = "edge cache, by time"
    tradeoff = "The application is not even asked; an answer may be wrong until its time is over."
    keeps = True
    shared = True

    @staticmethod
    def cache_control(seconds: int) -> str:
        """Shared caches keep it for `seconds`; a browser asks again each time."""
        return f"public, max-age=0, s-maxage={seconds}"


class Delivery(Protocol):
    """How a changed seat gets to who looks at the map. `stays` says whether a connection does."""

    label: str
    tradeoff: str
    stays: bool


class Polling:
    """Ask again every few seconds."""

    label = "polling"
    tradeoff = "Plain requests that any server understands; most come back empty, and news is late."
    stays = False


class LongPolling:
    """Ask, and be answered when something changes."""

    label = "long polling"
    tradeoff = "News at once over plain requests; each change costs a whole request with its headers."
    stays = True


class WebSockets:
    """One connection for both directions."""

    label = "WebSocket"
    tradeoff = "The fewest bytes per change; resuming and heartbeats are the application's own business."
    stays = True


class ServerSentEvents:
    """One response that does not end, with ids to resume from."""

    label = "server-sent events"
    tradeoff = "Plain HTTP that resumes by itself; one direction, and six streams per browser over HTTP/1.1."
    stays = True


ADMISSIONS: dict[str, type[Admission]] = {"free": FreeForAll, "queue": Batches}
CACHES: dict[str, type[SearchCache]] = {"none": NoCache, "lru": QueryLru, "edge": EdgeCache}
DELIVERIES: dict[str, type[Delivery]] = {
    "polling": Polling,
    "long": LongPolling,
    "websocket": WebSockets,
    "sse": ServerSentEvents,
}
