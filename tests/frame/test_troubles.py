"""A node keeps which faults it had and when, so that evidence names those of its time and no others."""

from __future__ import annotations

from random import Random

import pytest

from sdlab.lab import DOWN, FaultSpec, ManualClock, Node, NodeSpec, fault_steps
from sdlab.lab.node import TROUBLES_KEPT, Edges

FORGET = FaultSpec("forget", "empty", "has forgotten everything", momentary=True)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> Node:
    spec = NodeSpec("store", "store", "database", 1, faults=(DOWN, FORGET))
    return Node(spec, clock=clock, rng=Random(1), edges=Edges())


async def test_a_fault_that_was_over_before_is_no_cause(store: Node, clock: ManualClock) -> None:
    store.set_fault("down")
    await clock.advance(5)
    store.clear_fault()
    await clock.advance(5)
    now = clock.time()
    assert not fault_steps([store], now - 1, now)
    [step] = fault_steps([store], now - 9, now)
    assert (step.actor, step.kind, step.t) == ("store", "cause", now - 9)


async def test_a_fault_that_was_set_afterwards_is_no_cause(store: Node, clock: ManualClock) -> None:
    then = clock.time()
    await clock.advance(1)
    store.set_fault("down")
    assert not fault_steps([store, None], then - 1, then)


async def test_a_fault_has_the_time_when_it_was_set_first(store: Node, clock: ManualClock) -> None:
    before = clock.time()
    await clock.advance(2)
    store.set_fault("down")
    await clock.advance(2)
    store.set_fault("down")
    [step] = fault_steps([store], before, clock.time())
    assert step.t == before + 2


async def test_what_happens_once_is_kept_too(store: Node, clock: ManualClock) -> None:
    store.set_fault("forget")
    at = clock.time()
    await clock.advance(3)
    assert [one.began for one in store.troubles(at - 1, clock.time())] == [at]
    assert not store.troubles(at + 1, clock.time())


def test_no_more_than_the_newest_are_kept(store: Node) -> None:
    for _ in range(TROUBLES_KEPT + 5):
        store.set_fault("down")
        store.clear_fault("down")
    assert len(store.troubles(0, 1e12)) == TROUBLES_KEPT
