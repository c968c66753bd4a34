"""Named traffic: a contest, its last minute, and attacks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from designs.leetcode.engine.solutions import ATTACKS
from sdlab.lab import Operation, Sample, Workload

SUBMITTERS = 500
PLAYED = ("two-sum", "brackets", "best-trade", "merge-intervals", "coins")
IN_SCRIPT = ("two-sum", "brackets", "best-trade", "merge-intervals")
# In a hundred submissions; those that never end take a core for as long as they may.
MANNERS = (
    ("right",) * 62 + ("wrong",) * 26 + ("crash",) * 8 + ("slow",) * 2 + ("hog",) * 1 + ("forbidden",) * 1
)
ATTACKERS = ("mallory", "oscar", "trudy")


def submitter(number: int) -> str:
    """A simulated submitter's name."""
    return f"s{number:03}"


def _sent(rng: Random, person: str) -> Operation:
    manner, problem = rng.choice(MANNERS), rng.choice(PLAYED)
    language = "javascript" if problem in IN_SCRIPT and rng.random() < 0.25 else "python"
    return Operation("submit", {"problem": problem, "language": language, "manner": manner}, person)


def contest(rng: Random) -> Iterator[Operation]:
    """Five hundred people send what they have: most of it right, some wrong, slow or broken."""
    while True:
        yield _sent(rng, submitter(rng.randrange(SUBMITTERS)))


def finale(rng: Random) -> Iterator[Operation]:
    """The last minute: one after the other sends what is right, and everybody looks who leads."""
    for number in count():
        if number % 4 == 3:
            yield Operation("look", {"limit": 20}, submitter(rng.randrange(SUBMITTERS)))
        else:
            problem = rng.choice(PLAYED)
            args = {"problem": problem, "language": "python", "manner": "right"}
            yield Operation("submit", args, submitter((number * 7 + rng.randrange(3)) % SUBMITTERS))


def attacks(rng: Random) -> Iterator[Operation]:
    """Every attack in turn, from a start that chance chooses."""
    kinds = [*ATTACKS]
    first = rng.randrange(len(kinds))
    for number in count(first):
        kind = kinds[number % len(kinds)]
        yield Operation("attack", {"kind": kind}, f"{rng.choice(ATTACKERS)}{number % 40}")


def practice(rng: Random) -> Iterator[Operation]:
    """You try: Two Sum in every manner that there is, one after the other."""
    manners = ("right", "wrong", "slow", "crash", "hog", "forbidden")
    for number in count(rng.randrange(len(manners))):
        args = {"problem": "two-sum", "language": "python", "manner": manners[number % len(manners)]}
        yield Operation("submit", args, "visitor")


def sample(rng: Random) -> Iterator[Operation]:
    """A handful of people in a contest; something is accepted every few seconds."""
    for number in count():
        person = submitter(rng.randrange(12))
        if number % 3 == 0:
            args = {"problem": rng.choice(PLAYED), "language": "python", "manner": "right"}
            yield Operation("submit", args, person)
        else:
            manner = "right" if rng.random() < 0.7 else "wrong"
            args = {"problem": rng.choice(PLAYED), "language": "python", "manner": manner}
            yield Operation("submit", args, person)


WORKLOADS = (
    Workload("contest", "Contest", "500 people send code: most is right, some wrong, slow or broken", contest, 10, 80),
    Workload("finale", "The last minute", "one after the other solves something; many look who leads", finale, 20, 80),
    Workload("attacks", "Attacks", "code that reads, writes, connects, forks, floods and never ends", attacks, 3, 80),
    Workload("practice", "You try", "you send Two Sum in every manner: right, wrong, slow, broken", practice, 1, 80),
)  # fmt: skip

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "a dozen people in a contest", sample, rate=0.8),
    on_screen=lambda snapshot: (
        [(one.id, one.verdict) for one in snapshot.screen.newest],
        [(one.person, one.points) for one in snapshot.screen.leaders],
    ),
)
