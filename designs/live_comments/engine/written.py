"""Bytes, counted where they are written: per connection, and by method of delivery since opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from designs.live_comments.engine.strategies import DELIVERY_METHODS


@dataclass(slots=True)
class Written:
    """What went to a peer: `events` comments, and `bytes` in all, with everything around them."""

    events: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Polled:
    """Polls that came over HTTP: how many, and the bytes of questions and answers together."""

    polls: int = 0
    empty: int = 0
    empty_bytes: int = 0


class WireBytes:
    """Sums over all real connections; simulated viewers are objects of this process, and no bytes go to them."""

    def __init__(self) -> None:
        self.by_method = {id: Written() for id in DELIVERY_METHODS}
        self.polled = Polled()

    def open(self, method: str) -> WireMeter:
        """A meter for one connection."""
        return WireMeter(self.by_method[method])

    def poll(self, events: int, size: int) -> None:
        """A poll was answered with so many comments; question and answer had `size` bytes."""
        total = self.by_method["polling"]
        total.events += events
        total.bytes += size
        self.polled.polls += 1
        if not events:
            self.polled.empty += 1
            self.polled.empty_bytes += size


@dataclass(slots=True)
class WireMeter:
    """What one connection was written; whoever writes to the peer says so here."""

    total: Written
    own: Written = field(default_factory=Written)

    def wrote(self, size: int) -> None:
        """So many bytes were written."""
        self.own.bytes += size
        self.total.bytes += size

    def delivered(self, events: int) -> None:
        """So many comments were among them."""
        self.own.events += events
        self.total.events += events
