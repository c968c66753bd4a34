"""What the product shows of a visitor, however much came since."""

from __future__ import annotations

import pytest

from designs.leetcode.engine.solutions import preset
from designs.leetcode.inside.snapshot import build_snapshot
from sdlab.lab import as_user
from tests.designs.leetcode.conftest import Make, judged

pytestmark = pytest.mark.virtual_time


async def test_a_solved_problem_stays_solved_after_many_other_submissions(judge: Make) -> None:
    engine = await judge()
    await judged(engine, await engine.submit("two-sum", "python", preset("two-sum", "python", "right")))
    for number in range(9):
        await judged(engine, await engine.submit("two-sum", "python", f"{number}"))
    await engine.refresh_looks(now=True)
    assert build_snapshot(engine).screen.solved == ("two-sum",)


@pytest.mark.parametrize("board", ["sql", "ttl", "sorted"])
async def test_a_visitor_below_the_first_ten_has_a_place(judge: Make, board: str) -> None:
    engine = await judge(board=board)
    code = preset("two-sum", "python", "right")
    for number in range(12):
        await judged(engine, await as_user(f"p{number}", engine.submit("two-sum", "python", code)))
    await judged(engine, await engine.submit("two-sum", "python", code))
    await engine.clock.sleep(engine.config.ttl_s + 1)
    await engine.leaderboard("weekly")
    await engine.refresh_looks(now=True)
    own = build_snapshot(engine).screen.own
    assert (own.rank, own.person, own.points, own.mine) == (13, "visitor", 1, True)


async def test_an_attack_is_not_shown_as_an_answer_to_a_problem(judge: Make) -> None:
    engine = await judge()
    await judged(engine, await engine.attack("passwd"))
    await engine.refresh_looks(now=True)
    (mine,) = build_snapshot(engine).screen.mine
    assert mine.title.startswith("Attack: ")
