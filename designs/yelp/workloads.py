"""Traffic: people who search, a storm of ratings, double clicks, and owners who rename their places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, cycle
from random import Random

from designs.yelp.engine.city_places import KINDS, OWNER, new_name
from sdlab.lab import Operation, Sample, Workload

READS_PER_WRITE = 1_000
FIRST_WRITE = 40
RATERS = 64
WORDS = (*KINDS, "coffee terrace", "late", "vegan", "children", "craft beer")
RADII = (300.0, 600.0, 1_000.0, 2_500.0, 5_000.0)
SPOTS = 30
ON_SCREEN = 0.4


def _stars(rng: Random) -> int:
    return rng.choices((1, 2, 3, 4, 5), (2, 2, 4, 7, 6))[0]


def _search(rng: Random, *, term: str = "", radius_m: float = 0.0) -> Operation:
    args = {
        "term": term or rng.choice(WORDS),
        "x": round(rng.gauss(0, 900), 1),
        "y": round(rng.gauss(0, 900), 1),
        "radius_m": radius_m or rng.choice(RADII),
    }
    return Operation("search", args, "somebody")


def _rate(rng: Random, verb: str = "rate", *, nth: int = 0, actor: str = "") -> Operation:
    return Operation(verb, {"nth": nth, "stars": _stars(rng)}, actor or f"rater {rng.randrange(5_000)}")


def searches(rng: Random) -> Iterator[Operation]:
    """A thousand reads to a write: searches all over the city, places that are looked at, and a rating."""
    for number in count(1):
        if number % READS_PER_WRITE == FIRST_WRITE:
            yield _rate(rng, nth=rng.randrange(5))
        elif number % 5 == 0:
            yield Operation("open", {"nth": rng.randrange(20)}, "somebody")
        else:
            yield _search(rng)


def corners(rng: Random) -> Iterator[Operation]:
    """The same few questions at the same few spots, while places are rated and renamed now and then."""
    spots = [_search(rng) for _ in range(SPOTS)]
    for number in count(1):
        if number % 25 == 0:
            yield _rename(rng) if number % 50 else _rate(rng, nth=rng.randrange(5))
        else:
            yield rng.choice(spots)


def hungry(rng: Random) -> Iterator[Operation]:
    """Everybody wants ramen, within 800 m; now and then somebody rates what is on the screen."""
    for number in count(1):
        yield (
            _rate(rng, nth=rng.randrange(5)) if number % 40 == 0 else _search(rng, term="ramen", radius_m=800)
        )


def storm(rng: Random) -> Iterator[Operation]:
    """Sixty-four people rate the same place, again and again."""
    raters = cycle(range(1, RATERS + 1))
    for number in count(1):
        actor = f"rater {next(raters)}" if number % 4 else f"guest {number}"
        yield _rate(rng, actor=actor)


def doubles(rng: Random) -> Iterator[Operation]:
    """People who press the button twice."""
    for number in count(1):
        yield _rate(rng, "rate_twice", nth=rng.randrange(5), actor=f"hasty {number}")


def _rename(rng: Random) -> Operation:
    """A place on the screen, or any other of the city: a later name soon hides that an earlier one was lost."""
    nth = rng.randrange(5) if rng.random() < ON_SCREEN else -1
    args = {"nth": nth, "pick": rng.randrange(1_000_000), "name": new_name(rng)}
    return Operation("rename", args, OWNER)


def edits(rng: Random) -> Iterator[Operation]:
    """Owners give places on the screen other names, while somebody searches."""
    while True:
        yield _rename(rng)
        yield _search(rng)


def sample(rng: Random) -> Iterator[Operation]:
    """A few people search around here; now and then somebody rates a place of the list."""
    for number in count(1):
        yield _rate(rng, nth=rng.randrange(8), actor=f"guest {number}") if number % 4 == 2 else _search(rng)


WORKLOADS = (
    Workload("searches", "Searches", "a thousand reads to a write", searches, 150, 1000),
    Workload("storm", "Review storm", "64 people rate one place", storm, 150, 500),
    Workload("doubles", "Double clicks", "ratings that are sent twice at once", doubles, 60, 300),
    Workload("edits", "Owners rename", "names change while people search", edits, 30, 200),
    Workload("corners", "The same few spots", "the same questions, and changes", corners, 120, 1000),
    Workload("hungry", "Ramen, now", "everybody wants ramen within 800 m", hungry, 120, 1000),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "a few people search and rate around here", sample, rate=3.0),
    on_screen=lambda snapshot: [(one.name, one.ratings, one.stars) for one in snapshot.explorer.hits],
)
