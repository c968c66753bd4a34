"""The copies of the shards behind their gates: who serves, who is behind, how they are read and written.

Copies are written one after the other; the first up-to-date one decides. A copy that misses a write
is *behind*: it serves nobody until it has caught up (compare the in-sync replicas of Kafka, KIP-966).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from designs.url_shortener.engine.shards.rows import StoredLink, reading
from sdlab.lab import Node, Room, Unavailable
from sdlab.stores.sql import Overloaded

T = TypeVar("T")


def node_id(shard: int, copy: int) -> str:
    """The gate of one copy of a shard."""
    return f"shard-{shard}" + ("-replica" if copy else "")


class Copies:
    """As many copies of each shard as `count` says; `fell_behind` is called whenever one misses a write."""

    def __init__(
        self, room: Room, *, gate: Callable[[str], Node | None], fell_behind: Callable[[], None]
    ) -> None:
        self._room = room
        self._gate = gate
        self._fell_behind = fell_behind
        self._behind_key = room.key("behind")
        self.count = 1
        self.behind: set[tuple[int, int]] = set()
        self.missed: Counter[tuple[int, int]] = Counter()

    async def open(self, *, count: int) -> None:
        """Take up which of so many copies are behind."""
        self.count = count
        self.behind = {
            (shard, copy)
            for text in await self._room.redis.smembers(self._behind_key)
            for shard, copy in [map(int, text.split(":"))]
            if copy < count
        }

    def gate(self, shard: int, copy: int) -> Node | None:
        """The gate of one copy; None for a shard that is leaving."""
        return self._gate(node_id(shard, copy))

    def gates(self, shard: int) -> list[Node]:
        """The gates of all copies of a shard."""
        return [gate for copy in range(self.count) if (gate := self.gate(shard, copy))]

    def serving(self, shard: int) -> list[int]:
        """The up-to-date copies, in the order in which they are asked."""
        return [copy for copy in range(self.count) if (shard, copy) not in self.behind]

    def up(self, shard: int) -> bool:
        """Whether an up-to-date copy can be reached."""
        gates = [self.gate(shard, copy) for copy in self.serving(shard)]
        return any(gate is None or not gate.down for gate in gates)

    # Reading and writing

    async def read(
        self, shard: int, operation: str, query: Any, *, source: str, **values: Any
    ) -> list[StoredLink]:
        """What the first up-to-date copy that answers finds; `Unavailable` when none answers."""
        values |= {"at_room": self._room.id, "at_shard": shard}
        last = _nobody(shard)
        for copy in self.serving(shard):
            work = partial(self._room.sql.read, reading(query, {**values, "at_copy": copy}))
            try:
                return await self.call(shard, copy, operation, work, source=source, outcome=_found)
            except Unavailable as error:
                last = error
        raise last

    async def write(
        self,
        shard: int,
        operation: str,
        work: Callable[[int], Callable[[Connection], T]],
        *,
        source: str,
        goes_on: Callable[[T], bool] = lambda _: True,
    ) -> T:
        """Write one copy after the other; the first up-to-date one decides, who misses it falls behind."""
        missed: list[int] = []
        last = _nobody(shard)
        serving = self.serving(shard)
        waiting = [*serving]
        while waiting:
            copy = waiting.pop(0)
            try:
                answer = await self._change(shard, copy, operation, work(copy), source=source)
                break
            except Unavailable as error:
                last = error
                missed.append(copy)
        else:
            raise last
        if goes_on(answer):
            others = waiting + [c for c in range(self.count) if c not in serving]
            for copy in others:
                try:
                    await self._change(shard, copy, operation, work(copy), source=source)
                except Unavailable:
                    missed.append(copy)
            for copy in missed:
                await self.fall_behind(shard, copy)
        return answer

    async def _change(
        self, shard: int, copy: int, operation: str, work: Callable[[Connection], T], *, source: str
    ) -> T:
        return await self.call(shard, copy, operation, lambda: self._room.sql.write(work), source=source)

    async def call(
        self,
        shard: int,
        copy: int,
        operation: str,
        work: Callable[[], Awaitable[T]],
        *,
        source: str,
        outcome: Callable[[T], str] | None = None,
    ) -> T:
        """Do that work through the gate of one copy; `Unavailable` when it cannot be done there."""
        gate = self.gate(shard, copy)
        try:
            if gate is None:  # a shard that is leaving: it serves until its rows have moved
                return await work()
            return await gate.call(operation, work, source=source, outcome=outcome)
        except Overloaded as error:
            raise Unavailable(str(error), retry_after=1) from None

    # Behind

    async def fall_behind(self, shard: int, copy: int) -> None:
        """The copy lacks something: it serves nobody from now on."""
        self.behind.add((shard, copy))
        self.missed[shard, copy] += 1
        await self._room.redis.sadd(self._behind_key, f"{shard}:{copy}")
        self._fell_behind()

    async def caught_up(self, shard: int, copy: int) -> None:
        """The copy lacks nothing: it serves again."""
        self.behind.discard((shard, copy))
        await self._room.redis.srem(self._behind_key, f"{shard}:{copy}")

    async def nobody_behind(self) -> None:
        """The copies that were behind are gone."""
        self.behind.clear()
        await self._room.redis.delete(self._behind_key)


def _nobody(shard: int) -> Unavailable:
    return Unavailable(f"no up-to-date copy of shard {shard} answers", retry_after=1)


def _found(rows: list[StoredLink]) -> str:
    return "ok" if rows else "miss"
