"""The approaches: who redirects, who counts, by which key, what makes a click count once, when totals are written."""

from __future__ import annotations

from typing import Protocol
from zlib import crc32

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.ads import Impression, ImpressionSigner, parsed
from sdlab.lab import EngineContext, Forbidden

PARTITIONS = 4
FORGED = "that is no impression that we served"
EXPIRED = "that impression was served too long ago"

Context = EngineContext[Config]


# Who redirects


class Redirect(Protocol):
    """Where an ad's link leads."""

    label: str
    tradeoff: str
    by_server: bool

    def decide(self, context: Context) -> None: ...


class ServerRedirect:
    """The link leads to us; we log, then answer with a 302."""

    label = "By the server, 302"
    tradeoff = "Nobody gets to the advertiser past us; one round trip more for whoever clicks."
    by_server = True

    def decide(self, context: Context) -> None:
        context.decide("the click is in the log: 302 to the advertiser's page")


class BrowserRedirect:
    """The link leads to the advertiser; the page tells us by a pixel."""

    label = "By the browser, with a pixel"
    tradeoff = "The advertiser's page comes at once; who blocks the pixel is not counted."
    by_server = False

    def decide(self, context: Context) -> None:
        context.decide("the pixel tells us of a click that is with the advertiser already: no redirect")


REDIRECTS: dict[str, Redirect] = {"server": ServerRedirect(), "browser": BrowserRedirect()}


# Who counts


class Aggregation(Protocol):
    """Who makes totals of clicks."""

    label: str
    tradeoff: str
    streams: bool
    per_click: bool

    def decide(self, context: Context) -> None: ...


class PerClick:
    """A row per ad and window, updated with each click."""

    label = "A row, updated per click"
    tradeoff = "Fresh at once; a write of the database for each click, and all of a hot ad on one row."
    streams, per_click = False, True

    def decide(self, context: Context) -> None:
        context.decide("the row of this ad and window is one more, now")


class Stream:
    """Aggregators count windows of event time and flush them."""

    label = "Stream, tumbling windows"
    tradeoff = "Seconds old, a row per ad and window; processes with state that has to survive them."
    streams, per_click = True, False

    def decide(self, context: Context) -> None:
        context.decide("an aggregator reads the log and counts it in a window")


class Batch:
    """A job counts what is new in the log, now and then."""

    label = "Batch only"
    tradeoff = "The simplest that is exact, and the cheapest; the dashboard is as old as the last job."
    streams = per_click = False

    def decide(self, context: Context) -> None:
        context.decide("nobody counts it before the next batch")


AGGREGATIONS: dict[str, Aggregation] = {"per_click": PerClick(), "stream": Stream(), "batch": Batch()}


# By which key


class PartitionKey(Protocol):
    """Which partition of the log a click goes to; `hot` says whether its ad is, `turn` counts its clicks."""

    label: str
    tradeoff: str

    def partition(self, context: Context, ad: int, *, hot: bool, turn: int) -> int: ...


def home_of(ad: int) -> int:
    """The partition of an ad, by its number.

    >>> 0 <= home_of(7) < PARTITIONS
    True
    """
    return crc32(f"ad {ad}".encode()) % PARTITIONS


class ByAd:
    """An ad is always in one partition."""

    label = "adId"
    tradeoff = "One aggregator has all of an ad; an ad that everybody clicks is more than it can take."

    def partition(self, context: Context, ad: int, *, hot: bool, turn: int) -> int:
        context.decide(f"the key is the ad: partition {home_of(ad)}, however hot it is")
        return home_of(ad)


class BySpread:
    """A hot ad gets a number behind its id, in turn, and so every partition."""

    label = "adId:0–N where hot"
    tradeoff = "A hot ad is shared out; its total is a sum over partitions when somebody asks."

    def partition(self, context: Context, ad: int, *, hot: bool, turn: int) -> int:
        if not hot:
            context.decide(f"the ad is not hot: its own partition, {home_of(ad)}")
            return home_of(ad)
        chosen = (home_of(ad) + turn) % PARTITIONS
        context.decide(f"the ad is hot: key {ad}:{turn % PARTITIONS}, partition {chosen}")
        return chosen


KEYS: dict[str, PartitionKey] = {"ad": ByAd(), "spread": BySpread()}


# What makes it count once


class Idempotency(Protocol):
    """Whether a click counts."""

    label: str
    tradeoff: str
    signed: bool

    def admit(self, context: Context, signer: ImpressionSigner, id: str) -> tuple[Impression, int]:
        """The impression, and for how many seconds its id is remembered. `Forbidden` for what does not count."""
        ...


def _readable(id: str) -> Impression:
    found = parsed(id)
    if found is None:
        raise Forbidden(FORGED)
    return found


class NoIdempotency:
    """Every click counts."""

    label = "None"
    tradeoff = "Nothing to keep; a double click, a retry and a script all count."
    signed = False

    def admit(self, context: Context, signer: ImpressionSigner, id: str) -> tuple[Impression, int]:
        context.decide("nothing is asked and nothing remembered: it counts")
        return _readable(id), 0


class SeenIds:
    """The id is remembered for a while."""

    label = "Impression id, TTL"
    tradeoff = "Repeats are dropped while the key lives; who makes up an id is counted."
    signed = False

    def admit(self, context: Context, signer: ImpressionSigner, id: str) -> tuple[Impression, int]:
        context.decide(f"any id will do; it is remembered for {context.config.ttl_s} s")
        return _readable(id), context.config.ttl_s


