"""The shards as a cluster: opened, laid out anew, and settled in the background.

Each shard is a partition of one table; each copy of it stands on a node of its own.
"""

from __future__ import annotations

import asyncio

from designs.url_shortener.config import Config
from designs.url_shortener.engine.shards.layouts import Layouts
from designs.url_shortener.engine.shards.rebalancing import Rebalancing
from designs.url_shortener.engine.shards.repair import Repair
from designs.url_shortener.engine.shards.replicas import Replicas
from designs.url_shortener.engine.shards.shard_stats import ShardStats
from designs.url_shortener.engine.strategies.placements import layout_of
from sdlab.blocks.hash_ring import Placement
from sdlab.lab import EngineContext

SETTLE_EVERY = 0.05
WITHIN = 0.5


class Shards:
    """Where rows live, how many copies there are, and the work that a change of either leaves to do."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._settling = asyncio.Lock()
        self._work_to_do = asyncio.Event()
        self.stats = ShardStats(context)
        self.layouts = Layouts(context)
        self.replicas = Replicas(context)
        self.rebalancing = Rebalancing(context, self.replicas, self.layouts, self.stats)
        self._repair = Repair(context, self.replicas, self.stats)
        self.settled = asyncio.Event()
        self.settled.set()
        self.replicas.fell_behind.connect(self.look_again)

    @property
    def placement(self) -> Placement:
        """Which shard owns a code now."""
        return self.layouts.placement

    async def open(self) -> None:
        """Take up the stored rows; what a killed process left half done goes on."""
        config = self._context.config
        await self.layouts.open()
        await self.replicas.open(count=config.replicas)
        await self.stats.recount()
        if config.replicas > 1:
            for shard in range(config.shards):
                await self._repair.both_ways(shard)
        await self.rebalancing.adopt(layout_of(config))
        self.look_again()

    async def reconfigure(self, before: Config) -> None:
        """Serve under the new layout and copies; gives the work that follows a moment.

        A small room is in order when this returns; a large one goes on in the background.
        """
        now = self._context.config
        if now.replicas != before.replicas:
            await self._repair.set_count(now.replicas, shards=self.layouts.shard_ids())
            self.look_again()
        if layout_of(now) != layout_of(before):
            await self.rebalancing.change_layout(layout_of(now))
            self.look_again()
        try:
            async with asyncio.timeout(WITHIN):
                await self.settled.wait()
        except TimeoutError:
            return

    def look_again(self) -> None:
        """There may be rows to move or copies to repair."""
        if self.rebalancing.pending or self.replicas.behind:
            self.settled.clear()
            self._work_to_do.set()

    async def keep_settled(self) -> None:
        """Move and repair whenever there is something to do; never returns."""
        while True:
            await self._work_to_do.wait()
            self._work_to_do.clear()
            while not await self._settle():
                await self._context.clock.sleep(SETTLE_EVERY)

    async def _settle(self) -> bool:
        """Move and repair what can be reached now; whether nothing is left to do."""
        async with self._settling:
            await self.rebalancing.go_on()
            await self._repair.go_on()
            done = not self.rebalancing.pending and not self.replicas.behind
            if done:
                self.settled.set()
            return done
