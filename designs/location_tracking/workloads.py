"""Named traffic. The same seed gives the same operations, whatever the system answers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from designs.location_tracking.engine.driving import SLICES
from sdlab.lab import Operation, Sample, Workload

JITTER_M = 25.0
NEAREST = 5


def drive(rng: Random) -> Iterator[Operation]:
    """A tenth of the fleet at a time drives on and reports."""
    for number in count(rng.randrange(1000)):
        yield Operation("drive", {"slice": number % SLICES, "nonce": number}, "fleet")


def jitter(rng: Random) -> Iterator[Operation]:
    """The same, with receivers that err by some 25 m in each direction."""
    for number in count():
        args = {"slice": number % SLICES, "jitter_m": JITTER_M, "nonce": rng.randrange(1_000_000)}
        yield Operation("drive", args, "fleet")


def parents(rng: Random) -> Iterator[Operation]:
    """Buses drive, and between their reports somebody somewhere asks which are near."""
    for number in count():
        yield Operation("drive", {"slice": number % SLICES, "nonce": number}, "fleet")
        place = {"u": round(rng.random(), 6), "v": round(rng.random(), 6), "k": NEAREST}
        yield Operation("nearby", place, f"parent-{rng.randrange(40)}")


def late(rng: Random) -> Iterator[Operation]:
    """Buses drive, and every third message is one that was on its way for six seconds."""
    for number in count():
        yield Operation("drive", {"slice": number % SLICES, "nonce": number}, "fleet")
        if number % 2:
            yield Operation("late", {"pick": rng.randrange(1_000_000)}, "mobile network")


WORKLOADS = (
    Workload(
        "drive",
        "Buses drive",
        "A tenth of the fleet at a time drives on; each bus reports at its interval.",
        drive,
        rate=20.0,
        maximum=100.0,
        unit="slices",
    ),
    Workload(
        "parents",
        "Parents ask",
        "Buses drive, and as often somebody somewhere asks for the five nearest.",
        parents,
        rate=60.0,
        maximum=400.0,
    ),
    Workload(
        "jitter",
        "GPS jitter",
        "Receivers err by some 25 m each way: buses leave their cells and come back.",
        jitter,
        rate=20.0,
        maximum=100.0,
        unit="slices",
    ),
    Workload(
        "late",
        "Late positions",
        "Every third message was on its way for six seconds and arrives after newer ones.",
        late,
        rate=30.0,
        maximum=200.0,
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "the buses drive", drive, rate=4.0),
    on_screen=lambda snapshot: snapshot.points.data,
)
