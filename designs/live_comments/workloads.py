"""Named traffic. The same seed gives the same operations, whatever the system answers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import accumulate
from random import Random

from designs.live_comments.engine.streams import MAIN, STREAMS
from sdlab.blocks.people import person
from sdlab.lab import Operation, Sample, Workload

AUTHORS = tuple(person("audience", number).handle for number in range(3000))
NAMES = tuple(STREAMS)
OPENINGS = (
    *("Look at that", "First time here", "That colour", "How long did this take", "Hello from the coast"),
    *("I could watch this all night", "Wait for it", "Louder please", "What is that in the back", "So calm"),
    *("My dog loves this", "Do it again", "Best one yet", "Is this live", "Greetings from the night shift"),
    *("The timing", "Never seen it this close", "Turn left", "Who else is still awake", "Here it comes"),
)
ENDINGS = (
    "",
    "!",
    " …",
    "?",
    "!!",
    ", bravo",
    ", everybody",
    ", right",
    ", wow",
    ", again",
    ", please",
    " :)",
)
ZIPF = 1.1
_WEIGHTS = tuple(accumulate(1 / rank**ZIPF for rank in range(1, len(NAMES) + 1)))


def _stream(rng: Random) -> str:
    return NAMES[bisect_left(_WEIGHTS, rng.random() * _WEIGHTS[-1])]


def comment(rng: Random, stream: str = "") -> Operation:
    """Somebody says something."""
    text = rng.choice(OPENINGS) + rng.choice(ENDINGS)
    return Operation("comment", {"stream": stream or _stream(rng), "text": text}, rng.choice(AUTHORS))


def audience(shares: Mapping[str, float], part: float = 1.0) -> Operation:
    """The viewers of this traffic: of the configured number `part`, by stream in these proportions."""
    whole = sum(shares.values())
    return Operation("audience", {"shares": {name: part * one / whole for name, one in shares.items()}})


def chatter(rng: Random) -> Iterator[Operation]:
    """A few viewers on every stream, and comments, most on the first."""
    yield audience({name: rng.randrange(10, 40) for name in NAMES})
    while True:
        yield comment(rng)


def burst(rng: Random) -> Iterator[Operation]:
    """Everybody writes at once: a goal, a proposal, a fall."""
    yield audience({MAIN: 1.0})
    while True:
        yield comment(rng)


def viral(rng: Random) -> Iterator[Operation]:
    """More and more come to one stream, and nearly all comments are there."""
    others = dict.fromkeys(NAMES[1:], 0.05 / len(NAMES[1:]))
    number = 0
    while True:
        if number % 10 == 0 and number <= 300:
            here = 0.05 + 0.95 * number / 300
            yield audience({MAIN: here - 0.05 + 0.001, **others}, here)
        number += 1
        yield comment(rng, MAIN if rng.random() < 0.95 else "")


def come_and_go(rng: Random) -> Iterator[Operation]:
    """Viewers arrive and leave in groups; now and then somebody with a poor line."""
    number = 0
    while True:
        if number % 12 == 0:
            yield audience({name: rng.random() for name in NAMES}, 0.4 + 0.6 * rng.random())
        if number % 60 == 3:
            yield Operation("slow", {"stream": MAIN, "count": 2, "pace": 1.0})
        number += 1
        yield comment(rng, MAIN if rng.random() < 0.8 else "")


def deploys(rng: Random) -> Iterator[Operation]:
    """Chatter, while one server after another is replaced by a new version."""
    yield audience(dict.fromkeys(NAMES, 1.0))
    number = 0
    while True:
        number += 1
        if number % 40 == 0:
            yield Operation("deploy", {"number": number // 40 - 1})
        yield comment(rng)


def readers(rng: Random) -> Iterator[Operation]:
    """Eight people scroll up while others go on writing, and the host hides a comment now and then."""
    number = 0
    while True:
        number += 1
        yield comment(rng, MAIN)
        if number > 40:
            yield Operation("scroll", {"stream": MAIN, "limit": 10}, f"reader-{rng.randrange(8) + 1}")
        if number % 10 == 0:
            yield Operation("hide", {"stream": MAIN, "back": rng.randrange(1, 30)}, "host")


def sample(rng: Random) -> Iterator[Operation]:
    """A few viewers of the stream on screen, who say something."""
    yield audience({MAIN: 1.0}, 0.02)
    while True:
        yield comment(rng, MAIN)


WORKLOADS = (
    Workload(
        id="chatter",
        label="Chatter",
        does="Viewers on twelve streams, and comments, most of them on the first.",
        operations=chatter,
        rate=20.0,
        maximum=1000.0,
    ),
    Workload(
        id="burst",
        label="Burst",
        does="A thousand comments per second by three thousand authors, each held to the author limit.",
        operations=burst,
        rate=1000.0,
        maximum=1500.0,
    ),
    Workload(
        id="viral",
        label="Viral stream",
        does="More and more viewers come to one stream, which has nearly all comments.",
        operations=viral,
        rate=60.0,
        maximum=500.0,
    ),
    Workload(
        id="come_and_go",
        label="Viewers come and go",
        does="Viewers arrive, move and leave in groups; some of them read one comment per second.",
        operations=come_and_go,
        rate=60.0,
        maximum=500.0,
    ),
    Workload(
        id="deploys",
        label="Rolling deploys",
        does="Chatter on all streams, while one server after another is replaced.",
        operations=deploys,
        rate=80.0,
        maximum=300.0,
    ),
    Workload(
        id="readers",
        label="Readers of history",
        does="Eight people scroll up through pages of ten while comments go on and some are hidden.",
        operations=readers,
        rate=60.0,
        maximum=500.0,
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "comments on this stream", sample, rate=2.0),
    on_screen=lambda snapshot: snapshot.stream.comments,
)
