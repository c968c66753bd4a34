"""The counter stores of one engine, and which of them counts now."""

from __future__ import annotations

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.steady_clock import SteadyClock
from designs.rate_limiter.engine.strategies.stores import (
    STORES,
    CounterStore,
    PerGateway,
    SharedAtomic,
)
from sdlab.lab import EngineContext


class CounterStores:
    """One of each kind, so that a change of the configuration finds what was counted before.

    `fallback` are the gateways' own counters for when the store does not answer; `local` those where
    each counts alone by choice.
    """

    def __init__(self, context: EngineContext[Config], clock: SteadyClock) -> None:
        self._context, self.clock = context, clock
        self.atomic = SharedAtomic(context, clock)
        self.fallback = PerGateway(context, clock)
        self.local = PerGateway(context, clock)
        made: dict[type[CounterStore], CounterStore] = {SharedAtomic: self.atomic, PerGateway: self.local}
        self._by_id: dict[str, CounterStore] = {
            name: made.get(kind) or kind(context, clock) for name, kind in STORES.items()
        }

    @property
    def current(self) -> CounterStore:
        """The store of the configuration of now."""
        return self._by_id[self._context.config.store]

    async def open(self) -> None:
        """Make the scripts known to Redis."""
        await self.atomic.scripts.load()

    async def close(self) -> None:
        """Nobody asks any more; who still waits is cancelled."""
        for store in self._by_id.values():
            await store.close()
