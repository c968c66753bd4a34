"""Named traffic. The same seed gives the same operations, whatever the system answers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from sdlab.lab import Operation, Sample, Workload

RIDERS = 100_000
CRASH_EVERY = 3


def _request(rng: Random, around: str) -> Operation:
    args = {name: round(rng.random(), 4) for name in ("u", "v", "to_u", "to_v")}
    most = round(1.0 + rng.expovariate(0.8), 2)
    return Operation("request", {**args, "around": around, "most": most}, f"rider-{rng.randrange(RIDERS)}")


def drive(rng: Random) -> Iterator[Operation]:
    """Cars drive, an app looks which are near, and nobody asks for a ride."""
    for number in count(rng.randrange(1000)):
        yield Operation("drive", {"number": number}, "cars")


def evening(rng: Random) -> Iterator[Operation]:
    """Riders ask all over the city, each third near the visitor."""
    for number in count():
        yield _request(rng, "city" if number % 3 else "near")


def stadium(rng: Random) -> Iterator[Operation]:
    """A stadium lets out: nearly everybody asks at the same place."""
    for number in count():
        yield _request(rng, "stadium" if number % 6 else "near")


def crashes(rng: Random) -> Iterator[Operation]:
    """Riders ask, and every now and then a matcher ends in the middle of an offer."""
    for number in count():
        yield _request(rng, "near")
        if number % CRASH_EVERY == 1:
            yield Operation("crash", {"number": rng.randrange(100)}, "accident")


def sample(rng: Random) -> Iterator[Operation]:
    """Cars drive, and now and then somebody near the visitor asks."""
    for number in count():
        yield Operation("drive", {"number": number}, "cars")
        if number % 5 == 2:
            yield _request(rng, "near")


WORKLOADS = (
    Workload(
        "evening",
        "An evening",
        "Riders ask all over the city, each third of them near you.",
        evening,
        rate=3.0,
        maximum=60.0,
        unit="requests",
    ),
    Workload(
        "stadium",
        "Stadium lets out",
        "Nearly everybody asks for a ride at the same place at once.",
        stadium,
        rate=10.0,
        maximum=60.0,
        unit="requests",
    ),
    Workload(
        "crashes",
        "Matchers crash",
        "Riders ask near you, and every few requests a matcher ends in the middle of an offer.",
        crashes,
        rate=5.0,
        maximum=60.0,
    ),
    Workload(
        "drive",
        "Cars drive",
        "Cars drive about; your app looks which are near, and nobody asks for a ride.",
        drive,
        rate=2.0,
        maximum=60.0,
        unit="looks",
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "cars drive, and riders near you ask", sample, rate=1.5),
    on_screen=lambda snapshot: snapshot.points.data,
)
