"""Which tier a code runs in: what the host has, what was chosen, and whose code it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from designs.leetcode.config import Config
from designs.leetcode.engine.solutions import own
from designs.leetcode.engine.strategies import ISOLATIONS
from sdlab.lab import Conflict, EngineContext, Unavailable
from sdlab.parts.confined.limits import Limits
from sdlab.parts.confined.probe import Found, probe

ATTACK = "attack"


def is_attack(origin: str) -> bool:
    """Whether that is one of the lab's own attacks: its origin is "attack" and which one."""
    return origin.startswith(ATTACK)


def attack_kind(origin: str) -> str:
    """Which one.

    >>> attack_kind("attack secret")
    'secret'
    """
    return origin.removeprefix(f"{ATTACK} ")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a code is to run: its tier and its limits."""

    tier: str
    limits: Limits


class Sandboxes:
    """`found` is what the probes said; they are made at first need."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.found: dict[str, Found] = {}
        self._probing = asyncio.Lock()

    async def probed(self) -> dict[str, Found]:
        """What this host has. The first time, each tier is tried."""
        async with self._probing:
            for one in ISOLATIONS.values():
                if one.tier not in self.found:
                    self.found[one.tier] = await asyncio.to_thread(probe, one.tier)
        return self.found

    async def check(self, language: str, code_hash: str, origin: str) -> None:
        """Whether that code may run at all. `Conflict` for a stranger's in a weak tier, `Unavailable` where there is none."""
        found = await self.probed()
        tier = ISOLATIONS[self._context.config.isolation].chosen(self._context, found, language)
        if not tier:
            raise Unavailable(
                f"this host has no sandbox for {language}: code of others is not run", retry_after=3600
            )
        if tier == "process" and not is_attack(origin) and code_hash not in own():
            self._context.decide("a process with limits sees the host: only the lab's own programs run there")
            raise Conflict(
                "In “Process + rlimits” only the lab's own programs run, since it protects nothing. "
                "Choose another isolation to run yours."
            )

    def place(self, language: str, code_hash: str, origin: str) -> Place:
        """Where it runs. Code that may not run where it was chosen to runs in a strong tier, or not at all."""
        context, config = self._context, self._context.config
        tier = ISOLATIONS[config.isolation].chosen(context, self.found, language)
        if tier == "process" and not is_attack(origin) and code_hash not in own():
            tier = ISOLATIONS["namespaces"].chosen(context, self.found, language)
        if not tier or (tier == "process" and config.isolation != "process"):
            raise Unavailable(f"this host has no sandbox for {language}", retry_after=3600)
        return Place(tier, limits_of(config))


def limits_of(config: Config) -> Limits:
    """What a job may use."""
    return Limits(cpu_ms=config.cpu_ms, wall_s=1.0 + 3 * config.cpu_ms / 1000, memory_mb=config.memory_mb)
