"""Named traffic. The same seed gives the same operations, whatever the system answers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from designs.live_comments.engine.streams import MAIN, STREAMS
from sdlab.blocks.people import person
from sdlab.lab import Operation, Workload

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


def chatter(rng: Random) -> Iterator[Operation]:
    """A few dozen viewers on every stream, and comments, most on the first."""
    for name in NAMES:
        yield Operation("arrive", {"stream": name, "count": rng.randrange(10, 40)})
    while True:
        yield comment(rng)


def burst(rng: Random) -> Iterator[Operation]:
    """Everybody writes at once: a goal, a proposal, a fall."""
    yield Operation("arrive", {"stream": MAIN, "count": 1000})
    while True:
        yield comment(rng)


def viral(rng: Random) -> Iterator[Operation]:
    """Thousands come to one stream, and nearly all comments are there."""
    for name in NAMES[1:]:
        yield Operation("arrive", {"stream": name, "count": 50})
    number = 0
    while True:
        if number % 10 == 0 and number < 300:
            yield Operation("arrive", {"stream": MAIN, "count": 300})
        number += 1
        yield comment(rng, MAIN if rng.random() < 0.95 else "")


def come_and_go(rng: Random) -> Iterator[Operation]:
    """Viewers arrive and leave in groups, up to thousands; now and then somebody with a poor line."""
    number = 0
    while True:
        if number % 12 == 0:
            yield Operation("arrive", {"stream": _stream(rng), "count": rng.randrange(100, 500)})
        if number % 18 == 6:
            yield Operation("leave", {"stream": _stream(rng), "count": rng.randrange(50, 300)})
        if number % 60 == 3:
            yield Operation("slow", {"stream": MAIN, "count": 2, "pace": 1.0})
        number += 1
        yield comment(rng, MAIN if rng.random() < 0.8 else "")


def deploys(rng: Random) -> Iterator[Operation]:
    """Chatter, while one server after another is replaced by a new version."""
    for name in NAMES:
        yield Operation("arrive", {"stream": name, "count": 60})
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


WORKLOADS = (
    Workload(
        id="chatter",
        label="Chatter",
        does="Some three hundred viewers on twelve streams, and comments, most of them on the first.",
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
        does="Nine thousand viewers come to one stream, which has nearly all comments.",
        operations=viral,
        rate=60.0,
        maximum=500.0,
    ),
    Workload(
        id="come_and_go",
        label="Viewers come and go",
        does="Groups of hundreds arrive and leave, up to ten thousand; some of them read one comment per second.",
        operations=come_and_go,
        rate=60.0,
        maximum=500.0,
    ),
    Workload(
        id="deploys",
        label="Rolling deploys",
        does="Chatter with seven hundred viewers, while one server after another is replaced.",
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
