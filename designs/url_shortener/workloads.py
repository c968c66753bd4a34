"""Named traffic. Operations speak of "the 17th link", never of a code: answers do not steer them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from sdlab.lab import Operation, Sample, Workload
from sdlab.lab.actor import VISITOR

ZIPF = 1.1
READS_PER_WRITE = 100
FIRST_LINKS = 100
POPULATION = 5_000
BURST = 40
OPENS_AFTER_BURST = 10
POPULAR = 2  # the rank that the visitor's own link has
EXAMPLE = "https://docs.example/guides/how-to-plan-a-trip-around-the-bay"
CAST = tuple(f"visitor-{number}" for number in range(1, 101))
HOSTS = ("docs.example", "news.example", "shop.example", "maps.example", "photos.example", "wiki.example")


def read_heavy(rng: Random) -> Iterator[Operation]:
    """100 links first; then 100 opens, Zipf-distributed over all links so far, to each new link."""
    popularity = list(accumulate(1 / rank**ZIPF for rank in range(1, POPULATION + 1)))
    for number in range(FIRST_LINKS):
        yield _create(rng, number)
    made = FIRST_LINKS
    while True:
        for _ in range(READS_PER_WRITE):
            links = min(made, POPULATION)
            rank = bisect_left(popularity, rng.random() * popularity[links - 1])
            yield _open(rng, rank, mine=rank == POPULAR)
        yield _create(rng, made % POPULATION)
        made += 1


def identical_burst(rng: Random) -> Iterator[Operation]:
    """40 clients ask for the same URL at once, ten clicks follow; then the next URL."""
    number = 0
    while True:
        url = _url(rng, number)
        for _ in range(BURST):
            yield Operation("create", {"number": number % POPULATION, "url": url}, rng.choice(CAST))
        for click in range(OPENS_AFTER_BURST):
            yield _open(rng, rng.randrange(min(number + 1, POPULATION)), mine=not click)
        number += 1


def new_links_storm(rng: Random) -> Iterator[Operation]:
    """Nothing but new URLs."""
    number = 0
    while True:
        yield _create(rng, number % POPULATION)
        number += 1


def _create(rng: Random, number: int) -> Operation:
    return Operation("create", {"number": number, "url": _url(rng, number)}, rng.choice(CAST))


def _open(rng: Random, number: int, *, mine: bool = False) -> Operation:
    """Somebody opens that link; with `mine` the newest of the visitor's instead, where there is one."""
    args = {"number": number, "mine": True} if mine else {"number": number}
    return Operation("open", args, rng.choice(CAST))


def _url(rng: Random, number: int) -> str:
    return f"https://{rng.choice(HOSTS)}/{rng.getrandbits(40):010x}/{number}"


def sample(rng: Random) -> Iterator[Operation]:
    """A link of the visitor's, and clicks on that; now and then somebody else makes one."""
    yield Operation("create", {"number": 0, "url": EXAMPLE}, VISITOR.name)
    number = 0
    while True:
        number += 1
        yield _open(rng, rng.randrange(number), mine=number % 4 > 0)
        if number % 8 == 0:
            yield _create(rng, number)


WORKLOADS = (
    Workload(
        id="read_heavy",
        label="Read-heavy, Zipf 1.1",
        does="100 links, then 100 opens for each new link; a few links get most of the clicks.",
        operations=read_heavy,
        rate=400.0,
        maximum=4000.0,
    ),
    Workload(
        id="identical_burst",
        label="Burst of identical URLs",
        does="40 clients ask for a code of the same URL at the same time, then for that of the next one.",
        operations=identical_burst,
        rate=400.0,
    ),
    Workload(
        id="new_links_storm",
        label="New-links storm",
        does="Only creates, each with a URL never seen before: all pressure is on the key generator.",
        operations=new_links_storm,
        rate=400.0,
        elsewhere="nobody clicks",
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "a link of yours, and clicks on it", sample, rate=4.0),
    on_screen=lambda snapshot: [one.clicks for one in snapshot.my_links],
)
