"""The bench harness: real stores that go away, callers at once, ratios of rounds."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from sdlab.launcher.bench.harness import (
    bench_engine,
    bench_stores,
    compare,
    each,
    in_process,
    milliseconds,
    quantile,
    rate_of,
    ratio_of,
)
from tests.frame.toy import Config, Counter


def test_an_engine_over_real_stores_is_as_it_was_left() -> None:
    async def run() -> list[int]:
        totals = []
        for name in ("one", "one", "two"):
            async with bench_engine(stores, "toy", Counter, Config(), name=name) as engine:
                totals.append(await engine.add())
        return totals

    with bench_stores() as stores:
        assert asyncio.run(run()) == [1, 2, 1]
        folder = stores.folder
    assert not folder.exists()


async def test_callers_work_at_once_and_each_thing_is_done_once() -> None:
    at_work, most, done = 0, 0, []

    async def work(number: int) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        done.append(number)
        at_work -= 1

    assert len(await each(range(50), work, callers=4)) == 50
    assert (most, sorted(done)) == (4, list(range(50)))
    assert await rate_of([1, 2, 3], work) > 0


async def test_a_comparison_throws_the_first_round_away() -> None:
    ours, theirs = iter([1.0, 20.0, 30.0, 40.0]), iter([99.0, 10.0, 10.0, 10.0])

    async def mine() -> float:
        return next(ours)

    async def peers() -> float:
        return next(theirs)

    found = await compare(mine, peers, rounds=3)
    assert (found.ours, found.theirs, found.times) == (30.0, 10.0, 3.0)
    assert ratio_of([(2.0, 1.0)]).times == 2.0


def test_quantiles_are_values_that_were_measured() -> None:
    hundred = list(range(1, 101))
    assert [quantile(hundred, share) for share in (0.0, 0.07, 0.5, 0.99, 1.0)] == [1, 7, 50, 99, 100]
    assert milliseconds(lambda: None) >= 0


def test_a_process_of_its_own_answers_in_json() -> None:
    assert in_process("json.tool", "--compact", "reflex.lock/package.json")
    with pytest.raises(subprocess.CalledProcessError):
        in_process("json.tool", "no such file")
