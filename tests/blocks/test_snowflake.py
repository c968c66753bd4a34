"""Snowflake ids: unique, ordered, and silent rather than wrong when the clock steps back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.snowflake import (
    EPOCH_MS,
    SEQUENCES,
    ClockStepped,
    Fields,
    SequenceExhausted,
    Snowflake,
    State,
    join,
    split,
)

FIELDS = st.builds(
    Fields,
    time_ms=st.integers(EPOCH_MS, EPOCH_MS + 2**41 - 1),
    centre=st.integers(0, 63),
    worker=st.integers(0, 15),
    sequence=st.integers(0, 4095),
)


@given(FIELDS)
def test_splitting_undoes_joining(fields: Fields) -> None:
    assert split(join(fields)) == fields
    assert 0 <= join(fields) < 2**63


@given(st.lists(st.integers(0, 3), max_size=300))
def test_ids_of_a_worker_strictly_grow(steps: list[int]) -> None:
    machine, state, now, ids = Snowflake(centre=3, worker=5), State(), EPOCH_MS, []
    for step in steps:
        now += step
        number, state = machine.following(state, now)
        ids.append(number)
    assert ids == sorted(set(ids))


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 2)), max_size=200))
def test_workers_never_share_an_id(calls: list[tuple[int, int]]) -> None:
    states, now, ids = dict.fromkeys(range(16), State()), EPOCH_MS, []
    for worker, step in calls:
        now += step
        number, states[worker] = Snowflake(worker=worker).following(states[worker], now)
        ids.append(number)
    assert len(ids) == len(set(ids))


def test_a_millisecond_holds_4096_ids() -> None:
    machine, state = Snowflake(), State()
    for _ in range(SEQUENCES):
        _, state = machine.following(state, EPOCH_MS)
    with pytest.raises(SequenceExhausted):
        machine.following(state, EPOCH_MS)
    number, _ = machine.following(state, EPOCH_MS + 1)
    assert split(number).sequence == 0


def test_a_clock_that_stepped_back_is_refused_until_it_has_caught_up() -> None:
    machine = Snowflake()
    first, state = machine.following(State(), EPOCH_MS + 500)
    with pytest.raises(ClockStepped) as refused:
        machine.following(state, EPOCH_MS + 480)
    assert refused.value.by_ms == 20
    later, _ = machine.following(state, EPOCH_MS + 500)
    assert later == first + 1


def test_impossible_machines_and_times_are_refused() -> None:
    for centre, worker in ((64, 0), (0, 16), (-1, 0)):
        with pytest.raises(ValueError):
            Snowflake(centre=centre, worker=worker)
    for time_ms in (EPOCH_MS - 1, EPOCH_MS + 2**41):
        with pytest.raises(ValueError):
            join(Fields(time_ms, 0, 0, 0))
