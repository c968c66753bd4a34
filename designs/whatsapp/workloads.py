"""Named traffic."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdlab.lab import Operation, Sample, Workload

CAST = ("ann", "bob", "cem", "dee")


def steady(rng: Random) -> Iterator[Operation]:
    """Adds, and now and then a look."""
    while True:
        verb = "look" if rng.random() < 0.2 else "add"
        yield Operation(verb, {"nonce": rng.randrange(1 << 31)}, rng.choice(CAST))


def crowd(rng: Random) -> Iterator[Operation]:
    """Everybody adds at once."""
    while True:
        yield Operation("add", {"nonce": rng.randrange(1 << 31)}, rng.choice(CAST))


WORKLOADS = (
    Workload("steady", "Steady", "adds, and one look in five", steady, rate=40, maximum=400),
    Workload("crowd", "Crowd", "everybody adds at once", crowd, rate=300, maximum=1000),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "people add, now and then", steady, rate=2),
    on_screen=lambda snapshot: snapshot.shown.total,
)
