"""Every verb says why, at the line that decides; other answers are decided at other lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from designs.rate_limiter.engine.engine import RateLimiter
from designs.rate_limiter.engine.strategies import ALGORITHMS, CLIENT_KEYS, FAILURES, HIERARCHIES, STORES
from sdlab.lab import LabError
from sdlab.lab.trace import Decision, lines_around
from tests.designs.rate_limiter.conftest import MakeLimiter

PLACES = {
    "shared": "strategies/lua/{}.lua",
    "racy": "sdlab/blocks/{}.py",
    "local": "sdlab/blocks/{}.py",
}


def last(engine: RateLimiter) -> list[Decision]:
    """The reasons of the newest request."""
    trace = engine.traces.get(engine.feed.newest(1)[0].trace)
    assert trace is not None
    return trace.decisions


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("name", ALGORITHMS)
async def test_the_line_of_the_algorithm_that_ran_is_the_one_that_decided(
    limiter: MakeLimiter, name: str, store: str
) -> None:
    engine = await limiter(algorithm=name, store=store, gateways=1)
    shared_log = store == "shared" and name == "sliding_log"  # its functions serve the global rule too
    found = set()
    for _ in range(12):
        await engine.check("ana")
        said = last(engine)[-1]
        assert said.file.endswith(PLACES[store].format("begin" if shared_log else name))
        found.add((said.line, dict(lines_around(said.file, said.line))[said.line].strip()))
    assert len(found) == 2, "one line lets pass, another refuses"
    assert all("branch" in text for _, text in found)


@pytest.mark.parametrize(
    ("toggle", "options"),
    [("store", STORES), ("client_key", CLIENT_KEYS), ("hierarchy", HIERARCHIES), ("algorithm", ALGORITHMS)],
)
async def test_another_option_is_decided_at_another_line(
    limiter: MakeLimiter, toggle: str, options: Iterable[str]
) -> None:
    seen = set()
    for option in options:
        engine = await limiter(**{toggle: option})
        await engine.check("ana")
        seen.add(frozenset((one.file, one.line) for one in last(engine)))
    assert len(seen) == len(list(options))


async def test_what_happens_without_a_store_is_decided_at_three_lines(limiter: MakeLimiter) -> None:
    seen = set()
    for choice in FAILURES:
        engine = await limiter(on_failure=choice)
        await engine.set_fault("redis", "down")
        with suppress(LabError):
            await engine.check("ana")
        seen.add(next(one.line for one in last(engine) if one.file.endswith("limiter.py")))
    assert len(seen) == 3


async def test_a_gateway_that_stamps_says_so(limiter: MakeLimiter) -> None:
    engine = await limiter()
    await engine.configure(replace(engine.config, clock="gateway"))
    await engine.set_fault("gateway-1", "skew", 2000)
    await engine.check("ana")
    assert any(one.text == "stamped by the clock of gateway 1, which is +2.0 s" for one in last(engine))


async def test_the_global_rule_is_decided_in_the_same_script(limiter: MakeLimiter) -> None:
    engine = await limiter(hierarchy="both", global_limit=1)
    await engine.check("ana")
    passed = last(engine)[-1]
    await engine.check("ben")
    refused = last(engine)[-1]
    assert {Path(one.file).name for one in (passed, refused)} == {"end.lua"}
    assert passed.line != refused.line


async def test_all_algorithms_that_decide_keep_one_global_log(limiter: MakeLimiter) -> None:
    engine = await limiter(hierarchy="both", global_limit=6, shadow="off")
    said = [
        await engine.check(f"client-{n}", algorithm=name) for n, name in enumerate([*ALGORITHMS, *ALGORITHMS])
    ]
    assert sum(one.allowed for one in said) == 6
    assert engine.monitors["global_limit"].view().holds


@pytest.mark.parametrize(
    "act",
    [lambda engine: engine.stream("ana", 1.0), lambda engine: engine.look_at("ben")],
    ids=["stream", "look_at"],
)
async def test_the_other_verbs_say_why_too(
    limiter: MakeLimiter, act: Callable[[RateLimiter], Awaitable[None]]
) -> None:
    engine = await limiter()
    await act(engine)
    assert [Path(one.file).parent.name for one in last(engine)] == ["engine"]
