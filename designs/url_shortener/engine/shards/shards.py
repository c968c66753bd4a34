"""The shards: finding and changing links wherever they live, while rows move and copies heal.

Each shard is a partition of one table; each copy of it stands behind a gate of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.url_shortener.engine.shards.replicas import Copies
from designs.url_shortener.engine.shards.repair import Healing
from designs.url_shortener.engine.shards.shard_stats import Holdings
from designs.url_shortener.engine.shards.layouts import Layouts
from designs.url_shortener.engine.shards.rebalancing import Moves
from designs.url_shortener.engine.shards.rows import (
    BURY,
    DROP,
    FIND,
    FIND_URL,
    LINKS,
    OWNED,
    StoredLink,
    changing,
    emptying,
    overwriting,
    putting,
    reading,
    scalars,
)
from designs.url_shortener.engine.strategies.placements import Layout
from sdlab.blocks.hash_ring import Placement
from sdlab.lab import Node, Room, Unavailable
from sdlab.parts.ttl_locks import NamedLocks

LOOKS = 20


class Shards:
    """All links of a room. Every verb goes through the gates of the copies that it touches."""

    def __init__(self, room: Room, *, gate: Callable[[str], Node | None]) -> None:
        self._room = room
        self._insert = room.sql.insert(LINKS).on_conflict_do_nothing()
        self._overwrite = overwriting(room.sql.insert(LINKS))
        self._claiming = NamedLocks()
        self._settling = asyncio.Lock()
        self._copies = Copies(room, gate=gate, fell_behind=self.look_again)
        self.held = Holdings(room)
        self.layouts = Layouts(room)
        self.moves = Moves(room, copies=self._copies, layouts=self.layouts, held=self.held)
        self._healing = Healing(room, copies=self._copies, held=self.held)
        self.work_to_do = asyncio.Event()
        self.settled = asyncio.Event()
        self.settled.set()

    @property
    def placement(self) -> Placement:
        """Which shard owns a code now."""
        return self.layouts.placement

    @property
    def copies(self) -> int:
        """How many copies of each shard are kept."""
        return self._copies.count

    @property
    def behind(self) -> set[tuple[int, int]]:
        """The (shard, copy) pairs that lack something and serve nobody."""
        return self._copies.behind

    @property
    def moves_pending(self) -> bool:
        """Whether rows may be on a shard that does not own them."""
        return self.moves.pending

    @property
    def rows(self) -> int:
        """Rows in all copies."""
        return self.held.rows

    @property
    def bytes(self) -> int:
        """What the rows of all copies take."""
        return self.held.bytes

    # Reading

    async def find(self, code: str, *, source: str) -> tuple[StoredLink | None, int]:
        """The link (or its tombstone) and the shard that answered. `Unavailable` when none can answer."""
        epoch = -1
        # A layout that changed while we asked may have moved the row past us.
        while epoch != self.layouts.epoch:
            epoch = self.layouts.epoch
            for shard in self.layouts.candidates(code):
                link = await self._copies.read(shard, "find", FIND, source=source, at_code=code)
                if link:
                    return link[0], shard
        return None, self.placement.owner(code)

    async def find_url(self, digest: str, *, source: str) -> StoredLink | None:
        """The oldest live link of that URL, on whatever shard: all are asked."""
        for _ in range(LOOKS):
            seen = self.layouts.epoch, self.moves.batches
            asked = [
                self._copies.read(shard, "find URL", FIND_URL, source=source, at_digest=digest)
                for shard in self.layouts.shard_ids()
            ]
            found = [link for some in await asyncio.gather(*asked) for link in some]
            if found or seen == (
                self.layouts.epoch,
                self.moves.batches,
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
            self._copies.read(shard, "list", query, source=source, at_owner=owner)
            for shard in self.layouts.shard_ids()
        ]
        found = {link.code: link for some in await asyncio.gather(*asked) for link in some}
        return sorted(found.values(), key=lambda link: (link.created_at, link.code), reverse=True)[:limit]

    async def peek(self, codes: Sequence[str]) -> list[StoredLink]:
        """What the stores hold for these codes, past all gates; for auditing."""
        query = sa.select(LINKS).where(
            LINKS.c.room == self._room.id,
            LINKS.c.shard.in_(self.layouts.shard_ids()),
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
            with self.layouts.writing():
                return await self._claim(link, source)

    async def _claim(self, link: StoredLink, source: str) -> int | None:
        shard = self.placement.owner(link.code)
        for old in self.layouts.candidates(link.code):
            if old != shard and await self._copies.read(old, "find", FIND, source=source, at_code=link.code):
                return None
        stored = await self._copies.write(
            shard,
            "insert",
            lambda copy: changing(self._insert, self._row(link, shard, copy)),
            source=source,
            goes_on=bool,
        )
        if not stored:
            return None
        self.held.stored(link, shard, copies=self.copies)
        return shard

    async def put(self, link: StoredLink, *, source: str) -> int:
        """Store the link over whatever has its code; the shard."""
        with self.layouts.writing():
            shard = self.placement.owner(link.code)
            for old in self.layouts.candidates(link.code):
                if old != shard:
                    await self._copies.write(old, "drop", self._at(DROP, old, link.code), source=source)
            replaced = await self._copies.write(
                shard,
                "put",
                lambda copy: putting(self._overwrite, self._row(link, shard, copy)),
                source=source,
            )
        if not replaced:
            self.held.stored(link, shard, copies=self.copies)
        return shard

    def _at(
        self, statement: Any, shard: int, code: str, **values: Any
    ) -> Callable[[int], Callable[[Connection], int]]:
        """The statement for one code, for any copy of a shard."""
        values |= {"at_room": self._room.id, "at_shard": shard, "at_code": code}
        return lambda copy: changing(statement, {**values, "at_copy": copy})

    async def bury(self, code: str, *, now: float, source: str) -> None:
        """Turn the link into a tombstone, wherever it is."""
        epoch = -1
        while epoch != self.layouts.epoch:
            epoch = self.layouts.epoch
            for shard in self.layouts.candidates(code):
                await self._copies.write(
                    shard, "delete", self._at(BURY, shard, code, at_time=now), source=source
                )

    async def purge(self, *, before: float, limit: int) -> int:
        """Empty up to `limit` links that expired before that time; their tombstones stay."""
        expired = (
            sa.select(LINKS.c.code)
            .where(LINKS.c.room == self._room.id, LINKS.c.expires_at < before, LINKS.c.url != "")
            .limit(limit)
        )
        codes = await self._room.sql.read(scalars(expired))
        if codes:
            await self._room.sql.write(emptying(self._room.id, self.layouts.shard_ids(), codes))
        return len(codes)

    # Layout and copies

    async def open(self, layout: Layout, *, copies: int) -> None:
        """Take up the stored rows under this layout; what a killed process left half done goes on."""
        await self.layouts.open()
        await self._copies.open(count=copies)
        await self.held.recount()
        if copies > 1:
            for shard in range(layout.shards):
                await self._healing.both_ways(shard)
        await self.moves.adopt(layout)
        self.look_again()

    async def place(self, layout: Layout) -> None:
        """Serve under a new layout from now on; rows follow in the background."""
        await self.moves.place(layout)
        self.look_again()

    async def set_copies(self, copies: int) -> None:
        """Keep that many copies of each shard; a new copy fills up in the background."""
        await self._healing.set_copies(copies, shards=self.layouts.shard_ids())
        self.look_again()

    async def settle(self) -> bool:
        """Move and heal what can be reached now; whether nothing is left to do."""
        async with self._settling:
            await self.moves.go_on()
            await self._healing.go_on()
            done = not self.moves_pending and not self.behind
            if done:
                self.settled.set()
            return done

    def look_again(self) -> None:
        """There may be rows to move or copies to heal."""
        if self.moves_pending or self.behind:
            self.settled.clear()
            self.work_to_do.set()

    def _row(self, link: StoredLink, shard: int, copy: int) -> dict[str, Any]:
        return {
            "room": self._room.id,
            "shard": shard,
            "copy": copy,
            **{name: getattr(link, name) for name in StoredLink.__slots__},
        }
