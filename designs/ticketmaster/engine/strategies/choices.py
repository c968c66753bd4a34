"""Choices without input or output: who is let in, how index and map hear of changes, what is kept, what is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sdlab.stores.sessions import Isolation

Decide = Callable[[str], None]


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
    """A sorted set in order of arrival; those inside change in batches."""

    label = "waiting room, in batches"
    tradeoff = "A fair order and a bounded crowd; buyers wait, and a token must be checked."
    waits = True


class CachePolicy(Protocol):
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

    @staticmethod
    def begins(decide: Decide) -> None:
        """Say when whoever begins to look this way will be answered."""
        ...


class Polling:
    """Ask again every few seconds."""

    label = "polling"
    tradeoff = "Plain requests that any server understands; most come back empty, and news is late."
    stays = False

    @staticmethod
    def begins(decide: Decide) -> None:
        """At once, whatever there is."""
        decide("polling: each question is answered at once, also with nothing, and asked again later")


class LongPolling:
    """Ask, and be answered when something changes."""

    label = "long polling"
    tradeoff = "News at once over plain requests; each change costs a whole request with its headers."
    stays = True

    @staticmethod
    def begins(decide: Decide) -> None:
        """By the next change."""
        decide("long polling: each question is kept until a seat changes, then asked again")


class WebSockets:
    """One connection for both directions."""

    label = "WebSocket"
    tradeoff = "The fewest bytes per change; resuming and heartbeats are the application's own business."
    stays = True

    @staticmethod
    def begins(decide: Decide) -> None:
        """With a message per change."""
        decide("WebSocket: one question, then a message whenever a seat changes")


class ServerSentEvents:
    """One response that does not end, with ids to resume from."""

    label = "server-sent events"
    tradeoff = "Plain HTTP that resumes by itself; one direction, and six streams per browser over HTTP/1.1."
    stays = True

    @staticmethod
    def begins(decide: Decide) -> None:
        """With an event per change."""
        decide("server-sent events: one answer that goes on with an event whenever a seat changes")


class Search(Protocol):
    """What answers searches, and how it hears of changed events."""

    label: str
    tradeoff: str


class Like:
    """A scan with `LIKE '%word%'`: no index of the database helps a pattern that begins with anything."""

    label = "SQL LIKE"
    tradeoff = "Right at once and nothing to keep in step; every question reads every row."


class DualWrites:
    """The application writes the database, then the index."""

    label = "search engine, dual writes"
    tradeoff = "Fast answers; a failure between the two writes leaves the index wrong for good."


class ChangeCapture:
    """The index follows an outbox that is written together with the change."""

    label = "search engine, change data capture"
    tradeoff = "Fast answers, late by a moment; after a failure it catches up by itself."


class IsolationLevel(Protocol):
    """What a transaction sees of those beside it. `level` is how the database calls it."""

    label: str
    tradeoff: str
    level: Isolation

    @staticmethod
    def begins(decide: Decide) -> None:
        """Say what this transaction will see."""
        ...


class ReadCommitted:
    """Each statement sees what was committed before it; one that waited for a row reads it anew."""

    label = "read committed"
    tradeoff = "Nothing is given up; what two statements saw need not fit together, so the row is locked."
    level: Isolation = "READ COMMITTED"

    @staticmethod
    def begins(decide: Decide) -> None:
        """A statement at a time."""
        decide("read committed: each statement sees what was committed before it")


class RepeatableRead:
    """All statements see one moment; a row that changed since cannot be locked (40001)."""

    label = "repeatable read"
    tradeoff = "One consistent picture; whoever waited for a changed row is given up and begins again."
    level: Isolation = "REPEATABLE READ"

    @staticmethod
    def begins(decide: Decide) -> None:
        """All of one moment."""
        decide("repeatable read: all statements see the moment of the first one")


class Serializable:
    """As if one transaction ran after the other; what has no such order is given up (40001)."""

    label = "serializable"
    tradeoff = "The database itself finds what does not fit; more is given up, also without a real conflict."
    level: Isolation = "SERIALIZABLE"

    @staticmethod
    def begins(decide: Decide) -> None:
        """As if nobody else were there."""
        decide("serializable: it is given up if no order of the transactions fits what they saw")


ADMISSIONS: dict[str, type[Admission]] = {"free": FreeForAll, "queue": Batches}
CACHES: dict[str, type[CachePolicy]] = {"none": NoCache, "lru": QueryLru, "edge": EdgeCache}
DELIVERIES: dict[str, type[Delivery]] = {
    "polling": Polling,
    "long": LongPolling,
    "websocket": WebSockets,
    "sse": ServerSentEvents,
}
SEARCHES: dict[str, type[Search]] = {"like": Like, "dual": DualWrites, "cdc": ChangeCapture}
ISOLATIONS: dict[str, type[IsolationLevel]] = {
    "committed": ReadCommitted,
    "repeatable": RepeatableRead,
    "serializable": Serializable,
}
