"""Questions about live comments; numbers are computed by the code that runs."""

from __future__ import annotations

from random import Random

from designs.live_comments.engine.strategies import ByStream, LeastConnections
from designs.live_comments.engine.streams import STREAMS
from designs.live_comments.lesson.numbers import ESTIMATE, deliveries, framing
from sdlab.lab import Choice, Question


class _Server:
    def __init__(self, number: int) -> None:
        self.id = f"server-{number}"
        self.connections = 0


def subscriptions(routing: type[ByStream] | type[LeastConnections]) -> float:
    """Pairs of server and stream when forty viewers of each of twelve streams are routed over four servers."""
    servers, rng = [_Server(number) for number in range(1, 5)], Random(1)
    pairs = set()
    for stream in STREAMS:
        for _ in range(40):
            chosen = routing.choose(stream, servers, rng)
            chosen.connections += 1
            pairs.add((stream, chosen.id))
    return float(len(pairs))


def shifted_duplicates() -> float:
    """Comments on page two that were on page one, when three are added between pages of ten by offset."""
    before = list(range(40, 0, -1))
    after = [43, 42, 41, *before]
    return float(len(set(before[:10]) & set(after[10:20])))


def servers_needed() -> float:
    """Servers of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "servers")


QUIZ = (
    Question(
        id="direction",
        text="A viewer writes one comment for a thousand that it reads. What carries the thousand best?",
        explanation="Traffic goes one way, over plain HTTP, and the browser reconnects with the last id by itself.",
        choices=(
            Choice("Polling once a second", "Most answers are empty, and all of them carry headers."),
            Choice("A WebSocket, since it is real time", "It works; half of it is never used."),
            Choice("Server-sent events", "One direction, ids, and resuming are in the standard.", right=True),
        ),
    ),
    Question(
        id="killed",
        text="A server with 5,000 connections ends. All of them are elsewhere within a second. What is missing?",
        explanation="Reconnecting is not resuming. With ids and a log the new server starts where each viewer stopped.",
        choices=(
            Choice("Nothing, they are connected again", "What was published meanwhile went to nobody."),
            Choice(
                "What was said meanwhile, unless it is in a log that can be read from an id",
                "Pub/sub keeps nothing for who is not subscribed.",
                right=True,
            ),
            Choice("Everything since they joined", "What was on their screens stays there."),
        ),
    ),
    Question(
        id="duplicates",
        text="Page one shows ten comments by offset 0. Three are added. How many of page two (offset 10) repeat?",
        explanation="Everything moves down by three places, so the last three of page one open page two.",
        answer=shifted_duplicates,
        tolerance=0.01,
        unit="comments",
    ),
    Question(
        id="subscriptions",
        text="Twelve streams of forty viewers, four servers, least connections: how many subscriptions in all?",
        explanation="Even load puts somebody of each stream on each server: 4 × 12. Routed by stream it would be 12.",
        answer=lambda: subscriptions(LeastConnections),
        tolerance=0.01,
        unit="subscriptions",
    ),
    Question(
        id="deliveries",
        text="One stream has 10,000 viewers and 1,000 comments per second. How many deliveries per second?",
        explanation="Each comment goes to each viewer. Nobody reads a thousand lines a second: sample for the screen.",
        answer=lambda: deliveries(1_000, 10_000),
        tolerance=0.01,
        unit="per s",
    ),
    Question(
        id="servers",
        text="Five million viewers, 50,000 connections per server: how many servers?",
        explanation="Viewers divided by connections, before any spare for a server that ends.",
        answer=servers_needed,
        tolerance=0.001,
        unit="servers",
    ),
    Question(
        id="empty_poll",
        text="How many times the framing of one server-sent event is an empty poll, in bytes?",
        explanation="An event adds names of fields and an id; a poll carries two sets of headers even for nothing.",
        answer=lambda: ESTIMATE.defaults()["empty_poll"] / framing(),
        tolerance=0.3,
        unit="×",
    ),
    Question(
        id="slow",
        text="One viewer's phone reads slower than comments come. What should its server do?",
        explanation="A bound per connection, then the end of it. It resumes from its last id, at its own pace.",
        choices=(
            Choice(
                "Keep everything until it has read it",
                "Memory grows without end, for somebody who is behind.",
            ),
            Choice("Wait for it before going on", "Everybody on that server waits too."),
            Choice(
                "Drop the connection when its buffer is full, and say so",
                "The viewer knows where it stopped.",
                right=True,
            ),
        ),
    ),
)
