"""Named traffic. A view carries a chance, and the knobs say which video it falls on."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from designs.top_k.engine.windows import WINDOWS
from sdlab.lab import Operation, Sample, Workload

CAST = tuple(f"viewer-{number}" for number in range(1, 201))
VIEWS_PER_QUERY = 40
SPIKE = 3_000
SPIKE_SHARE = 0.6


def zipf(rng: Random) -> Iterator[Operation]:
    """Views by popularity, and a look at a leaderboard after every 40."""
    yield from _asked_between(rng, (_view(rng) for _ in iter(int, 1)))


def viral_spike(rng: Random) -> Iterator[Operation]:
    """Six views in ten are of one video; after 3,000 it is another one."""
    yield from _asked_between(rng, _spikes(rng))


def flat(rng: Random) -> Iterator[Operation]:
    """All videos alike: there are no heavy hitters to find."""
    yield from _asked_between(rng, (_view(rng, flat=True) for _ in iter(int, 1)))


def _spikes(rng: Random) -> Iterator[Operation]:
    while True:
        hot = rng.randrange(1000)
        for _ in range(SPIKE):
            if rng.random() < SPIKE_SHARE:
                yield Operation("view", {"hot": hot}, rng.choice(CAST))
            else:
                yield _view(rng)


def _asked_between(rng: Random, views: Iterator[Operation]) -> Iterator[Operation]:
    for number, view in enumerate(views, start=1):
        yield view
        if number % VIEWS_PER_QUERY == 0:
            yield Operation("top", {"window": rng.choice(tuple(WINDOWS)), "k": 10}, rng.choice(CAST))


def _view(rng: Random, *, flat: bool = False) -> Operation:
    args = {"u": rng.random(), "flat": True} if flat else {"u": rng.random()}
    return Operation("view", args, rng.choice(CAST))


WORKLOADS = (
    Workload(
        id="zipf",
        label="Zipf traffic",
        does="Views by popularity: the r-th video gets 1/r^skew of them; set the skew among the knobs.",
        operations=zipf,
        rate=200.0,
    ),
    Workload(
        id="viral_spike",
        label="Viral spike",
        does="Six views in ten fall on one video, and after a while on another one.",
        operations=viral_spike,
        rate=200.0,
    ),
    Workload(
        id="flat",
        label="Flat traffic",
        does="Every video is as popular as any other: nothing stands out, and errors matter most.",
        operations=flat,
        rate=200.0,
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "people watch these videos", zipf, rate=4.0),
    on_screen=lambda snapshot: [one.views for one in snapshot.wall],
)
