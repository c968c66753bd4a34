"""Questions that wait travel together, in order, and fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from sdlab.parts.coalescer import Coalescer


class Line:
    """A line that is slow as long as the gate is shut, and remembers what went over it."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, questions: Sequence[int]) -> list[int]:
        self.batches.append(list(questions))
        await self.gate.wait()
        if 13 in questions:
            raise ValueError("unlucky")
        return [one * one for one in questions]


async def test_a_lone_question_goes_at_once() -> None:
    line = Line()
    assert await Coalescer(line.send).ask(3) == 9
    assert line.batches == [[3]]


async def test_what_comes_while_a_batch_is_under_way_is_the_next() -> None:
    line = Line()
    line.gate.clear()
    coalescer = Coalescer(line.send, largest=4)
    asked = [asyncio.create_task(coalescer.ask(0))]
    await asyncio.sleep(0.001)
    asked += [asyncio.create_task(coalescer.ask(n)) for n in range(1, 7)]
    await asyncio.sleep(0.001)
    assert coalescer.waiting == 6
    line.gate.set()
    assert await asyncio.gather(*asked) == [n * n for n in range(7)]
    assert line.batches == [[0], [1, 2, 3, 4], [5, 6]]
    assert (coalescer.batches, coalescer.questions, coalescer.last) == (3, 7, 2)


async def test_a_batch_that_fails_spoils_no_other() -> None:
    coalescer = Coalescer(Line().send, largest=2)
    said = await asyncio.gather(*(coalescer.ask(n) for n in (12, 13, 14, 15)), return_exceptions=True)
    assert [type(one) for one in said] == [ValueError, ValueError, int, int]
    assert await coalescer.ask(2) == 4


async def test_who_gives_up_waiting_harms_nobody() -> None:
    line = Line()
    line.gate.clear()
    coalescer = Coalescer(line.send)
    impatient, patient = (asyncio.create_task(coalescer.ask(n)) for n in (1, 2))
    await asyncio.sleep(0.001)
    impatient.cancel()
    line.gate.set()
    assert await patient == 4
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_settled_when_the_last_answer_is_there() -> None:
    line = Line()
    line.gate.clear()
    coalescer = Coalescer(line.send, largest=1)
    await coalescer.settled()
    asked = [asyncio.create_task(coalescer.ask(n)) for n in range(3)]
    await asyncio.sleep(0.001)
    settled = asyncio.create_task(coalescer.settled())
    await asyncio.sleep(0.001)
    assert not settled.done()
    line.gate.set()
    await settled
    assert [one.result() for one in asked if one.done()] == [0, 1, 4]


async def test_closing_leaves_nobody_waiting_and_no_task() -> None:
    line = Line()
    line.gate.clear()
    coalescer = Coalescer(line.send, largest=1)
    asked = [asyncio.create_task(coalescer.ask(n)) for n in range(3)]
    await asyncio.sleep(0.001)
    await coalescer.close()
    said = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in said] == [asyncio.CancelledError] * 3
    assert [task for task in asyncio.all_tasks() if task.get_name() == "coalescer"] == []
