"""The six scripts in Redis: a batch of checks is one round trip, and each check one step there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from redis.exceptions import NoScriptError

from designs.rate_limiter.engine.checks import Branch, CheckRequest, Outcome, Outcomes
from designs.rate_limiter.engine.steady_clock import SteadyClock
from designs.rate_limiter.engine.strategies.algorithms import ALGORITHMS
from sdlab.blocks.rate_rule import Rule, Verdict
from sdlab.lab import EngineContext

LUA = Path(__file__).with_name("lua")
MAX_NAMES = 4_000
LIVES_LONGER_S = 60.0

Call = tuple[str, Rule, int, str]
"""Algorithm, rule, global limit and its log: what the checks of one script call have in common."""


def ttl_ms(rule: Rule) -> int:
    """How long state outlives its last use: longer than any of it can matter."""
    return math.ceil((2 * rule.window + rule.burst * rule.gap + LIVES_LONGER_S) * 1000)


@cache
def _branch(algorithm: str, name: str) -> Branch:
    """Where in the parts of a script that branch is taken."""
    files = [LUA / f"{part}.lua" for part in (algorithm, "begin", "end")]
    return next(Branch(one, name) for one in files if f"'{name}'" in one.read_text(encoding="utf-8"))


@cache
def source(algorithm: str) -> str:
    """The script of an algorithm: its two functions between what all of them share."""
    return "".join((LUA / f"{part}.lua").read_text(encoding="utf-8") for part in ("begin", algorithm, "end"))


class Scripts:
    """Loaded once, called by their digest, and loaded again when the store has forgotten them."""

    def __init__(self, context: EngineContext[Any], clock: SteadyClock) -> None:
        self._redis, self._key, self._clock = context.room.redis, context.room.key, clock
        self._digests: dict[str, str] = {}
        self._names: dict[tuple[str, str], bytes] = {}

    async def load(self) -> None:
        """Make them known to Redis."""
        for name in ALGORITHMS:
            self._digests[name] = await self._redis.script_load(source(name))

    async def decide(self, requests: Sequence[CheckRequest]) -> list[Outcomes]:
        """All answers, in one round trip: one script call per algorithm and rule."""
        if not self._digests:
            await self.load()
        now = self._clock.now()
        calls = _calls(requests)
        try:
            answers = await self._send(calls, now, requests)
        except NoScriptError:
            await self.load()  # the store was emptied or replaced; nothing of the batch has run
            answers = await self._send(calls, now, requests)
        found: list[Outcomes] = [{} for _ in requests]
        for (name, *_), positions, texts in zip(calls, calls.values(), answers, strict=True):
            for position, text in zip(positions, texts, strict=True):
                stamp = requests[position].stamp
                found[position][name] = _outcome(name, text, stamp=now if stamp is None else stamp, at=now)
        return found

    async def _send(
        self, calls: dict[Call, list[int]], now: float, requests: Sequence[CheckRequest]
    ) -> list[list[str]]:
        if len(calls) == 1:
            [(call, positions)] = calls.items()
            return [await self._redis.evalsha(*self._arguments(call, positions, now, requests))]
        pipe = self._redis.pipeline(transaction=False)
        for call, positions in calls.items():
            pipe.evalsha(*self._arguments(call, positions, now, requests))
        answers: list[list[str]] = await pipe.execute()
        return answers

    def _arguments(
        self, call: Call, positions: list[int], now: float, requests: Sequence[CheckRequest]
    ) -> list[Any]:
        name, rule, global_limit, log = call
        keys = [self._name("ledger", name), self._name("all", log)]
        keys += [self._name(name, requests[position].key) for position in positions]
        before = len(self._name(name, ""))
        values = (rule.limit, rule.window, rule.burst, ttl_ms(rule), global_limit, before)
        return [self._digests[name], len(keys), *keys, *values, _times(positions, now, requests)]

    def _name(self, kind: str, which: str) -> bytes:
        found = self._names.get((kind, which))
        if found is None:
            if len(self._names) > MAX_NAMES:
                self._names.clear()
            found = self._names[kind, which] = self._key(kind, which).encode()
        return found


def _calls(requests: Sequence[CheckRequest]) -> dict[Call, list[int]]:
    calls: dict[Call, list[int]] = {}
    for position, request in enumerate(requests):
        for name in request.algorithms:
            call = name, request.rule, request.global_limit, request.global_log(name)
            calls.setdefault(call, []).append(position)
    return calls


def _times(positions: list[int], now: float, requests: Sequence[CheckRequest]) -> str:
    """The time of all checks, or one for each where gateways stamp their own."""
    if all(requests[position].stamp is None for position in positions):
        return repr(now)
    return " ".join(repr(requests[position].stamp or now) for position in positions)


def _outcome(name: str, text: str, *, stamp: float, at: float) -> Outcome:
    """A script's answer to one check."""
    by, remaining, retry, reset, level, delay, number, branch = text.split()
    verdict = Verdict(by == "0", int(remaining), float(retry), float(reset), float(level), float(delay))
    return Outcome(verdict, int(by), int(number), stamp, at, _branch(name, branch))
