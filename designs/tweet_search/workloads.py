"""Named traffic. Popular words are searched more often, popular tweets liked more often."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from designs.tweet_search.engine.screen import FIRST_QUERY
from sdlab.lab import Operation, Sample, Workload

CAST = tuple(f"reader-{number}" for number in range(1, 2001))
QUERIES = (
    FIRST_QUERY, "coffee", "music", "good coffee", "train to London", "rain", "football again", "new music",
    "running today", "election news", "great game", "broken train", "cats", '"hot take"',
    "Kaffee Berlin", "lluvia Madrid", "livres à Paris", "sourdough", "#jazz", "sextant", "theremin Oslo", "@user42",
)  # fmt: skip
OPENINGS = (
    "just tried", "never without", "thinking about", "everybody loves", "who else has", "found", "more",
    "a little", "again", "finally some",
)  # fmt: skip
ENDINGS = (
    "today",
    "in the park",
    "with friends",
    "at the station",
    "this morning",
    "before work",
    "in Oslo",
    "",
)
SORTS = ("Likes", "Time")
TWEETS, LIKES, SEARCHES = 1, 10, 1  # per second of a million users, as a ratio


def _query(rng: Random) -> str:
    """The earlier in the list the likelier."""
    return QUERIES[int(len(QUERIES) * rng.random() ** 2)]


def _search(rng: Random, *, sort: str = "") -> Operation:
    args = {"query": _query(rng), "sort": sort or rng.choice(SORTS)}
    return Operation("search", args, rng.choice(CAST))


def _post(rng: Random, *, here: float = 0.5) -> Operation:
    text = " ".join((rng.choice(OPENINGS), _query(rng).replace('"', ""), rng.choice(ENDINGS))).strip()
    return Operation("post", {"text": text, "here": rng.random() < here}, rng.choice(CAST))


def _like(rng: Random) -> Operation:
    of = rng.choices(("any", "screen", "young"), (8, 2, 1))[0]
    return Operation("like", {"of": of, "u": rng.random()}, rng.choice(CAST))


def mixed(rng: Random) -> Iterator[Operation]:
    """One tweet and one search for every ten likes."""
    while True:
        wave = [_post(rng), _search(rng), *(_like(rng) for _ in range(LIKES))]
        rng.shuffle(wave)
        yield from wave


def searches(rng: Random) -> Iterator[Operation]:
    """Searches alone, and a tweet now and then."""
    while True:
        yield from (_search(rng) for _ in range(20))
        yield _post(rng)


def likes(rng: Random) -> Iterator[Operation]:
    """Likes, and searches by likes."""
    while True:
        yield from (_like(rng) for _ in range(9))
        yield _search(rng, sort="Likes")


def readers(rng: Random) -> Iterator[Operation]:
    """Readers who page by time while tweets with their words arrive."""
    while True:
        yield from (_post(rng, here=0.9) for _ in range(4))
        args = {"query": FIRST_QUERY, "sort": "Time", "size": 10, "pages": 4, "reads_s": 0.6}
        yield Operation("walk", args, rng.choice(CAST))


def sample(rng: Random) -> Iterator[Operation]:
    """A few likes of what is on the page, a tweet about it, a search."""
    while True:
        yield Operation("like", {"of": "screen", "u": rng.random()}, rng.choice(CAST))
        yield Operation("like", {"of": "screen", "u": rng.random()}, rng.choice(CAST))
        yield _post(rng, here=1.0)
        yield _search(rng)


WORKLOADS = (
    Workload(
        id="mixed",
        label="A day of everybody",
        does="One tweet and one search for every ten likes, as in the estimate.",
        operations=mixed,
        rate=120.0,
    ),
    Workload(
        id="searches",
        label="Searches",
        does="Searches by likes and by time, popular ones more often, and a tweet now and then.",
        operations=searches,
        rate=60.0,
    ),
    Workload(
        id="likes",
        label="Likes",
        does="Nine likes for every search by likes; popular tweets get most of them.",
        operations=likes,
        rate=200.0,
    ),
    Workload(
        id="readers",
        label="Readers who page",
        does="Readers take four pages by time, while tweets with their words arrive.",
        operations=readers,
        rate=20.0,
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "people like, post and search these tweets", sample, rate=4.0),
    on_screen=lambda snapshot: [
        snapshot.screen.total,
        *((one.id, one.likes) for one in snapshot.screen.tweets),
    ],
)
