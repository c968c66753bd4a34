"""What an engine is given: a namespace of data with its stores, its clock and its chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Protocol

from sdlab.lab.clock import Clock, SystemClock

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from sdlab.stores.blobs import Blobs
    from sdlab.stores.sql import Sql


class Names(Protocol):
    """Public names that lead to a room: a short link's code, the code of a class."""

    async def claim(self, kind: str, name: str, room: str) -> bool:
        """Whether `name` now leads to `room`; false when another room has it."""
        ...

    async def owner(self, kind: str, name: str) -> str | None:
        """The room that `name` leads to."""
        ...

    async def release(self, kind: str, name: str, room: str) -> None:
        """Give a name back, if this room has it."""
        ...


@dataclass(frozen=True, slots=True)
class Quota:
    """How much one room may hold and do.

    `prepared`: of how many things of its own a lab opens with, at most; `corpus`: how many generated things a
    lab begins with that searches many.
    """

    rows: int = 200_000
    prepared: int = 3_000
    bytes: int = 64 * 1024 * 1024
    workload_rate: float = 2000.0
    corpus: int = 100_000


@dataclass(slots=True)
class Room:
    """A room as one design sees it. Everything an engine keeps lives below `key(...)` or in rows of `id`."""

    id: str
    slug: str
    redis: Redis
    sql: Sql
    blobs: Blobs
    names: Names
    clock: Clock = field(default_factory=SystemClock)
    seed: int = 1
    quota: Quota = field(default_factory=Quota)

    def key(self, *parts: object) -> str:
        """A Redis key of this room and design. The braces keep a room on one cluster slot."""
        return ":".join([f"sdlab:{{{self.id}}}:{self.slug}", *(str(part) for part in parts)])

    def rng(self, purpose: str) -> Random:
        """A source of chance of its own for each purpose, the same for the same seed."""
        return Random(f"{self.slug}:{self.seed}:{purpose}")
