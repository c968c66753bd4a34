"""Rows follow a change of the layout to their new owners, batch by batch, while reads go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import replica_id
from designs.url_shortener.engine.shards.layouts import Layouts
from designs.url_shortener.engine.shards.replicas import Replicas
from designs.url_shortener.engine.shards.rows import codes_after, moving
from designs.url_shortener.engine.shards.shard_stats import ShardStats
from designs.url_shortener.engine.strategies.placements import PLACEMENTS, Layout
from sdlab.blocks.hash_ring import share_moved
from sdlab.lab import EngineContext, Unavailable

SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """The last change of the layout: what moved, and what either rule would have moved (shares, 0..1)."""

    sentence: str = ""
    rows: int = 0
    of: int = 0
    share: float = 0.0
    ring_share: float = 0.0
    modulo_share: float = 0.0


class Rebalancing:
    """Brings every row to the shard that owns it. `batches` grows with every step."""

    def __init__(
        self, context: EngineContext[Config], replicas: Replicas, layouts: Layouts, stats: ShardStats
    ) -> None:
        self._room = context.room
        self._replicas = replicas
        self._layouts = layouts
        self._stats = stats
        self.pending = False
        self.batches = 0
        self.moved = 0
        self.moved_in_all = 0
        self.last = LayoutChange()

    async def change_layout(self, layout: Layout) -> None:
        """Serve under a new layout from now on; `go_on` moves the rows."""
        before = self._layouts.placement
        codes = await self._sample_codes()
        await self.adopt(layout)
        was, now = self._layouts.last_change
        self.moved = 0
        self.last = LayoutChange(
            sentence=f"{_named(was)} → {_named(now)}",
            of=self._stats.links,
            share=share_moved(codes, before, self._layouts.placement),
            ring_share=_would_move(codes, "ring", was, now),
            modulo_share=_would_move(codes, "modulo", was, now),
        )

    async def adopt(self, layout: Layout) -> None:
        """Take up a layout; rows that a killed process left under a former one are still to be moved."""
        await self._layouts.adopt(layout)
        self.pending = self.pending or bool(self._layouts.former)

    async def _sample_codes(self) -> list[str]:
        """Codes to compare placements on, equally many of each shard."""
        codes: list[str] = []
        for shard in (shards := self._layouts.shard_ids()):
            codes += (await self._page(shard, ""))[: SAMPLE // len(shards)]
        return codes

    async def _page(self, shard: int, after: str) -> list[str]:
        return await self._room.sql.read(codes_after(self._room.id, shard, after))

    async def go_on(self) -> None:
        """Move what can be reached now, unless a write may still choose a shard by a former layout."""
        if self.pending and not self._layouts.old_writes():
            self.pending = not await self._move_all()
            if not self.pending:
                await self._all_moved()

    async def _all_moved(self) -> None:
        await self._layouts.all_moved()
        await self._stats.recount()
        last = self.last
        self.last = replace(last, rows=self.moved, share=self.moved / last.of if last.of else last.share)

    async def _move_all(self) -> bool:
        """Bring every reachable row to its owner; whether all are there."""
        placement, complete = self._layouts.placement, True
        for shard in self._layouts.shard_ids():
            after = ""
            while codes := await self._page(shard, after):
                after = codes[-1]
                leaving: dict[int, list[str]] = {}
                for code in codes:
                    if (target := placement.owner(code)) != shard:
                        leaving.setdefault(target, []).append(code)
                for target, some in leaving.items():
                    complete &= await self._move(shard, target, some)
        return complete and placement is self._layouts.placement

    async def _move(self, shard: int, target: int, codes: list[str]) -> bool:
        if not self._replicas.up(shard):
            return False
        for copy in range(self._replicas.count):
            if (shard, copy) in self._replicas.behind:
                await self._replicas.fall_behind(target, copy)
        move = partial(self._room.sql.write, moving(self._room.id, shard, target, codes))
        for node in self._replicas.nodes(target):
            try:
                await node.call("receive keys", move, source=replica_id(shard, 0), outcome=lambda _: "moved")
            except Unavailable:
                continue
            self._count(shard, target, len(codes))
            return True
        return False

    def _count(self, shard: int, target: int, codes: int) -> None:
        self.batches += 1
        self.moved += codes
        self.moved_in_all += codes
        self._stats.moved(shard, target, codes)


def _would_move(codes: Iterable[str], placement: str, was: Layout, now: Layout) -> float:
    rule = PLACEMENTS[placement]
    return share_moved(
        list(codes),
        rule.build(shards=was.shards, virtual_nodes=was.virtual_nodes),
        rule.build(shards=now.shards, virtual_nodes=now.virtual_nodes),
    )


def _named(layout: Layout) -> str:
    shards = f"{layout.shards} shard" + ("s" if layout.shards != 1 else "")
    return f"{shards}, {PLACEMENTS[layout.placement].label}"
