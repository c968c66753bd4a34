"""The shards: where a link lives, its copies, and how rows move and heal while reads go on.

Each shard is a partition of one table behind a gate of its own. Copies are written one after the
other; the first up-to-date one decides. A copy that misses a write is *behind*: it serves nobody
until it has caught up (compare the in-sync replicas of Kafka, KIP-966).
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.url_shortener.named_locks import NamedLocks
from designs.url_shortener.rows import (
    BURY,
    CODES,
    DROP,
    FIND,
    FIND_URL,
    LINKS,
    OWNED,
    ROW_BYTES,
    StoredLink,
    changing,
    copying,
    emptying,
    held_by,
    moving,
    overwriting,
    putting,
    reading,
    scalars,
)
from designs.url_shortener.strategies.placements import PLACEMENTS, Layout
from sdlab.blocks.hash_ring import Placement, share_moved
from sdlab.lab import Node, Room, Unavailable
from sdlab.stores.sql import Overloaded

T = TypeVar("T")

SAMPLE = 2000
LOOKS = 20


@dataclass(frozen=True, slots=True)
class Move:
    """The last change of the layout: what moved, and what either rule would have moved (shares, 0..1)."""

    sentence: str = ""
    rows: int = 0
    of: int = 0
    share: float = 0.0
    ring_share: float = 0.0
    modulo_share: float = 0.0


def node_id(shard: int, copy: int) -> str:
    """The gate of one copy of a shard."""
    return f"shard-{shard}" + ("-replica" if copy else "")


class Shards:
    """All links of a room. Every verb goes through the gates of the copies that it touches."""

    def __init__(self, room: Room, *, gate: Callable[[str], Node | None]) -> None:
        self._room = room
        self._gate = gate
        self._insert = room.sql.insert(LINKS).on_conflict_do_nothing()
        self._overwrite = overwriting(room.sql.insert(LINKS))
        self._layouts: list[Layout] = []
        self._former: tuple[Placement, ...] = ()
        self._claiming = NamedLocks()
        self._missed: Counter[tuple[int, int]] = Counter()
        self._mover: asyncio.Lock = asyncio.Lock()
        self._in_flight: Counter[int] = Counter()
        self._epoch = 0
        self._batches = 0
        self.placement: Placement = PLACEMENTS["modulo"].build(shards=1, virtual_nodes=1)
        self.copies = 1
        self.behind: set[tuple[int, int]] = set()
        self.codes: Counter[int] = Counter()
        self.lengths: Counter[int] = Counter()
        self.rows = 0
        self.bytes = 0
        self.moved = 0
        self.moved_in_all = 0
        self.moves_pending = False
        self.last_move = Move()
        self.work_to_do = asyncio.Event()
        self.settled = asyncio.Event()
        self.settled.set()

    # Reading

    async def find(self, code: str, *, source: str) -> tuple[StoredLink | None, int]:
        """The link (or its tombstone) and the shard that answered. `Unavailable` when none can answer."""
        epoch = -1
        while epoch != self._epoch:  # a layout that changed while we asked may have moved the row past us
            epoch = self._epoch
            for shard in self._candidates(code):
                link = await self._read(shard, "find", FIND, source=source, at_code=code)
                if link:
                    return link[0], shard
        return None, self.placement.owner(code)

    async def find_url(self, digest: str, *, source: str) -> StoredLink | None:
        """The oldest live link of that URL, on whatever shard: all are asked."""
        for _ in range(LOOKS):
            seen = self._epoch, self._batches
            asked = [
                self._read(shard, "find URL", FIND_URL, source=source, at_digest=digest)
                for shard in self.shard_ids()
            ]
            found = [link for some in await asyncio.gather(*asked) for link in some]
            if found or seen == (
                self._epoch,
                self._batches,
            ):  # nothing moved from an unasked shard to an asked one meanwhile
                return min(found, key=lambda link: link.created_at) if found else None
        raise Unavailable("the shards are moving too many keys just now", retry_after=0.5)

    async def owned_by(
        self, owner: str, *, before: tuple[float, str] | None, limit: int, source: str
    ) -> list[StoredLink]:
        """The owner's links, newest first, from every shard; `before` is the last one seen."""
        query = OWNED.order_by(LINKS.c.created_at.desc(), LINKS.c.code.desc()).limit(limit)
        if before:
            position = sa.tuple_(LINKS.c.created_at, LINKS.c.code)
            query = query.where(position < sa.tuple_(*before))
        asked = [
            self._read(shard, "list", query, source=source, at_owner=owner) for shard in self.shard_ids()
        ]
        found = {link.code: link for some in await asyncio.gather(*asked) for link in some}
        return sorted(found.values(), key=lambda link: (link.created_at, link.code), reverse=True)[:limit]

    async def peek(self, codes: Sequence[str]) -> list[StoredLink]:
        """What the stores hold for these codes, past all gates; for auditing."""
        query = sa.select(LINKS).where(
            LINKS.c.room == self._room.id,
            LINKS.c.shard.in_(self.shard_ids()),
            LINKS.c.copy.in_(range(self.copies)),
            LINKS.c.code.in_(codes),
        )
        return await self._room.sql.read(reading(query, {}))

    async def digests(self) -> list[str]:
        """The digests of all URLs that have a code; what a Bloom filter is rebuilt from."""
        query = (
            sa.select(LINKS.c.url_digest)
            .distinct()
            .where(LINKS.c.room == self._room.id, LINKS.c.url_digest != "")
        )
        return await self._room.sql.read(scalars(query))

    async def newest_of(self, owner: str, *, limit: int) -> list[StoredLink]:
        """The owner's newest live links, past all gates; for showing after a restart."""
        query = (
            sa.select(LINKS)
            .where(LINKS.c.room == self._room.id, LINKS.c.owner == owner, LINKS.c.deleted_at.is_(None))
            .order_by(LINKS.c.created_at.desc())
            .limit(limit * 2)
        )
        rows = await self._room.sql.read(reading(query, {}))
        return list({link.code: link for link in rows}.values())[:limit]

    async def public_codes(self) -> list[str]:
        """The codes that may have a public name."""
        query = sa.select(LINKS.c.code).distinct().where(LINKS.c.room == self._room.id, LINKS.c.by_hand)
        return await self._room.sql.read(scalars(query))

    # Writing

    async def claim(self, link: StoredLink, *, source: str) -> int | None:
        """Store the link if its code is free, in one step; the shard, or None when the code is taken."""
        async with self._claiming.hold(link.code):
            with self._writing():
                return await self._claim(link, source)

    async def _claim(self, link: StoredLink, source: str) -> int | None:
        shard = self.placement.owner(link.code)
        for old in self._candidates(link.code):
            if old != shard and await self._read(old, "find", FIND, source=source, at_code=link.code):
                return None
        stored = await self._write(
            shard,
            "insert",
            lambda copy: changing(self._insert, self._row(link, shard, copy)),
            source=source,
            goes_on=bool,
        )
        if not stored:
            return None
        self._count(link, shard)
        return shard

    async def put(self, link: StoredLink, *, source: str) -> int:
        """Store the link over whatever has its code; the shard."""
        with self._writing():
            shard = self.placement.owner(link.code)
            for old in self._candidates(link.code):
                if old != shard:
                    await self._write(old, "drop", self._at(DROP, old, link.code), source=source)
            replaced = await self._write(
                shard,
                "put",
                lambda copy: putting(self._overwrite, self._row(link, shard, copy)),
                source=source,
            )
        if not replaced:
            self._count(link, shard)
        return shard

    def _at(
        self, statement: Any, shard: int, code: str, **values: Any
    ) -> Callable[[int], Callable[[Connection], int]]:
        """The statement for one code, for any copy of a shard."""
        values |= {"at_room": self._room.id, "at_shard": shard, "at_code": code}
        return lambda copy: changing(statement, {**values, "at_copy": copy})

    @contextmanager
    def _writing(self) -> Iterator[None]:
        epoch = self._epoch
        self._in_flight[epoch] += 1
        try:
            yield
        finally:
            self._in_flight[epoch] -= 1

    async def bury(self, code: str, *, now: float, source: str) -> None:
        """Turn the link into a tombstone, wherever it is."""
        epoch = -1
        while epoch != self._epoch:
            epoch = self._epoch
            for shard in self._candidates(code):
                await self._write(shard, "delete", self._at(BURY, shard, code, at_time=now), source=source)

    async def purge(self, *, before: float, limit: int) -> int:
        """Empty up to `limit` links that expired before that time; their tombstones stay."""
        expired = (
            sa.select(LINKS.c.code)
            .where(LINKS.c.room == self._room.id, LINKS.c.expires_at < before, LINKS.c.url != "")
            .limit(limit)
        )
        codes = await self._room.sql.read(scalars(expired))
        if codes:
            await self._room.sql.write(emptying(self._room.id, self.shard_ids(), codes))
        return len(codes)

    # Layout

    async def open(self, layout: Layout, *, copies: int) -> None:
        """Take up the stored rows under this layout; what a killed process left half done goes on."""
        self.copies = copies
        stored = json.loads(await self._room.redis.get(self._room.key("layouts")) or "[]")
        self._layouts = [Layout(**one) for one in stored]
        self.behind = {
            (shard, copy)
            for text in await self._room.redis.smembers(self._room.key("behind"))
            for shard, copy in [map(int, text.split(":"))]
            if copy < copies
        }
        await self._recount()
        if copies > 1:
            for shard in self.shard_ids_of(layout):
                await self._both_ways(shard)
        await self._adopt(layout)
        self.look_again()

    async def place(self, layout: Layout) -> None:
        """Serve under a new layout from now on; rows follow in the background."""
        before = self.placement
        codes = await self._some_codes()
        await self._adopt(layout)
        was, now = self._layouts[-2] if len(self._layouts) > 1 else layout, layout
        self.moved = 0
        self.last_move = Move(
            sentence=f"{_named(was)} → {_named(now)}",
            of=sum(self.codes.values()),
            share=share_moved(codes, before, self.placement),
            ring_share=_would_move(codes, "ring", was, now),
            modulo_share=_would_move(codes, "modulo", was, now),
        )

    async def set_copies(self, copies: int) -> None:
        """Keep that many copies of each shard; a new copy fills up in the background."""
        if copies > self.copies:
            for shard in self.shard_ids():
                await self._fall_behind(shard, 1)
        elif copies < self.copies:
            for shard in self.shard_ids():
                if (shard, 0) in self.behind:
                    await self._copy_rows(shard, source=1, target=0)
            gone = sa.delete(LINKS).where(LINKS.c.room == self._room.id, LINKS.c.copy >= copies)
            self.copies = copies
            await self._room.sql.write(changing(gone))
            self.behind.clear()
            await self._room.redis.delete(self._room.key("behind"))
        self.copies = copies
        await self._recount()
        self.look_again()

    async def settle(self) -> bool:
        """Move and heal what can be reached now; whether nothing is left to do."""
        async with self._mover:
            if self.moves_pending and not self._old_writes():
                self.moves_pending = not await self._move_all()
                if not self.moves_pending:
                    await self._moved()
            for shard, copy in sorted(self.behind):
                await self._heal(shard, copy)
            done = not self.moves_pending and not self.behind
            if done:
                self.settled.set()
            return done

    def look_again(self) -> None:
        """There may be rows to move or copies to heal."""
        if self.moves_pending or self.behind:
            self.settled.clear()
            self.work_to_do.set()

    def shard_ids(self) -> list[int]:
        """Every shard that owns or still holds rows."""
        owners = set(self.placement.owners)
        return sorted(owners.union(*(one.owners for one in self._former)))

    @staticmethod
    def shard_ids_of(layout: Layout) -> range:
        """The shards of one layout."""
        return range(layout.shards)

    # The gates

    async def _read(
        self, shard: int, operation: str, query: Any, *, source: str, **values: Any
    ) -> list[StoredLink]:
        values |= {"at_room": self._room.id, "at_shard": shard}
        last = Unavailable(f"no up-to-date copy of shard {shard} answers", retry_after=1)
        for copy in self._serving(shard):
            work = partial(self._room.sql.read, reading(query, {**values, "at_copy": copy}))
            try:
                return await self._call(
                    shard,
                    copy,
                    operation,
                    work,
                    source=source,
                    outcome=lambda rows: "ok" if rows else "miss",
                )
            except Unavailable as error:
                last = error
        raise last

    async def _write(
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
        last = Unavailable(f"no up-to-date copy of shard {shard} answers", retry_after=1)
        serving = self._serving(shard)
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
            others = waiting + [c for c in range(self.copies) if c not in serving]
            for copy in others:
                try:
                    await self._change(shard, copy, operation, work(copy), source=source)
                except Unavailable:
                    missed.append(copy)
            for copy in missed:
                await self._fall_behind(shard, copy)
        return answer

    async def _change(
        self, shard: int, copy: int, operation: str, work: Callable[[Connection], T], *, source: str
    ) -> T:
        return await self._call(shard, copy, operation, lambda: self._room.sql.write(work), source=source)

    async def _call(
        self,
        shard: int,
        copy: int,
        operation: str,
        work: Callable[[], Awaitable[T]],
        *,
        source: str,
        outcome: Callable[[T], str] | None = None,
    ) -> T:
        gate = self._gate(node_id(shard, copy))
        try:
            if gate is None:  # a shard that is leaving: it serves until its rows have moved
                return await work()
            return await gate.call(operation, work, source=source, outcome=outcome)
        except Overloaded as error:
            raise Unavailable(str(error), retry_after=1) from None

    def _serving(self, shard: int) -> list[int]:
        return [copy for copy in range(self.copies) if (shard, copy) not in self.behind]

    def _candidates(self, code: str) -> list[int]:
        """Where a code may be: former owners first, because rows only move towards the present one."""
        owners = [one.owner(code) for one in self._former] + [self.placement.owner(code)]
        return list(dict.fromkeys(reversed(owners)))[::-1]

    # Moving

    async def _adopt(self, layout: Layout) -> None:
        if not self._layouts or self._layouts[-1] != layout:
            self._layouts.append(layout)
            await self._store_layouts()
        self._epoch += 1
        self.placement = layout.build()
        self._former = tuple(one.build() for one in self._layouts[:-1])
        if self._former:
            self.moves_pending = True
            self.look_again()

    async def _store_layouts(self) -> None:
        await self._room.redis.set(
            self._room.key("layouts"), json.dumps([asdict(one) for one in self._layouts])
        )

    async def _moved(self) -> None:
        self._layouts = self._layouts[-1:]
        self._former = ()
        await self._store_layouts()
        await self._recount()
        self.last_move = Move(
            self.last_move.sentence,
            self.moved,
            self.last_move.of,
            self.moved / self.last_move.of if self.last_move.of else self.last_move.share,
            self.last_move.ring_share,
            self.last_move.modulo_share,
        )

    def _old_writes(self) -> bool:
        """Whether a write that began under an earlier layout is still under way."""
        return any(count for epoch, count in self._in_flight.items() if epoch < self._epoch)

    async def _move_all(self) -> bool:
        """Bring every reachable row to its owner; whether all are there."""
        placement, complete = self.placement, True
        for shard in self.shard_ids():
            after = ""
            while codes := await self._page(shard, after):
                after = codes[-1]
                leaving: dict[int, list[str]] = {}
                for code in codes:
                    if (target := placement.owner(code)) != shard:
                        leaving.setdefault(target, []).append(code)
                for target, some in leaving.items():
                    complete &= await self._move(shard, target, some)
        return complete and placement is self.placement

    async def _page(self, shard: int, after: str) -> list[str]:
        values = {"at_room": self._room.id, "at_shard": shard, "after": after}
        return await self._room.sql.read(scalars(CODES, values))

    async def _move(self, shard: int, target: int, codes: list[str]) -> bool:
        if not self._up(shard):
            return False
        for copy in range(self.copies):
            if (shard, copy) in self.behind:
                await self._fall_behind(target, copy)
        gates = [gate for copy in range(self.copies) if (gate := self._gate(node_id(target, copy)))]
        for gate in gates:
            try:
                await gate.call(
                    "receive keys",
                    lambda: self._room.sql.write(moving(self._room.id, shard, target, codes)),
                    source=node_id(shard, 0),
                    outcome=lambda _: "moved",
                )
            except Unavailable:
                continue
            self._batches += 1
            self.moved += len(codes)
            self.moved_in_all += len(codes)
            self.codes[shard] -= len(codes)
            self.codes[target] += len(codes)
            return True
        return False

    def _up(self, shard: int) -> bool:
        gates = [self._gate(node_id(shard, copy)) for copy in self._serving(shard)]
        return any(gate is None or not gate.down for gate in gates)

    # Healing

    async def _fall_behind(self, shard: int, copy: int) -> None:
        self.behind.add((shard, copy))
        self._missed[shard, copy] += 1
        await self._room.redis.sadd(self._room.key("behind"), f"{shard}:{copy}")
        self.look_again()

    async def _heal(self, shard: int, copy: int) -> None:
        """Let a copy catch up, if it and an up-to-date one can be reached."""
        source = next(iter(self._serving(shard)), None)
        gates = [self._gate(node_id(shard, one)) for one in (copy, source if source is not None else copy)]
        if source is None or any(gate is not None and gate.down for gate in gates):
            return
        missed = self._missed[shard, copy]
        try:
            await self._call(
                shard,
                copy,
                "catch up",
                lambda: self._copy_rows(shard, source=source, target=copy),
                source=node_id(shard, source),
                outcome=lambda _: "moved",
            )
        except Unavailable:
            return
        if self._missed[shard, copy] == missed:
            self.behind.discard((shard, copy))
            await self._room.redis.srem(self._room.key("behind"), f"{shard}:{copy}")

    async def _copy_rows(self, shard: int, *, source: int, target: int) -> None:
        """Make `target` equal to `source`, page by page."""
        await self._each_page(shard, source=source, target=target, overwrite=True)
        await self._recount()

    async def _both_ways(self, shard: int) -> None:
        """Rows that a killed process had brought to one copy only: no caller was told, both keep them."""
        await self._each_page(shard, source=0, target=1, overwrite=False)
        await self._each_page(shard, source=1, target=0, overwrite=False)

    async def _each_page(self, shard: int, *, source: int, target: int, overwrite: bool) -> None:
        after = ""
        while codes := await self._page(shard, after):
            after = codes[-1]
            insert = self._room.sql.insert(LINKS)
            await self._room.sql.write(
                copying(
                    insert, self._room.id, shard, codes, source=source, target=target, overwrite=overwrite
                )
            )

    # Counting

    async def _recount(self) -> None:
        found = await self._room.sql.read(held_by(self._room.id))
        codes: dict[tuple[int, int], int] = {}
        for shard, length, count, _ in found:
            codes[shard, length] = max(codes.get((shard, length), 0), count)
        self.rows = sum(row[2] for row in found)
        self.bytes = sum(row[3] + row[2] * ROW_BYTES for row in found)
        self.codes = Counter()
        self.lengths = Counter()
        for (shard, length), count in codes.items():
            self.codes[shard] += count
            self.lengths[length] += count

    def _count(self, link: StoredLink, shard: int) -> None:
        self.codes[shard] += 1
        self.lengths[len(link.code)] += 1
        self.rows += self.copies
        self.bytes += self.copies * (len(link.url) + ROW_BYTES)

    async def _some_codes(self) -> list[str]:
        """Codes to compare placements on, equally many of each shard."""
        codes: list[str] = []
        for shard in (shards := self.shard_ids()):
            codes += (await self._page(shard, ""))[: SAMPLE // len(shards)]
        return codes

    def _row(self, link: StoredLink, shard: int, copy: int) -> dict[str, Any]:
        return {
            "room": self._room.id,
            "shard": shard,
            "copy": copy,
            **{name: getattr(link, name) for name in StoredLink.__slots__},
        }


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