class SignedIds:
    """The id bears our signature and an end; it is remembered until then."""

    label = "Signed id, until it ends"
    tradeoff = "Only what we served counts, and once: the key lives as long as the signature."
    signed = True

    def admit(self, context: Context, signer: ImpressionSigner, id: str) -> tuple[Impression, int]:
        if not signer.genuine(id):
            context.decide("the signature is not ours: 403")
            raise Forbidden(FORGED)
        found, now = _readable(id), context.clock.time()
        if now > found.until:
            context.decide("ours, and its time is over: 403")
            raise Forbidden(EXPIRED)
        context.decide("our signature: it counts, once, and its key lives as long as the signature")
        return found, int(found.until - now) + 2


IDEMPOTENCY: dict[str, Idempotency] = {"none": NoIdempotency(), "redis": SeenIds(), "signed": SignedIds()}


# When totals are written


class FlushInterval(Protocol):
    """How often an aggregator writes what it has."""

    label: str
    tradeoff: str
    seconds: float

    def decide(self, context: Context) -> None: ...


class EverySecond:
    """A second."""

    label = "Every second"
    tradeoff = "A dashboard that follows; most writes, each with few clicks."
    seconds = 1.0

    def decide(self, context: Context) -> None:
        context.decide("counts wait in memory, at most a second")


class EveryTenSeconds:
    """Ten seconds."""

    label = "Every 10 s"
    tradeoff = "A tenth of the writes; a dashboard ten seconds old, and as much to read again after a crash."
    seconds = 10.0

    def decide(self, context: Context) -> None:
        context.decide("counts wait in memory, up to 10 s")


class EveryMinute:
    """A minute."""

    label = "Every minute"
    tradeoff = "Hardly any writes; nobody sees the last minute."
    seconds = 60.0

    def decide(self, context: Context) -> None:
        context.decide("counts wait in memory, up to a minute")


FLUSHES: dict[str, FlushInterval] = {"1": EverySecond(), "10": EveryTenSeconds(), "60": EveryMinute()}


# What becomes of late clicks


class Late(Protocol):
    """What an aggregator does with a click whose window is closed."""

    label: str
    tradeoff: str

    def decide(self, context: Context, late: int) -> None:
        """Say it of so many late ones."""
        ...


class DropLate:
    """Left out."""

    label = "Drop them"
    tradeoff = "A closed window never changes; what came late is missing for good."

    def decide(self, context: Context, late: int) -> None:
        context.decide(f"{late} late: dropped" if late else "in time; a late one would be dropped")


class CorrectLate:
    """Added to the closed window."""

    label = "Correct the window"
    tradeoff = "Every click is counted; an advertiser sees an old window change."

    def decide(self, context: Context, late: int) -> None:
        context.decide(
            f"{late} late: added to closed windows" if late else "in time; a late one would be added"
        )


class ByArrival:
    """Counted when it arrives."""

    label = "Count by arrival"
    tradeoff = "Nothing is ever late; clicks stand in windows in which nobody clicked."

    def decide(self, context: Context, late: int) -> None:
        context.decide("the window is that of the arrival, whenever the click was")


LATES: dict[str, Late] = {"drop": DropLate(), "correct": CorrectLate(), "arrival": ByArrival()}


# What an aggregator goes on from


class Recovery(Protocol):
    """Where a new aggregator begins."""

    label: str
    tradeoff: str
    keeps: bool

    def decide(self, context: Context) -> None: ...


class NoRecovery:
    """From where the dead one had read; its counts are gone."""

    label = "From where it was"
    tradeoff = "Back at once; what was counted and not yet flushed is gone."
    keeps = False

    def decide(self, context: Context) -> None:
        context.decide("flushed; of what it holds nothing is kept but how far it has read")


class Replay:
    """From the beginning of the log."""

    label = "Replay of the log"
    tradeoff = "Exact while the log is whole; it reads everything again, a day of it for the day's windows."
    keeps = False

    def decide(self, context: Context) -> None:
        context.decide("flushed; whoever comes after a crash reads the log from its beginning")


class Checkpoints:
    """From the last checkpoint, position and counts together."""

    label = "Checkpoint, then replay"
    tradeoff = "Exact, and back after a moment; the open windows are written with each flush."
    keeps = True

    def decide(self, context: Context) -> None:
        context.decide("flushed; then a checkpoint: the position and all open windows, in one step")


RECOVERIES: dict[str, Recovery] = {"none": NoRecovery(), "replay": Replay(), "checkpoint": Checkpoints()}


# Whether a batch counts again


class Reconciliation(Protocol):
    """Whether closed windows are counted a second time."""

    label: str
    tradeoff: str
    on: bool

    def decide(self, context: Context) -> None: ...


class NoReconciliation:
    """The stream is believed."""

    label = "Off"
    tradeoff = "Nothing is counted twice; a bug of the fast path stays in the totals."
    on = False

    def decide(self, context: Context) -> None:
        context.decide("these totals stand: nobody counts them again")


class BatchReconciliation:
    """A batch counts the raw log and overrides what differs."""

    label = "Batch overrides"
    tradeoff = "A wrong total is found and repaired; the log is read once more, and totals are final later."
    on = True

    def decide(self, context: Context) -> None:
        context.decide("a batch will count the closed ones once more and override what differs")


RECONCILES: dict[str, Reconciliation] = {"off": NoReconciliation(), "on": BatchReconciliation()}
