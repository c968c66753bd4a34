"""Answers beside the truth of their moment."""

from __future__ import annotations

import asyncio

import pytest

from designs.top_k.engine.leaderboards import Errors, compare
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import MakeTopK, picture, watch


@pytest.mark.parametrize(
    ("answer", "truth", "of", "errors"),
    [
        ([], [], [], Errors()),
        ([("a", 3)], [("a", 3)], [3], Errors(1.0, 0.0, 0, 0)),
        ([("b", 3)], [("a", 3)], [3], Errors(1.0, 0.0, 0, 0)),
        ([("a", 2)], [("a", 3), ("b", 2)], [3], Errors(0.5, 1.0, 1, 1)),
        ([], [("a", 3)], [], Errors(0.0, 0.0, 0, 0)),
    ],
)
def test_errors_of_an_answer(answer: list, truth: list, of: list, errors: Errors) -> None:
    assert compare(answer, truth, of) == errors


async def test_a_view_that_is_being_logged_is_no_error(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await watch(engine, ["v1"] * 3)
    await engine.set_fault("log", "slow", 1000)
    viewing = asyncio.create_task(engine.view("v1"))
    await clock.advance(0.4)
    place = (await picture(engine)).boards.minute.ranks[0]
    assert (place.views, place.truth, place.error) == (4, 3, 0)
    await clock.advance(1)
    await viewing
