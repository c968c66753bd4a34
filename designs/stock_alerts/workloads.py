"""Named traffic. Stock 0 is the one on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from designs.stock_alerts.engine.stocks import STOCKS
from sdlab.lab import Operation, Sample, Workload

TRADERS = ("ann", "bob", "cem", "dee", "eli", "fay", "gus", "hoa")
EAGER = "ida"
ON_SCREEN, OFTEN = 0.15, 0.4
SET_EVERY = 40
CHOPPY = (0, 1, 2)
CHOP = 0.012
SPIKE = 0.05
LULL = 6
CRASH = 0.3
CYCLE, CRASH_AT, REBOUND_AT, BACK_AT, ARM_AT = 240, 20, 110, 200, 215
ALL = tuple(range(len(STOCKS)))


def _tick(rng: Random, count: int = 1) -> Operation:
    picks = [0 if rng.random() < ON_SCREEN else rng.randrange(len(STOCKS)) for _ in range(count)]
    return Operation("tick", {"moves": [[pick, round(rng.gauss(0, 1), 4)] for pick in picks]}, "exchange")


def market(rng: Random) -> Iterator[Operation]:
    """A tick of some stock each time; now and then somebody sets an alert."""
    number = 0
    while True:
        number += 1
        if number % SET_EVERY == 0:
            percent = rng.choice((-1, 1)) * round(rng.uniform(0.2, 4), 2)
            yield Operation(
                "set", {"stock": rng.randrange(len(STOCKS)), "percent": percent}, rng.choice(TRADERS)
            )
        else:
            yield _tick(rng)


def chop(rng: Random) -> Iterator[Operation]:
    """Three stocks go up and down without rest, and whoever was told arms again."""
    while True:
        for sign in (1, -1):
            stock = rng.choice(CHOPPY)
            yield Operation(
                "swing", {"stocks": [stock], "share": round(sign * CHOP * rng.uniform(0.3, 1), 5)}, "exchange"
            )
            yield Operation(
                "swing",
                {"stocks": [stock], "share": round(-sign * CHOP * rng.uniform(0.3, 1), 5)},
                "exchange",
            )
            yield Operation("rearm", {"stock": stock, "count": 3, "nonce": rng.randrange(1 << 31)}, "crowd")


def spikes(rng: Random) -> Iterator[Operation]:
    """A price jumps for a single tick and is back with the next; between spikes the market is calm."""
    while True:
        stock = 0 if rng.random() < OFTEN else rng.randrange(len(STOCKS))
        share = rng.choice((-1, 1)) * round(SPIKE * rng.uniform(0.4, 1), 5)
        yield Operation("swing", {"stocks": [stock], "share": share}, "exchange")
        yield Operation("swing", {"stocks": [stock], "share": 0.0}, "exchange")
        for _ in range(4):
            yield _tick(rng)
        yield Operation("rearm", {"stock": stock, "count": 4, "nonce": rng.randrange(1 << 31)}, "crowd")


def eager(rng: Random) -> Iterator[Operation]:
    """Somebody has set many alerts on one stock that swings, and arms each of them again.

    They stand at fixed prices, all below what each swing reaches: a percentage would count from wherever the
    stock is when it is armed again, and soon stand where no swing comes.
    """
    yield Operation("swing", {"stocks": [0], "share": -CHOP}, "exchange")
    for step in range(8):
        yield Operation("set", {"stock": 0, "share": round((2 + step) / 1000, 3)}, EAGER)
    while True:
        for share in (1, -1):
            swing = round(share * CHOP * rng.uniform(0.8, 1), 5)
            yield Operation("swing", {"stocks": [0], "share": swing}, "exchange")
        yield Operation(
            "rearm", {"stock": 0, "count": 8, "user": EAGER, "nonce": rng.randrange(1 << 31)}, EAGER
        )
        for _ in range(LULL):  # the swinging stock stands low while they are armed again
            moves = [[rng.randrange(1, len(STOCKS)), round(rng.gauss(0, 1), 4)]]
            yield Operation("tick", {"moves": moves}, "exchange")


def flash_crash(rng: Random) -> Iterator[Operation]:
    """A calm market; then everything falls by a third at once, rebounds, and comes back. Then all arm again."""
    while True:
        for number in range(CYCLE):
            if number == CRASH_AT:
                yield Operation("swing", {"stocks": list(ALL), "share": -CRASH}, "exchange")
            elif number == REBOUND_AT:
                yield Operation("swing", {"stocks": list(ALL), "share": CRASH}, "exchange")
            elif number == BACK_AT:
                yield Operation("swing", {"stocks": list(ALL), "share": 0.0}, "exchange")
            elif number == ARM_AT:
                yield Operation("arm_crowd", {}, "crowd")
            else:
                yield _tick(rng)


def sample(rng: Random) -> Iterator[Operation]:
    """The stock on the screen moves, and a few others with it."""
    while True:
        others = [[rng.randrange(1, len(STOCKS)), round(rng.gauss(0, 1), 4)] for _ in range(5)]
        yield Operation("tick", {"moves": [[0, round(rng.gauss(0.1, 1.2), 4)], *others]}, "exchange")


WORKLOADS = (
    Workload(
        "market", "Market hours", "A tick of some stock each time, and an alert set for every 40 of them.", market,
        rate=200, maximum=2000, unit="ticks",
    ),
    Workload(
        "chop", "Choppy market", "Three stocks swing about their alerts; whoever was told arms again.", chop,
        rate=200, maximum=1000,
    ),
    Workload(
        "spikes", "Spikes", "A price jumps for one tick and is back with the next.", spikes, rate=60, maximum=500,
    ),
    Workload(
        "eager", "One who sets many", "One user has eight alerts on a swinging stock, and arms each again.", eager,
        rate=60, maximum=500,
    ),
    Workload(
        "flash_crash", "Flash crash", "All stocks fall by 30 % in one moment, rebound, and come back.", flash_crash,
        rate=40, maximum=800,
    ),
)  # fmt: skip

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "the stock on the screen is traded", sample, rate=4),
    on_screen=lambda snapshot: (snapshot.screen.price, snapshot.screen.seq),
)
