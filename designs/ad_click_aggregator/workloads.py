"""Named traffic. Ads 0 to 2 are those of the advertiser on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from designs.ad_click_aggregator.engine.ads import ADS
from sdlab.lab import Operation, Sample, Workload

ON_SCREEN = 0.4
HOT = 0.8
LOOKS_EVERY = 25
LATE_SHARE, LATEST_S = 0.1, 8.0
FAR_BACK = 150


def _click(rng: Random, **more: object) -> Operation:
    ad = rng.randrange(3) if rng.random() < ON_SCREEN else rng.randrange(len(ADS))
    return Operation("click", {"ad": ad, **more}, "reader")


def _look() -> Operation:
    return Operation("metrics", {}, "advertiser")


def readers(rng: Random) -> Iterator[Operation]:
    """Clicks on all ads; now and then twice, now and then a look at the dashboard."""
    number = 0
    while True:
        number += 1
        if number % LOOKS_EVERY == 0:
            yield _look()
        elif number % 20 == 10:
            yield Operation("again", {"back": rng.randrange(10)}, "reader")
        else:
            yield _click(rng)


def hot_ad(rng: Random) -> Iterator[Operation]:
    """Four of five clicks are on one ad."""
    number = 0
    while True:
        number += 1
        if number % LOOKS_EVERY == 0:
            yield _look()
        elif rng.random() < HOT:
            yield Operation("click", {"ad": 0}, "reader")
        else:
            yield _click(rng)


def duplicates(rng: Random) -> Iterator[Operation]:
    """Each impression is clicked again, at once or some seconds later."""
    while True:
        yield _click(rng)
        yield Operation("again", {"back": 0}, "reader")
        yield Operation("again", {"back": rng.randrange(1, FAR_BACK)}, "reader")


def forgers(rng: Random) -> Iterator[Operation]:
    """Half of the clicks bear an id that was made up, or one that is an hour old."""
    while True:
        yield _click(rng)
        if rng.random() < 0.2:
            yield Operation("expire", {"ad": rng.randrange(len(ADS))}, "reader")
        else:
            yield Operation(
                "forge", {"ad": rng.randrange(len(ADS)), "nonce": rng.randrange(1 << 40)}, "forger"
            )


def out_of_order(rng: Random) -> Iterator[Operation]:
    """One click of ten comes late, by up to eight seconds; the others jitter by some tenths."""
    number = 0
    while True:
        number += 1
        if number % 10 == 0:
            yield _click(rng, late=round(rng.uniform(2.5, LATEST_S), 3))
        else:
            yield _click(rng, late=round(rng.uniform(0.0, 0.3), 3))


def blockers(rng: Random) -> Iterator[Operation]:
    """Every third reader blocks whatever looks like tracking."""
    number = 0
    while True:
        number += 1
        yield _click(rng, blocked=number % 3 == 0)


def sample(rng: Random) -> Iterator[Operation]:
    """Ads of the advertiser on the screen are clicked, and its dashboard is looked at."""
    number = 0
    while True:
        number += 1
        if number % 8 == 0:
            yield _look()
        else:
            yield Operation("click", {"ad": rng.choice((0, 0, 0, 1, 1, 2, 3 + rng.randrange(9)))}, "reader")


WORKLOADS = (
    Workload("readers", "Readers", "Clicks on all ads, a few of them twice.", readers, rate=100, maximum=2000, unit="clicks"),
    Workload("hot_ad", "A hot ad", "Four of five clicks are on one ad.", hot_ad, rate=300, maximum=2000, unit="clicks"),
    Workload(
        "duplicates", "Double clicks", "Each impression is clicked again, at once and later.", duplicates, rate=60,
        maximum=1000, unit="clicks",
    ),
    Workload(
        "forgers", "Forgers", "Half of the clicks have an id that nobody served.", forgers, rate=60, maximum=1000,
        unit="clicks",
    ),
    Workload(
        "out_of_order", "Late clicks", "One click of ten comes up to eight seconds late.", out_of_order, rate=60,
        maximum=1000, unit="clicks",
    ),
    Workload(
        "blockers", "Ad blockers", "Every third reader blocks the pixel.", blockers, rate=60, maximum=1000, unit="clicks",
    ),
)  # fmt: skip

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "the ads on the dashboard are clicked", sample, rate=4),
    on_screen=lambda snapshot: (snapshot.screen.total, snapshot.screen.bars),
)
