"""Named traffic. The same seed gives the same operations, whatever the system answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from designs.tinder.engine.people import SAM
from sdlab.lab import Operation, Sample, Workload

SESSION, LONG_SESSION = 5, 10
OTHERS = "others swipe, and a phone shows nobody who likes it; the two on the page are the visitor's"


def _moods(rng: Random, size: int) -> list[float]:
    return [round(rng.random(), 3) for _ in range(size)]


def evening(place: str) -> Callable[[Random], Iterator[Operation]]:
    """People who live around one place swipe a few cards each."""

    def operations(rng: Random) -> Iterator[Operation]:
        while True:
            args = {"where": place, "pick": rng.randrange(24), "moods": _moods(rng, SESSION)}
            yield Operation("session", args, f"phones, {place}")

    return operations


def both(rng: Random) -> Iterator[Operation]:
    """Two people who never met swipe right on each other in the same instant."""
    while True:
        yield Operation("both", {"nonce": rng.randrange(1 << 31)}, "two phones")


def restless(rng: Random) -> Iterator[Operation]:
    """Swipe a few, change the filters or go elsewhere, swipe on at once."""
    while True:
        pick = rng.randrange(24)
        yield Operation("session", {"where": "city", "pick": pick, "moods": _moods(rng, 4)}, "phones, city")
        args = {
            "where": "city",
            "pick": pick,
            "km": rng.choice((4.0, 6.0, 9.0, 14.0)),
            "shift": [round(rng.uniform(-0.8, 0.8), 2), round(rng.uniform(-0.8, 0.8), 2)],
            "moods": _moods(rng, 4),
        }
        yield Operation("move", args, "phones, city")


def many(rng: Random) -> Iterator[Operation]:
    """Everybody everywhere swipes, ten cards at a time."""
    while True:
        args = {"who": rng.randrange(1 << 31), "moods": _moods(rng, LONG_SESSION)}
        yield Operation("anybody", args, "all phones")


def sample(rng: Random) -> Iterator[Operation]:
    """The other phone of the page likes somebody, then people who live around swipe."""
    while True:
        yield Operation("phone", {"user": SAM, "moods": [0.0]}, "the other phone")
        args = {"where": "city", "pick": rng.randrange(24), "moods": _moods(rng, 2)}
        yield Operation("session", args, "phones, city")


WORKLOADS = (
    Workload(
        "city",
        "An evening in the city",
        "Two dozen people downtown swipe five cards each time; some of them come upon you.",
        evening("city"),
        rate=8.0,
        maximum=200.0,
        unit="sessions",
        elsewhere=OTHERS,
    ),
    Workload(
        "country",
        "Countryside",
        "The same where hardly anybody lives: feeds run dry.",
        evening("country"),
        rate=8.0,
        maximum=200.0,
        unit="sessions",
        elsewhere=OTHERS,
    ),
    Workload(
        "both",
        "Both at the same instant",
        "Pairs of strangers swipe right on each other at once, and neither waits for the other.",
        both,
        rate=25.0,
        maximum=500.0,
        unit="pairs",
        elsewhere=OTHERS,
    ),
    Workload(
        "restless",
        "Restless people",
        "Swipe, change the filters or move, and swipe on before the replicas have caught up.",
        restless,
        rate=12.0,
        maximum=200.0,
        elsewhere=OTHERS,
    ),
    Workload(
        "many",
        "A million swipes",
        "Everybody everywhere, ten swipes an operation, until the room's million is full.",
        many,
        rate=20.0,
        maximum=800.0,
        unit="sessions",
        elsewhere=OTHERS,
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "Sam and others in the city swipe", sample, rate=1.0),
    on_screen=lambda snapshot: snapshot.phones,
)
