"""Named traffic. The same seed gives the same operations, whatever the system answers."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from designs.twitter.engine.cast import AUTHORS, CAST, FOLLOWED, TOPICS, VISITOR, about, sentence
from designs.twitter.engine.search import LIKES, TIME
from sdlab.lab import Operation, Sample, Workload

WAVE = 20
TOP = 8


def post(rng: Random) -> Operation:
    """Somebody tweets, often somebody whom the visitor follows."""
    author = rng.choice(FOLLOWED if rng.random() < 0.6 else AUTHORS)
    return Operation("post", {"text": sentence(rng)}, author)


def like(rng: Random, who: str = "", *, by: str = "place") -> Operation:
    """Somebody likes one of the newest on the screen, or one of the `popular`; more often one further up."""
    place = min(int(rng.paretovariate(1.1)) - 1, TOP - 1)
    return Operation("like", {by: place}, who or f"reader{rng.randrange(20_000)}")


def search(rng: Random, sort: str) -> Operation:
    """Somebody searches for a topic."""
    return Operation("search", {"term": rng.choice(TOPICS), "sort": sort}, rng.choice(CAST))


def everyday(rng: Random) -> Iterator[Operation]:
    """Mostly timelines; likes, searches, tweets, answers."""
    while True:
        chance = rng.random()
        if chance < 0.12:
            yield post(rng)
        elif chance < 0.40:
            yield like(rng)
        elif chance < 0.55:
            yield search(rng, rng.choice((LIKES, TIME)))
        elif chance < 0.62:
            yield Operation("reply", {"place": rng.randrange(TOP), "text": sentence(rng)}, rng.choice(CAST))
        elif chance < 0.65:
            yield Operation("retweet", {"place": rng.randrange(TOP)}, rng.choice(CAST))
        elif chance < 0.66:
            yield Operation("unlike", {"place": rng.randrange(TOP)}, f"reader{rng.randrange(20_000)}")
        else:
            yield Operation("timeline", {"nonce": rng.randrange(1 << 20)}, rng.choice(CAST))


def viral(rng: Random) -> Iterator[Operation]:
    """Waves of people who like the most liked tweet on the screen, each once."""
    number = rng.randrange(1 << 20) * 1000
    while True:
        yield Operation("wave", {"fans": [f"fan{number + place}" for place in range(WAVE)]}, "fans")
        number += WAVE


def presses(rng: Random) -> Iterator[Operation]:
    """A few hundred people who press like again and again."""
    while True:
        yield like(rng, f"finger{rng.randrange(300)}")


def trends(rng: Random) -> Iterator[Operation]:
    """People tweet about few topics, like what is on the screen, and search for the most liked."""
    while True:
        chance = rng.random()
        if chance < 0.08:
            yield Operation("post", {"text": about(rng, rng.choice(TOPICS[:3]))}, rng.choice(FOLLOWED))
        elif chance < 0.8:
            yield like(rng)
        else:
            term = rng.choice(TOPICS[:3])
            yield Operation("search", {"term": term, "sort": LIKES}, rng.choice(CAST))


def write_storm(rng: Random) -> Iterator[Operation]:
    """Nine tweets for each that is looked for until it is found."""
    while True:
        for _ in range(9):
            yield post(rng)
        yield Operation("find", {"text": about(rng, rng.choice(TOPICS))}, rng.choice(FOLLOWED))


def scrollers(rng: Random) -> Iterator[Operation]:
    """Busy accounts tweet about one topic, others like that, and people scroll: timelines, and both searches for it."""
    while True:
        chance = rng.random()
        if chance < 0.6:
            yield Operation("post", {"text": about(rng, TOPICS[0])}, rng.choice(FOLLOWED))
        elif chance < 0.75:
            yield like(rng)
        else:
            term, sort = rng.choice((("", TIME), ("", TIME), (TOPICS[0], TIME), (TOPICS[0], LIKES)))
            reader = VISITOR if rng.random() < 0.5 else rng.choice(CAST)
            yield Operation("scroll", {"term": term, "sort": sort}, reader)


def deletes(rng: Random) -> Iterator[Operation]:
    """People tweet about one topic and take some of it back, and others search for it and scroll."""
    while True:
        chance = rng.random()
        if chance < 0.35:
            yield Operation("post", {"text": about(rng, TOPICS[1])}, rng.choice(FOLLOWED))
        elif chance < 0.5:
            yield Operation("delete", {"back": rng.randrange(3)}, rng.choice(FOLLOWED))
        elif chance < 0.6:
            yield like(rng)
        elif chance < 0.7:
            yield Operation("timeline", {"nonce": rng.randrange(1 << 20)}, VISITOR)
        else:
            yield Operation("search", {"term": TOPICS[1], "sort": TIME}, rng.choice(CAST))


def losses(rng: Random) -> Iterator[Operation]:
    """People like what is on the screen, and every now and then the counter is restarted and has nothing."""
    number = 0
    while True:
        number += 1
        yield Operation("lose", {"number": number}) if number % 60 == 0 else like(rng)


def sample(rng: Random) -> Iterator[Operation]:
    """Those whom the visitor follows tweet now and then, and others like what is liked already."""
    while True:
        for _ in range(3):
            yield like(rng, by="popular")
        yield search(rng, TIME)
        for _ in range(2):
            yield like(rng, by="popular")
        yield Operation("reply", {"place": rng.randrange(TOP), "text": sentence(rng)}, rng.choice(CAST))
        yield like(rng)
        yield like(rng, by="popular")
        yield Operation("post", {"text": sentence(rng)}, rng.choice(FOLLOWED))


WORKLOADS = (
    Workload(
        "everyday",
        "Everyday",
        "A third timelines, a quarter likes; searches, tweets, replies and retweets.",
        everyday,
        rate=40.0,
        maximum=400.0,
    ),
    Workload(
        "viral",
        "Viral tweet",
        "Twenty people at a time like the most liked tweet on the screen, each of them once.",
        viral,
        rate=15.0,
        maximum=100.0,
        unit="waves of 20 likes",
    ),
    Workload(
        "presses",
        "Impatient fingers",
        "Three hundred people press like again and again.",
        presses,
        rate=80.0,
        maximum=500.0,
    ),
    Workload(
        "trends",
        "Trending topics",
        "Three topics are tweeted about and liked, and searched for by likes.",
        trends,
        rate=60.0,
        maximum=400.0,
    ),
    Workload(
        "write_storm",
        "Write storm",
        "Tweets, and every tenth is searched for until it is found.",
        write_storm,
        rate=60.0,
        maximum=400.0,
    ),
    Workload(
        "scrollers",
        "Scrollers",
        "Tweets and likes, and every fourth scrolls through six pages: of the timeline, or of a search by time or likes.",
        scrollers,
        rate=30.0,
        maximum=150.0,
    ),
    Workload(
        "deletes",
        "Second thoughts",
        "Tweets about bread are taken back, while others search for bread and scroll.",
        deletes,
        rate=40.0,
        maximum=200.0,
    ),
    Workload(
        "losses",
        "Redis restarts",
        "Likes; every sixty of them the like counter is restarted with nothing.",
        losses,
        rate=60.0,
        maximum=300.0,
    ),
)

SAMPLE = Sample(
    Workload(
        "sample", "Sample traffic", "people you follow tweet, others like what you see", sample, rate=3.0
    ),
    on_screen=lambda snapshot: [(one.id, one.likes, one.replies) for one in snapshot.home],
)
