"""Traffic: chatter, groups, resends, killed servers, flaky phones, outsiders, somebody who is away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from sdlab.lab import Operation, Sample, Workload

CAST = ("ann", "ben", "cleo")
WEEKEND, VILLAGE, PAIR = "weekend", "village", "ann-ben"
ON_THE_PAGE = 0.15
KILL_EACH, LOSE_EACH, AWAY_FOR = 25, 2, 40


def _text(rng: Random) -> int:
    return rng.randrange(1 << 16)


def _page(rng: Random) -> Operation:
    """Somebody on the page writes to the other two."""
    return Operation("write", {"chat": WEEKEND, "who": rng.choice(CAST), "by": 0, "text": _text(rng)}, "load")


def _other(rng: Random) -> Operation:
    """Somebody else writes to somebody else."""
    chat = rng.randrange(1 << 20)
    return Operation("write", {"chat": chat, "by": rng.randrange(1 << 10), "text": _text(rng)}, "load")


def _any(rng: Random) -> Operation:
    return _page(rng) if rng.random() < ON_THE_PAGE else _other(rng)


def chat(rng: Random) -> Iterator[Operation]:
    """Pairs and groups of eight write; one in seven messages is among the three on the page."""
    for number in count(1):
        yield _any(rng)
        if number % 10 == 0:
            yield Operation("type", {"chat": WEEKEND, "who": rng.choice(CAST), "by": 0}, "load")


def group(rng: Random) -> Iterator[Operation]:
    """Everybody is in one group, and one after the other writes to all."""
    for number in count(1):
        if number % 4 == 1:
            yield Operation(
                "write", {"chat": VILLAGE, "who": rng.choice(CAST), "by": 0, "text": _text(rng)}, "load"
            )
        else:
            yield Operation(
                "write", {"chat": VILLAGE, "by": rng.randrange(1 << 10), "text": _text(rng)}, "load"
            )


def resends(rng: Random) -> Iterator[Operation]:
    """Every third message is sent twice: its phone heard no answer."""
    for number in count(1):
        if number % 3:
            yield _any(rng)
        else:
            where = (
                {"chat": WEEKEND, "who": rng.choice(CAST), "by": 0}
                if number % 2
                else {"chat": rng.randrange(1 << 20), "by": rng.randrange(1 << 10)}
            )
            yield Operation(
                "twice", {**where, "text": _text(rng), "nonce": f"{number}-{rng.randrange(1 << 30)}"}, "load"
            )


def kills(rng: Random) -> Iterator[Operation]:
    """Chatter, and again and again a chat server dies."""
    for number in count(1):
        if number % KILL_EACH == 0:
            yield Operation("kill", {"nth": rng.randrange(1 << 10)}, "somebody")
        yield _any(rng)


def flaky(rng: Random) -> Iterator[Operation]:
    """Chatter, and phones lose what is written to them, with their connection."""
    for number in count(1):
        if number % LOSE_EACH == 0:
            yield Operation("lose", {"nth": rng.randrange(1 << 20)}, "load")
        yield _any(rng)


def outsiders(rng: Random) -> Iterator[Operation]:
    """Chatter and pictures; somebody who is in none of the chats asks for them by id."""
    for number in count(1):
        if number % 4 == 0:
            yield Operation(
                "snoop", {"chat": rng.choice((WEEKEND, PAIR)), "nth": rng.randrange(1 << 10)}, "mallory"
            )
        elif number % 10 == 3:
            yield Operation("picture", {"chat": WEEKEND, "who": rng.choice(CAST), "by": 0}, "load")
        elif number % 10 == 7:
            yield Operation("read", {"chat": WEEKEND, "who": rng.choice(CAST), "by": 0}, "load")
        else:
            yield _page(rng) if number % 2 else _other(rng)


def away(rng: Random) -> Iterator[Operation]:
    """Cleo is in flight mode for forty messages, then back for forty."""
    for number in count(0):
        if number % AWAY_FOR == 0:
            yield Operation("back" if number // AWAY_FOR % 2 else "away", {}, "cleo")
        yield Operation(
            "write", {"chat": WEEKEND, "who": rng.choice(CAST[:2]), "by": 0, "text": _text(rng)}, "load"
        )


def joins(rng: Random) -> Iterator[Operation]:
    """Devices connect anew all the time; a server dies early on, and joins again empty."""
    for number in count(1):
        if number == 10:
            yield Operation("kill", {"nth": 0}, "somebody")
        yield Operation("move", {"nth": rng.randrange(1 << 20)}, "load") if number % 3 else _page(rng)


def sample(rng: Random) -> Iterator[Operation]:
    """Ann, Ben and Cleo plan a weekend."""
    for number in count(0):
        who = CAST[number % 3]
        where = PAIR if number % 5 == 4 and who != "cleo" else WEEKEND
        if number % 4 == 1:
            yield Operation("type", {"chat": where, "who": who, "by": 0}, who)
        else:
            yield Operation("write", {"chat": where, "who": who, "by": 0, "text": number}, who)


WORKLOADS = (
    Workload("chat", "Chatter", "pairs and groups of eight write", chat, 40, 2000, unit="messages"),
    Workload(
        "group", "One large group", "everybody is in it, and everybody writes", group, 4, 60, unit="messages"
    ),
    Workload("resends", "Sent twice", "every third message is sent again", resends, 30, 300, unit="messages"),
    Workload("kills", "Servers die", "chatter, and servers are killed", kills, 40, 300, unit="messages"),
    Workload("flaky", "Flaky phones", "phones lose their connections", flaky, 30, 300, unit="messages"),
    Workload("outsiders", "Outsiders ask", "who is in no chat asks by id", outsiders, 20, 200, unit="calls"),
    Workload("away", "Away and back", "Cleo misses forty messages", away, 20, 300, unit="messages"),
    Workload(
        "joins",
        "A server joins",
        "devices connect anew, to old and new servers",
        joins,
        40,
        300,
        unit="connections",
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "Ann, Ben and Cleo plan a weekend", sample, rate=2.0),
    on_screen=lambda snapshot: [(one.id, one.messages, one.chats) for one in snapshot.phones],
)
