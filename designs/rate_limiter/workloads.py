"""Named traffic. The same seed gives the same requests, whatever the limiter answers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from designs.rate_limiter.engine.strategies.client_keys import CAST
from sdlab.lab import Operation, Sample, Workload

NAMES = tuple(CAST)
ABUSER = "eve"
MANY = tuple(f"client-{number}" for number in range(1, 301))
NETWORK, ADDRESSES = "2001:db8:15:9::", 100
BURST = 30
ABUSE = 0.85
ZIPF = 0.9


def steady(rng: Random) -> Iterator[Operation]:
    """The five take turns in a shuffled order."""
    number = 0
    while True:
        for name in rng.sample(NAMES, len(NAMES)):
            number += 1
            yield Operation("send", {"request": number}, name)


def burst(rng: Random) -> Iterator[Operation]:
    """One of the five sends 30 requests at once, then another."""
    number = 0
    while True:
        number += 1
        yield Operation("burst", {"count": BURST, "request": number}, rng.choice(NAMES))


def many_clients(rng: Random) -> Iterator[Operation]:
    """300 clients, some of them busier than others."""
    weights = list(accumulate(1 / rank**ZIPF for rank in range(1, len(MANY) + 1)))
    number = 0
    while True:
        number += 1
        chosen = bisect_left(weights, rng.random() * weights[-1])
        yield Operation("send", {"request": number}, MANY[chosen])


def one_abuser(rng: Random) -> Iterator[Operation]:
    """Eve sends most of the requests; the others go on as usual."""
    others = [name for name in NAMES if name != ABUSER]
    number = 0
    while True:
        number += 1
        name = ABUSER if rng.random() < ABUSE else rng.choice(others)
        yield Operation("send", {"request": number}, name)


def one_network(rng: Random) -> Iterator[Operation]:
    """One machine whose network gives it another address for each request."""
    number = 0
    while True:
        number += 1
        yield Operation("send", {"request": number}, f"{NETWORK}{rng.randrange(1, ADDRESSES + 1):x}")


def boundary(rng: Random) -> Iterator[Operation]:
    """Eve saves her requests up for the edge of two windows."""
    while True:
        yield Operation("edge", {"nonce": rng.randrange(1_000_000)}, ABUSER)


WORKLOADS = (
    Workload(
        id="steady",
        label="Steady",
        does="Five clients in turn, each a little below its limit with the default rule.",
        operations=steady,
        rate=4.0,
        maximum=2000.0,
    ),
    Workload(
        id="burst",
        label="Bursts",
        does="Thirty requests of one client at the same moment, three times a second, of one or another.",
        operations=burst,
        rate=3.0,
        maximum=60.0,
        unit="bursts",
    ),
    Workload(
        id="many_clients",
        label="Many clients",
        does="300 clients, some busier than others: what counts now is bytes and trips.",
        operations=many_clients,
        rate=200.0,
        maximum=2000.0,
    ),
    Workload(
        id="one_abuser",
        label="One abuser",
        does="Eve sends 85 % of the requests, from the office that she shares with Ana and Ben.",
        operations=one_abuser,
        rate=30.0,
        maximum=2000.0,
    ),
    Workload(
        id="one_network",
        label="One IPv6 network",
        does="One machine sends from a hundred addresses of its /64: by address it is one client, or a hundred.",
        operations=one_network,
        rate=30.0,
        maximum=2000.0,
    ),
    Workload(
        id="boundary",
        label="Boundary attack",
        does="Eve saves requests up for every second edge: a full limit just before it, another just after.",
        operations=boundary,
        rate=20.0,
        maximum=200.0,
    ),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "five clients, each near its limit", steady, rate=4.0),
    on_screen=lambda snapshot: [one.sent for one in snapshot.senders],
)
