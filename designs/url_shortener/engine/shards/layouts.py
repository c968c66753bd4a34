"""Where a code lives now, and where it may still be while rows follow a change of the layout."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from designs.url_shortener.config import Config
from designs.url_shortener.engine.strategies.placements import PLACEMENTS, Layout
from sdlab.blocks.hash_ring import Placement
from sdlab.lab import EngineContext


class Layouts:
    """The layout in force and the former ones whose rows have not all moved, kept across restarts.

    `epoch` grows with every change: who reads it before and after sees whether rows may have
    passed in between.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room
        self._layouts: list[Layout] = []
        self._in_flight: Counter[int] = Counter()
        self.former: tuple[Placement, ...] = ()
        self.placement: Placement = PLACEMENTS["modulo"].build(shards=1, virtual_nodes=1)
        self.epoch = 0

    async def open(self) -> None:
        """Take up the stored layouts; `adopt` puts one in force."""
        stored = json.loads(await self._room.redis.get(self._room.key("layouts")) or "[]")
        self._layouts = [Layout(**values) for values in stored]

    async def adopt(self, layout: Layout) -> None:
        """Serve under this layout from now on."""
        if not self._layouts or self._layouts[-1] != layout:
            self._layouts.append(layout)
            await self._store()
        self.epoch += 1
        self.placement = layout.build()
        self.former = tuple(layout.build() for layout in self._layouts[:-1])

    async def all_moved(self) -> None:
        """Every row is where the present layout wants it: the former ones are forgotten."""
        self._layouts = self._layouts[-1:]
        self.former = ()
        await self._store()

    async def _store(self) -> None:
        await self._room.redis.set(
            self._room.key("layouts"), json.dumps([asdict(layout) for layout in self._layouts])
        )

    @property
    def last_change(self) -> tuple[Layout, Layout]:
        """The layout before the present one (or the present one itself), and the present one."""
        return self._layouts[-2:][0], self._layouts[-1]

    def candidates(self, code: str) -> list[int]:
        """Where a code may be: former owners first, because rows only move towards the present one."""
        owners = [placement.owner(code) for placement in self.former] + [self.placement.owner(code)]
        return list(dict.fromkeys(reversed(owners)))[::-1]

    def shard_ids(self) -> list[int]:
        """Every shard that owns or still holds rows."""
        owners = set(self.placement.owners)
        return sorted(owners.union(*(placement.owners for placement in self.former)))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write that chooses its shards under the present layout."""
        epoch = self.epoch
        self._in_flight[epoch] += 1
        try:
            yield
        finally:
            self._in_flight[epoch] -= 1

    def old_writes(self) -> bool:
        """Whether a write that began under an earlier layout is still under way."""
        return any(count for epoch, count in self._in_flight.items() if epoch < self.epoch)
