"""Named traffic: uploads, players, players on a recorded network, files that no decoder gets through."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sdlab.lab import Operation, Sample, Workload

PEOPLE = ("ann", "bob", "cem", "dee", "eli", "fay", "gus", "hal")
TITLES = (
    "Cat on a keyboard",
    "How to tie a bowline",
    "Night train",
    "Sourdough, day 3",
    "Robot vacuum fails",
    "Rain on tin",
)


def _upload(rng: Random, file: str = "short") -> Operation:
    return Operation("upload", {"title": rng.choice(TITLES), "file": file}, rng.choice(PEOPLE))


def uploads(rng: Random) -> Iterator[Operation]:
    """Somebody uploads a short clip each time; between them, somebody watches."""
    while True:
        yield _upload(rng)
        for _ in range(3):
            yield Operation("watch", {"viewer": rng.choice(PEOPLE)}, "load")


def alone(rng: Random) -> Iterator[Operation]:
    """An upload each time, and nothing else."""
    while True:
        yield _upload(rng)


def viewers(rng: Random) -> Iterator[Operation]:
    """People watch what is on the screen, three times in a row each."""
    while True:
        yield Operation("watch", {"viewer": f"{rng.choice(PEOPLE)} {rng.randrange(100)}"}, "load")


def trace(rng: Random) -> Iterator[Operation]:
    """The same, on the network of a train that was recorded once."""
    while True:
        yield Operation(
            "watch", {"viewer": f"{rng.choice(PEOPLE)} {rng.randrange(100)}", "traced": True}, "load"
        )


def spoilt(rng: Random) -> Iterator[Operation]:
    """Every other upload cannot be decoded, every fourth is no video at all; people watch meanwhile."""
    while True:
        for file in ("poison", "short", "text", "short"):
            yield _upload(rng, file)
            yield Operation("watch", {"viewer": rng.choice(PEOPLE)}, "load")


def sample(rng: Random) -> Iterator[Operation]:
    """Somebody watches the clip on the screen, and now and then somebody uploads."""
    yield Operation("watch", {"viewer": "ann"}, "load")
    while True:
        yield _upload(rng)
        for _ in range(5):
            yield Operation("watch", {"viewer": rng.choice(PEOPLE)}, "load")


WORKLOADS = (
    Workload("uploads", "Uploads", "an upload, then three who watch", uploads, 8, 100),
    Workload("alone", "Uploads alone", "an upload each time", alone, 0.7, 100, unit="uploads"),
    Workload("viewers", "Players", "players on the network of the slider", viewers, 2, 100, unit="players"),
    Workload("trace", "Players on a train", "players on a recorded network", trace, 2, 100, unit="players"),
    Workload("spoilt", "Spoilt files", "files that no decoder gets through, and no videos", spoilt, 6, 100),
)  # fmt: skip

SAMPLE = Sample(
    Workload(
        "sample", "Sample traffic", "somebody watches, and now and then somebody uploads", sample, rate=1.0
    ),
    on_screen=lambda snapshot: (
        [(one.id, one.views) for one in snapshot.screen.shelf],
        [(one.id, one.state) for one in snapshot.screen.coming],
    ),
)
