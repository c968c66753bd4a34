"""The copies of the shards on their nodes: who serves, who is behind, how they are read and written.

Copies are written one after the other; the first up-to-date one decides. A copy that misses a write
is *behind*: it serves nobody until it has caught up (compare the in-sync replicas of Kafka, KIP-966).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import replica_id, through
from designs.url_shortener.engine.shards.rows import StoredLink, reading
from sdlab.lab import EngineContext, Node, Signal, Unavailable
from sdlab.stores.sql import Overloaded

T = TypeVar("T")


class Replicas:
    """As many copies of each shard as `count` says; `fell_behind` tells whenever one misses a write."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._behind_key = context.room.key("behind")
        self.fell_behind = Signal()
        self.count = 1
        self.behind: set[tuple[int, int]] = set()
        self.missed: Counter[tuple[int, int]] = Counter()

    async def open(self, *, count: int) -> None:
        """Take up which of so many copies are behind."""
        self.count = count
        self.behind = {
            (shard, copy)
            for text in await self._context.room.redis.smembers(self._behind_key)
            for shard, copy in [map(int, text.split(":"))]
            if copy < count
        }

    def nodes(self, shard: int) -> list[Node]:
        """The nodes of all copies of a shard; none for a shard that is leaving."""
        found = [self._context.nodes.get(replica_id(shard, copy)) for copy in range(self.count)]
        return [node for node in found if node is not None]

    def serving(self, shard: int) -> list[int]:
        """The up-to-date copies, in the order in which they are asked."""
        return [copy for copy in range(self.count) if (shard, copy) not in self.behind]

    def reachable(self, shard: int, copy: int) -> bool:
        """Whether that copy can be reached; one of a shard that is leaving can."""
        node = self._context.nodes.get(replica_id(shard, copy))
        return node is None or not node.down

    def up(self, shard: int) -> bool:
        """Whether an up-to-date copy can be reached."""
        return any(self.reachable(shard, copy) for copy in self.serving(shard))

    # Reading and writing

    async def read(
        self, shard: int, operation: str, query: Any, *, source: str, **values: Any
    ) -> list[StoredLink]:
        """What the first up-to-date copy that answers finds; `Unavailable` when none answers."""
        room = self._context.room
        values |= {"at_room": room.id, "at_shard": shard}
        refusal = _nobody(shard)
        for copy in self.serving(shard):
            work = partial(room.sql.read, reading(query, {**values, "at_copy": copy}))
            try:
                return await self.call(shard, copy, operation, work, source=source, outcome=_found)
            except Unavailable as error:
                refusal = error.detail
        raise Unavailable(refusal, retry_after=1)

    async def write(
        self,
        shard: int,
        operation: str,
        work: Callable[[int], Callable[[Connection], T]],
        *,
        source: str,
        goes_on: Callable[[T], bool] = lambda _: True,
    ) -> T:
        """Write one copy after the other; the first up-to-date one decides, who misses it falls behind.

        `work(copy)` is the change of one copy; the others follow if `goes_on` says so of the answer.
        """
        missed: list[int] = []
        serving = self.serving(shard)
        answer, decided_by = await self._decide(shard, operation, work, source=source, missed=missed)
        if goes_on(answer):
            after = serving[serving.index(decided_by) + 1 :]
            for copy in [*after, *(copy for copy in range(self.count) if copy not in serving)]:
                try:
                    await self._change(shard, copy, operation, work(copy), source)
                except Unavailable:
                    missed.append(copy)
            for copy in missed:
                await self.fall_behind(shard, copy)
        return answer

    async def _decide(
        self,
        shard: int,
        operation: str,
        work: Callable[[int], Callable[[Connection], T]],
        *,
        source: str,
        missed: list[int],
    ) -> tuple[T, int]:
        """The answer of the first copy that can be changed, and which that was; those before it are `missed`."""
        refusal = _nobody(shard)
        for copy in self.serving(shard):
            try:
                return await self._change(shard, copy, operation, work(copy), source), copy
            except Unavailable as error:
                refusal = error.detail
                missed.append(copy)
        raise Unavailable(refusal, retry_after=1)

    async def _change(
        self, shard: int, copy: int, operation: str, work: Callable[[Connection], T], source: str
    ) -> T:
        return await self.call(
            shard, copy, operation, partial(self._context.room.sql.write, work), source=source
        )

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
        """Do that work on the node of one copy; `Unavailable` when it cannot be done there.

        A shard that is leaving serves until its rows have moved.
        """
        try:
            return await through(
                self._context, replica_id(shard, copy), operation, work, source=source, outcome=outcome
            )
        except Overloaded as error:
            raise Unavailable(str(error), retry_after=1) from None

    # Behind

    async def fall_behind(self, shard: int, copy: int) -> None:
        """The copy lacks something: it serves nobody from now on."""
        self.behind.add((shard, copy))
        self.missed[shard, copy] += 1
        await self._context.room.redis.sadd(self._behind_key, f"{shard}:{copy}")
        self.fell_behind()

    async def caught_up(self, shard: int, copy: int) -> None:
        """The copy lacks nothing: it serves again."""
        self.behind.discard((shard, copy))
        await self._context.room.redis.srem(self._behind_key, f"{shard}:{copy}")

    async def nobody_behind(self) -> None:
        """The copies that were behind are gone."""
        self.behind.clear()
        await self._context.room.redis.delete(self._behind_key)


def _nobody(shard: int) -> str:
    return f"no up-to-date copy of shard {shard} answers"


def _found(rows: list[StoredLink]) -> str:
    return "ok" if rows else "miss"
