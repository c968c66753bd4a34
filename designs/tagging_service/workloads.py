"""Named traffic. Operations name items and tags by number and name, whatever there is by then."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from designs.tagging_service.engine.library import CITY, COLOURS, MOODS, NIGHT, NUMBERS, SHAPES
from sdlab.lab import Operation, Sample, Workload

CAST = ("ana", "ben", "chi", "dora", "emil", "fay", "gus", "hana")
TAGS = (NIGHT, *COLOURS, *SHAPES, *NUMBERS[1:], CITY, *MOODS)
SHARES = list(accumulate(1 / rank for rank in range(1, len(TAGS) + 1)))
ITEMS = 1 << 20
MERGE_EVERY, RENAME_EVERY = 24, 40
PREFIXES = ("n", "b", "s", "r", "fl", "tri", "wi")


def _tag(rng: Random) -> str:
    return TAGS[min(len(TAGS) - 1, bisect_left(SHARES, rng.random() * SHARES[-1]))]


def _put(rng: Random, name: str, *, off: float = 0.0, shown: float = 0.0) -> Operation:
    args = {
        "item": rng.randrange(ITEMS),
        "tag": name,
        "off": rng.random() < off,
        "shown": rng.random() < shown,
    }
    return Operation("tag", args, rng.choice(CAST))


def _find3(rng: Random) -> Operation:
    """A query for three tags; now and then without a fourth."""
    wanted = [NIGHT, rng.choice(COLOURS[:4]), rng.choice(SHAPES[:4])]
    none = [rng.choice(MOODS[:4])] if rng.random() < 0.25 else []
    return Operation("find", {"all": wanted, "none": none}, rng.choice(CAST))


def tagging(rng: Random) -> Iterator[Operation]:
    """Tags are put on and taken off, Zipf-distributed; every fifth operation looks for something."""
    while True:
        chance = rng.random()
        if chance < 0.8:
            yield _put(rng, _tag(rng), off=0.35, shown=0.25)
        elif chance < 0.95:
            yield _find3(rng)
        else:
            yield Operation("complete", {"prefix": rng.choice(PREFIXES)}, rng.choice(CAST))


def browse(rng: Random) -> Iterator[Operation]:
    """Queries for three tags; one operation in ten tags something."""
    while True:
        yield _put(rng, _tag(rng), off=0.3, shown=0.5) if rng.random() < 0.1 else _find3(rng)


def merge_storm(rng: Random) -> Iterator[Operation]:
    """Many tag things `trip 1` and `trips`; every now and then the one is merged into the other, and `trip 2` begins."""
    number = 0
    while True:
        trip = f"trip {number // MERGE_EVERY}"
        if number % MERGE_EVERY == MERGE_EVERY - 4:
            yield Operation("merge", {"from": trip, "into": "trips"}, "moderator")
        elif number % 8 == 7:
            yield _put(rng, _tag(rng), shown=1.0)
        else:
            yield _put(rng, trip if rng.random() < 0.6 else "trips")
        number += 1


def rename_storm(rng: Random) -> Iterator[Operation]:
    """Many tag things `nyc`, while it gets another name, and its own again."""
    number = 0
    while True:
        number += 1
        if number % RENAME_EVERY == 0:
            yield Operation("rename", {"name": "big apple"}, "moderator")
        elif number % 5 == 0:
            yield Operation("find", {"all": [CITY]}, rng.choice(CAST))
        else:
            yield _put(rng, CITY, shown=0.2)


def hot_tag(rng: Random) -> Iterator[Operation]:
    """Everybody puts one tag on and off, and looks for it."""
    while True:
        if rng.random() < 0.8:
            yield _put(rng, NIGHT, off=0.5)
        else:
            yield Operation("find", {"all": [NIGHT, rng.choice(SHAPES[:3])]}, rng.choice(CAST))


def sample(rng: Random) -> Iterator[Operation]:
    """Somebody tags pictures with what is on the wall, or looks for something."""
    while True:
        yield _find3(rng) if rng.random() < 0.3 else _put(rng, _tag(rng), off=0.4, shown=0.6)


WORKLOADS = (
    Workload(
        "tagging",
        "People tag",
        "tags are put on and taken off, a few much more than the rest; now and then somebody looks for three of them",
        tagging,
        rate=40,
        maximum=400,
    ),
    Workload(
        "browse",
        "People look for three tags",
        "night, a colour and a shape; one operation in ten tags something",
        browse,
        rate=40,
        maximum=600,
    ),
    Workload(
        "merge_storm",
        "Merges while people tag",
        "trip 0, trip 1, … are each tagged for a while and merged into trips, while people go on with both",
        merge_storm,
        rate=50,
        maximum=300,
    ),
    Workload(
        "rename_storm",
        "nyc is renamed while people tag",
        "everybody tags things nyc; every now and then it becomes big apple, or nyc again",
        rename_storm,
        rate=50,
        maximum=120,
    ),
    Workload(
        "hot_tag",
        "One tag for everything",
        "night is put on and taken off, and looked for, by everybody",
        hot_tag,
        rate=60,
        maximum=400,
    ),
)

SAMPLE = Sample(
    Workload(
        "sample", "Sample traffic", "pictures get tags that are on the wall, and lose them", sample, rate=3
    ),
    on_screen=lambda snapshot: (snapshot.wall.bits, snapshot.cloud),
)
