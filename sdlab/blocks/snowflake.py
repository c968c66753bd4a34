"""Ids made of time, place and a count, so that many machines need not ask each other.

Twitter's Snowflake (2010), here as 41 bits of milliseconds, 6 of data centre, 4 of worker and 12
of sequence: 63 bits, some 69 years, 64 × 16 machines, 4,096 ids per machine and millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass

TIME_BITS = 41
CENTRE_BITS = 6
WORKER_BITS = 4
SEQUENCE_BITS = 12
EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
SEQUENCES = 1 << SEQUENCE_BITS


class ClockStepped(Exception):
    """The clock is behind the last id: a new one could repeat. `by_ms` says how far behind."""

    def __init__(self, by_ms: int) -> None:
        super().__init__(f"the clock is {by_ms} ms behind the last id")
        self.by_ms = by_ms


class SequenceExhausted(Exception):
    """All 4,096 ids of this millisecond are given out; ask again in the next."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The parts of an id. `time_ms` is Unix time."""

    time_ms: int
    centre: int
    worker: int
    sequence: int


@dataclass(frozen=True, slots=True)
class State:
    """What a worker must remember between two ids."""

    last_ms: int = -1
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Snowflake:
    """One machine's right to make ids. `0 <= centre < 64`, `0 <= worker < 16`.

    >>> machine = Snowflake(centre=1, worker=2)
    >>> first, state = machine.following(State(), EPOCH_MS + 5)
    >>> split(first)
    Fields(time_ms=1704067200005, centre=1, worker=2, sequence=0)
    """

    centre: int = 0
    worker: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.centre < 1 << CENTRE_BITS or not 0 <= self.worker < 1 << WORKER_BITS:
            raise ValueError("no such machine")

    def following(self, state: State, now_ms: int) -> tuple[int, State]:
        """The next id and what to remember.

        Ids of one chain of states strictly grow. Raises `ClockStepped` when `now_ms` lies before
        the last id, `SequenceExhausted` when its millisecond is used up.
        """
        if now_ms < state.last_ms:
            raise ClockStepped(state.last_ms - now_ms)
        sequence = state.sequence + 1 if now_ms == state.last_ms else 0
        if sequence >= SEQUENCES:
            raise SequenceExhausted
        made = Fields(now_ms, self.centre, self.worker, sequence)
        return join(made), State(now_ms, sequence)


def join(fields: Fields) -> int:
    """The id of those parts; `ValueError` when the time is before the epoch or 69 years after it."""
    elapsed = fields.time_ms - EPOCH_MS
    if not 0 <= elapsed < 1 << TIME_BITS:
        raise ValueError("the time does not fit in 41 bits")
    place = elapsed << CENTRE_BITS | fields.centre
    return (place << WORKER_BITS | fields.worker) << SEQUENCE_BITS | fields.sequence


def split(number: int) -> Fields:
    """The parts of an id: anybody can read them, and so guess its neighbours."""
    sequence = number & SEQUENCES - 1
    worker = number >> SEQUENCE_BITS & (1 << WORKER_BITS) - 1
    centre = number >> SEQUENCE_BITS + WORKER_BITS & (1 << CENTRE_BITS) - 1
    elapsed = number >> SEQUENCE_BITS + WORKER_BITS + CENTRE_BITS
    return Fields(elapsed + EPOCH_MS, centre, worker, sequence)
