"""The estimate's bytes are those that the store measures."""

from __future__ import annotations

import pytest

from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.lesson.numbers import ESTIMATE, NUMBERS, bytes_per_client
from sdlab.lab import ManualClock
from tests.designs.rate_limiter.conftest import MakeLimiter


async def test_an_entry_of_the_log_costs_what_the_estimate_says(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter(limit=100, burst=100, window_s=60)
    sizes = []
    for count in (20, 80):
        for _ in range(count):
            await clock.advance(0.0123)
            assert (await engine.check("ana")).allowed
        await engine.refresh_looks(now=True)
        sizes.append(engine.reader.look.last.sizes)
    grown = (sizes[1]["sliding_log"].redis - sizes[0]["sliding_log"].redis) / 80
    assert grown == pytest.approx(ESTIMATE.defaults()["entry_bytes"], rel=0.25)
    others = [name for name in ALGORITHMS if name != "sliding_log"]
    assert all(sizes[1][name].redis <= sizes[0][name].redis + 16 for name in others), (
        "the limit costs nothing"
    )


async def test_the_state_of_each_script_has_as_many_numbers_as_the_estimate_counts(
    limiter: MakeLimiter,
) -> None:
    engine = await limiter()
    await engine.check("ana")
    for name, numbers in NUMBERS.items():
        state = await engine.room.redis.get(engine.room.key(name, "user:ana"))
        assert len(state.split()) == numbers


def test_the_logs_memory_grows_with_the_limit_and_no_others() -> None:
    small, large = {**ESTIMATE.defaults(), "limit": 10}, {**ESTIMATE.defaults(), "limit": 1000}
    grown = {name for name in ALGORITHMS if bytes_per_client(name, large) > bytes_per_client(name, small)}
    assert grown == {"sliding_log"}
