"""Traffic: a thousand at the opening, people who browse, who walk away, whose cards fail, and editors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, cycle
from random import Random

from designs.ticketmaster.engine.programme import EVENTS, FIRST_EVENT, KINDS, NAMES, SEATS
from sdlab.lab import Operation, Sample, Workload

BUYERS = 1_000
FRONT = 2.5
ARRIVALS, AT_ONCE = 36, 3
POPULAR = "e1"
ON_SCREEN = 0.3
WORDS = [word for name in (*NAMES, *KINDS) for word in name.split() if word.isalpha()]


def _seats(rng: Random) -> list[str]:
    """A few seats side by side; rather in front, as everybody wants to sit there."""
    first = int((len(SEATS) - 4) * rng.random() ** FRONT)
    return list(SEATS[first : first + rng.randint(1, 4)])


def _event(rng: Random) -> str:
    """An event with room, rather the one on screen."""
    return FIRST_EVENT if rng.random() < ON_SCREEN else f"e{rng.randint(2, EVENTS)}"


def _hold(rng: Random, event: str, buyer: str) -> Operation:
    return Operation("hold", {"event": event, "seats": _seats(rng)}, buyer)


def rush(rng: Random) -> Iterator[Operation]:
    """A thousand come to one event and look where they stand; of those inside, some hold and pay at once."""
    arriving = cycle(range(1, BUYERS + 1))
    while True:
        for _ in range(ARRIVALS):
            yield Operation("arrive", {"event": POPULAR}, f"buyer {next(arriving)}")
        for _ in range(AT_ONCE):
            args = {"event": POPULAR, "nth": rng.randrange(BUYERS), "seats": _seats(rng)}
            yield Operation("hold_inside", args, "buyers")
        for _ in range(AT_ONCE):
            yield Operation("book_held", {"nth": rng.randrange(BUYERS), "outcome": "ok"}, "buyers")


def browse(rng: Random) -> Iterator[Operation]:
    """Mostly searches; now and then a sale of an event with room."""
    while True:
        yield from (Operation("search", {"term": rng.choice(WORDS)}, "browser") for _ in range(18))
        buyer = f"buyer {rng.randrange(BUYERS) + 1}"
        yield _hold(rng, _event(rng), buyer)
        yield Operation("book", {"outcome": "ok"}, buyer)


def abandon(rng: Random) -> Iterator[Operation]:
    """Seats are held and given back, or simply forgotten."""
    while True:
        buyer = f"buyer {rng.randrange(BUYERS) + 1}"
        yield _hold(rng, _event(rng), buyer)
        if rng.random() < 0.5:
            yield Operation("release", {}, buyer)


def failing(rng: Random) -> Iterator[Operation]:
    """Payments that are declined, or whose service dies after taking the money."""
    while True:
        buyer = f"buyer {rng.randrange(BUYERS) + 1}"
        yield _hold(rng, _event(rng), buyer)
        yield Operation("book", {"outcome": rng.choice(("ok", "declined", "crash"))}, buyer)


def edits(rng: Random) -> Iterator[Operation]:
    """Events get new names, and somebody looks for them."""
    while True:
        title = f"{rng.choice(NAMES)} {rng.choice(KINDS)} {rng.randint(2, 99)}"
        yield Operation("edit", {"event": _event(rng), "title": title}, "editor")
        yield Operation("search", {"term": title}, "browser")


def season(rng: Random) -> Iterator[Operation]:
    """The same few questions again and again, while now and then an event gets another name."""
    while True:
        yield from (Operation("search", {"term": rng.choice(WORDS[:12])}, "browser") for _ in range(19))
        title = f"{rng.choice(NAMES)} {rng.choice(KINDS)} {rng.randint(2, 99)}"
        yield Operation("edit", {"event": _event(rng), "title": title}, "editor")


def sample(rng: Random) -> Iterator[Operation]:
    """A few people choose seats of the event on screen, most give them back, some pay."""
    for number in count(1):
        buyer = f"buyer {number}"
        yield _hold(rng, FIRST_EVENT, buyer)
        yield Operation("search", {"term": rng.choice(WORDS)}, "browser")
        if number % 3:
            yield Operation("release", {}, buyer)
        else:
            yield Operation("book", {"outcome": "ok"}, buyer)


WORKLOADS = (
    Workload("rush", "On-sale rush", "1,000 buyers want the same 200 seats", rush, 300),
    Workload("browse", "Browse and search", "many look, few buy", browse, 100, 1000),
    Workload("abandon", "Abandoning buyers", "seats are held and not bought", abandon, 60, 1000),
    Workload("failing", "Failing payments", "declined, or dead after the money was taken", failing, 60, 1000),
    Workload("season", "Busy programme", "the same questions, titles that change", season, 80, 1000),
    Workload("edits", "Event edits", "titles change while people search", edits, 20, 200),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "a few people hold seats of this event", sample, rate=2.0),
    on_screen=lambda snapshot: (snapshot.hall.event, snapshot.hall.changes),
)
