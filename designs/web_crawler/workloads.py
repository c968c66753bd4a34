"""Named traffic: of all sites, of strict ones, of a calendar, of a house that is full, of copies, of what is forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from sdlab.lab import Operation, Sample, Workload

PEOPLE = ("ann", "bob", "cem", "dee", "eli", "fay")
SITES, PAGES = 997, 9_973


def _seed(rng: Random, kind: str, site: int, page: int) -> Operation:
    return Operation("seed", {"kind": kind, "site": site, "page": page}, rng.choice(PEOPLE))


def seeds(rng: Random) -> Iterator[Operation]:
    """The front page of one site after the other, then pages of any."""
    first = rng.randrange(SITES)
    for number in count():
        yield _seed(rng, "", first + number * 7, 0 if number < 60 else rng.randrange(PAGES))


def strict(rng: Random) -> Iterator[Operation]:
    """Page after page of three sites that allow a request a second or less."""
    first = rng.randrange(SITES)
    for number in count():
        yield _seed(rng, "strict", first + number // 16, number % 16)


def calendar(rng: Random) -> Iterator[Operation]:
    """Months of a calendar, each of which links to the next."""
    first = rng.randrange(PAGES)
    for number in count():
        yield _seed(rng, "calendar", 0, first + number)


def lodgers(rng: Random) -> Iterator[Operation]:
    """Pages of eight sites in one house, which answers twelve requests a second in all."""
    first = rng.randrange(SITES)
    for number in count():
        yield _seed(rng, "shared", first + number, number // 8)


def copies(rng: Random) -> Iterator[Operation]:
    """Four papers that print the same news with a word changed, and two sites with their mirrors."""
    first = rng.randrange(SITES)
    for number in count():
        kind = "mirror original" if number % 3 == 0 else "wire"
        turn = number // 3 if number % 3 == 0 else number - number // 3
        yield _seed(rng, kind, first + turn, turn // 4)


def forbidden(rng: Random) -> Iterator[Operation]:
    """Pages of sites whose robots.txt forbids some of them."""
    first = rng.randrange(SITES)
    for number in count():
        yield _seed(rng, "forbidding", first + number, number // 3)


def sample(rng: Random) -> Iterator[Operation]:
    """The portal first, then a front page now and then."""
    yield Operation("seed", {"kind": "", "site": 0, "page": 0}, "visitor")
    for number in count(1):
        yield Operation("seed", {"kind": "", "site": number * 11 + rng.randrange(3), "page": 0}, "visitor")


WORKLOADS = (
    Workload("seeds", "All sites", "the front page of one site after the other", seeds, 6, 200, unit="addresses"),
    Workload("strict", "Strict hosts", "pages of three that allow a request a second", strict, 12, 200, unit="addresses"),
    Workload("calendar", "A calendar", "months that link to the next, without an end", calendar, 3, 100, unit="addresses"),
    Workload("lodgers", "Eight sites, one house", "together they answer 12 a second", lodgers, 16, 200, unit="addresses"),
    Workload("copies", "Copies", "sites and their mirrors, one story in four papers", copies, 16, 200, unit="addresses"),
    Workload("forbidden", "What robots.txt forbids", "pages of sites that forbid some", forbidden, 12, 200, unit="addresses"),
)  # fmt: skip

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "a crawl of the lab's web begins at its portal", sample, rate=0.5),
    on_screen=lambda snapshot: (snapshot.screen.known, snapshot.screen.stored, snapshot.graph.states),
)
