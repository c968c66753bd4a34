"""How one is added: in a single step of the store, or in two with room for others in between."""

from __future__ import annotations

from typing import Protocol

from designs.tagging_service.config import Config
from designs.tagging_service.engine.nodes import SERVER, STORE
from sdlab.lab import EngineContext


class Adding(Protocol):
    """Adds to the counter of a room; the new total."""

    label: str
    tradeoff: str

    async def add(self, context: EngineContext[Config], amount: int) -> int: ...


class Atomic:
    """One command: the store does nothing else while it adds."""

    label = "INCRBY, one command"
    tradeoff = "No add is lost; the store must know the operation."

    async def add(self, context: EngineContext[Config], amount: int) -> int:
        redis, key = context.room.redis, context.room.key("total")
        context.decide("one command adds: nobody can come between")
        return int(await context.node(STORE).call("INCRBY", lambda: redis.incrby(key, amount), source=SERVER))


class ReadThenWrite:
    """Two round trips: who reads in between reads the same, and one of the two adds is lost."""

    label = "GET, then SET"
    tradeoff = "Works with any store that can read and write; concurrent adds are lost."

    async def add(self, context: EngineContext[Config], amount: int) -> int:
        redis, key, store = context.room.redis, context.room.key("total"), context.node(STORE)
        before = int(await store.call("GET", lambda: redis.get(key), source=SERVER) or 0)
        context.decide(f"it was {before}: {before + amount} is written, whatever happened meanwhile")
        await store.call("SET", lambda: redis.set(key, before + amount), source=SERVER)
        return before + amount


ADDINGS: dict[str, type[Adding]] = {"atomic": Atomic, "read_write": ReadThenWrite}
