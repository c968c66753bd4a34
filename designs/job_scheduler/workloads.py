"""Named traffic: jobs all the time, many at once, slow and flapping receivers, passwords with a window."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from sdlab.lab import Operation, Sample, Workload

PEOPLE = ("ann", "bob", "cem", "dee", "eli", "fay")
ERRANDS = (
    "water the plants",
    "send the invoice",
    "renew the lease",
    "close the gate",
    "send the digest",
    "end the trial",
)
PER_OPERATION, PER_WAVE, WAVE_AFTER_MS = 25, 10_000, 8_000
LATE_EVERY = 3


def steady(rng: Random) -> Iterator[Operation]:
    """A job of somebody each time, due within a second."""
    while True:
        args = {"delay_ms": rng.randrange(100, 900), "payload": rng.choice(ERRANDS)}
        yield Operation("schedule", args, rng.choice(PEOPLE))


def wave(rng: Random) -> Iterator[Operation]:
    """Newsletters: ten thousand in a wave, all due at the same moment."""
    in_wave = PER_WAVE // PER_OPERATION
    for number in count():
        first = number % in_wave * PER_OPERATION + rng.randrange(1, 2)
        args = {"wave": number // in_wave, "after_ms": WAVE_AFTER_MS, "count": PER_OPERATION, "first": first}
        yield Operation("wave", args, rng.choice(PEOPLE))


def slow(rng: Random) -> Iterator[Operation]:
    """Jobs whose receiver takes one at a time."""
    while True:
        args = {"delay_ms": rng.randrange(50, 600), "callback": "/bin/slow", "payload": rng.choice(ERRANDS)}
        yield Operation("schedule", args, rng.choice(PEOPLE))


def flapping(rng: Random) -> Iterator[Operation]:
    """Jobs whose receiver is down for a second and a half out of three; a few have one that is always down."""
    for number in count(1):
        callback = "/bin/failing" if number % 40 == 0 else "/bin/flapping"
        args = {"delay_ms": rng.randrange(50, 600), "callback": callback, "payload": rng.choice(ERRANDS)}
        yield Operation("schedule", args, rng.choice(PEOPLE))


def passwords(rng: Random) -> Iterator[Operation]:
    """One-time passwords that are of no use after two seconds; of some the time was over before they came."""
    for number in count(1):
        late = number % LATE_EVERY == 0
        delay = -rng.randrange(6_000, 9_000) if late else rng.randrange(50, 400)
        args = {
            "delay_ms": delay,
            "relevance_s": 2.0,
            "payload": f"password {rng.randrange(100_000, 999_999)}",
        }
        yield Operation("schedule", args, rng.choice(PEOPLE))


def sample(rng: Random) -> Iterator[Operation]:
    """A cron job that ticks every ten seconds for a minute, and something small of the visitor's now and then."""
    yield Operation("cron", {"cron": "@every 10s", "for_s": 60, "payload": "tick"}, "visitor")
    while True:
        args = {"delay_ms": rng.randrange(800, 3_500), "payload": rng.choice(ERRANDS)}
        yield Operation("schedule", args, "visitor")


WORKLOADS = (
    Workload("steady", "Jobs all the time", "a job each time, due within a second", steady, 50, 1000, unit="jobs"),
    Workload(
        "wave", "10,000 at once", "25 jobs each time; 10,000 are due in the same second", wave, 80, 100, unit="times 25 jobs"
    ),
    Workload("slow", "Slow callbacks", "the receiver takes one at a time", slow, 120, 300, unit="jobs"),
    Workload("flapping", "Flapping receiver", "it is down for 1.5 s out of 3", flapping, 40, 300, unit="jobs"),
    Workload(
        "passwords", "One-time passwords", "of no use after two seconds; every third is late", passwords, 40, 400, unit="jobs"
    ),
)  # fmt: skip

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "a cron job ticks, and small errands fall due", sample, rate=0.8),
    on_screen=lambda snapshot: (
        [one.id for one in snapshot.screen.coming],
        [one.id for one in snapshot.screen.callbacks],
        snapshot.screen.waiting,
    ),
)
