"""Counts that are raised often and read in order: exact in Redis, and now and then written to the database.

Whoever ranks by a count needs it in the database or in an index, and pays for every change there. The first
stage takes each change; the second hears of it when the flush rule says so: at powers of two a count of a
million costs twenty writes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import Field, SQLModel

from sdlab.lab.errors import Unavailable
from sdlab.lab.room import Room
from sdlab.parts.coalescer import Coalescer
from sdlab.parts.ttl_locks import NamedLocks

BATCH = 256
LOADED_AT_ONCE = 5000
GAP = 1_000_000  # versions between a lost counter and its successor: more than can be on their way
SCRIPT = Path(__file__).with_name("two_stage_counter.lua")

T = TypeVar("T")
Reach = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class FlushRule:
    """When the database hears of a count: at multiples of `step`, or at powers of two where that is 0.

    `label` and `tradeoff` are for whoever chooses.
    """

    step: int
    label: str
    tradeoff: str

    def floor(self, count: int) -> int:
        """What the database has when the exact count is `count`: never more.

        >>> [POWERS_OF_TWO.floor(n) for n in (0, 1, 3, 4, 1000)], every(100).floor(250)
        ([0, 1, 2, 4, 512], 200)
        """
        if self.step:
            return count - count % self.step
        return 1 << (count.bit_length() - 1) if count > 0 else 0

    def most_behind(self, count: int) -> int:
        """How far the database may be behind a count at most: below half of it, or below the step.

        >>> POWERS_OF_TWO.most_behind(1000), every(100).most_behind(1000), EVERY_CHANGE.most_behind(7)
        (499, 99, 0)
        """
        return min(count, self.step - 1) if self.step else max(0, (count - 1) // 2)


EVERY_CHANGE = FlushRule(1, "Every like", "always exact; a popular row is written for each of its likes")
POWERS_OF_TWO = FlushRule(
    0, "At powers of two", "twenty writes for a million likes; behind by less than half"
)


def every(step: int) -> FlushRule:
    """The rule of multiples of `step` (2 or more)."""
    return FlushRule(step, f"Every {step:,}", f"behind by less than {step:,}; counts below that show as none")


class MemberRow(SQLModel):
    """The columns of the truth: who is counted where. A design derives its table, as of `OutboxRow`."""

    room: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    member: str = Field(primary_key=True)
    at: float


class CountRow(SQLModel):
    """The columns of the second stage: the count as it was last flushed, and by which flush."""

    room: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    flushed: int
    version: int


@dataclass(frozen=True, slots=True)
class Flush:
    """The database is to have `count` for `name`, unless it has heard of a later `version`."""

    name: str
    count: int
    version: int


@dataclass(frozen=True, slots=True)
class Counted:
    """After a change: the exact count, the flush in force, whether it changed at all, and whether it has to be written."""

    count: int
    flush: Flush
    changed: bool
    due: bool


@dataclass(frozen=True, slots=True)
class _Change:
    name: str
    members: tuple[str, ...]
    at: float


async def _straight(operation: str, work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _nothing(connection: Connection, flush: Flush) -> None:
    return None


class TwoStageCounter:
    """Counts members of named sets; each is counted once, unless `once` is turned off.

    At every moment: rows of the truth >= count in Redis >= what the database was told. A member is written
    to the truth before it is counted, and taken off the count before its row goes; flushes carry a version,
    and one that was overtaken is left out; whatever takes a row away writes the flush in force in the same
    transaction. Counts that Redis has lost are built again from the rows when somebody changes them; until
    then `counts` answers from the rows.

    With `once` off nothing but the counter is kept in Redis, and repeats are counted: above the truth.

    `reach_store` and `reach_counter` call the nodes, for faults. `existing` says, within the transaction, which of some
    names may get members (all, without it); `flushed` is told of a flush within the transaction that writes it.
    One process at a time counts for a room.
    """

    def __init__(
        self,
        room: Room,
        members: sa.Table,
        counts: sa.Table,
        *,
        rule: FlushRule = POWERS_OF_TWO,
        reach_store: Reach = _straight,
        reach_counter: Reach = _straight,
    ) -> None:
        self.rule = rule
        self.once = True
        self.changes = self.writes = self.rebuilt = 0
        self.existing: Callable[[Connection, set[str]], set[str]] | None = None
        self.flushed: Callable[[Connection, Flush], None] = _nothing
        self._room, self._redis, self._sql = room, room.redis, room.sql
        self._members, self._counts = members, counts
        self._reach_store, self._reach_counter = reach_store, reach_counter
        self._script = SCRIPT.read_text(encoding="utf-8")
        self._locks = NamedLocks()
        self._turns = NamedLocks()
        self._records: Coalescer[_Change, bool] = Coalescer(self._record, largest=BATCH)
        self._raises: Coalescer[_Change, list[Counted]] = Coalescer(self._raise, largest=BATCH)
        self._known: set[str] = set()
        self._unsure: set[str] = set()

    @property
    def saved(self) -> int:
        """Writes of a count that the rule has saved so far, against one for each change."""
        return max(0, self.changes - self.writes)

    def key(self, name: str) -> str:
        """The hash of a count in Redis: `count`, `flushed`, `version`. Its members are in `key(name):members`."""
        return self._room.key("count", name)

    async def add(self, name: str, member: str, *, now: float) -> Counted | None:
        """Count a member; `changed` is false where it is counted already. None where `name` may get none (any more)."""
        counted = await self.add_many(name, (member,), now=now)
        return counted[0] if counted else None

    async def add_many(self, name: str, members: Sequence[str], *, now: float) -> list[Counted]:
        """Count members who come at the same moment, in their order; nothing where `name` may get none."""
        change = _Change(name, tuple(members), now)
        await self._prepare(name)
        async with contextlib.AsyncExitStack() as turns:
            for member in sorted(set(members)):  # in one order, so that nobody waits in a circle
                await turns.enter_async_context(self._turns.hold(f"{name} {member}"))
            if not await self._reach_store("INSERT the row, once", lambda: self._records.ask(change)):
                return []
            with self._doubting(name):
                counted = await self._counted(change)
                await self._flush([one.flush for one in counted if one.due])
            return counted

    async def remove(self, name: str, member: str) -> Counted:
        """Count a member no more; `changed` is false where it was not counted."""
        # One thing at a time of one member, and nobody rebuilds from a row that is about to go.
        async with self._turns.hold(f"{name} {member}"), self._locks.hold(name):
            await self._know(name)
            with self._doubting(name):
                counted: Counted = await self._reach_counter(
                    "SREM, DECR", lambda: self._run(name, [member], sign=-1)
                )
                await self._reach_store("DELETE the row", lambda: self._erase(member, counted))
            return counted

    async def counts(self, names: Sequence[str]) -> dict[str, int]:
        """Exact counts; those that Redis has lost are counted in the rows."""
        found = await self._reach_counter("HGET the counts", lambda: self._ask(names))
        lost = [name for name, count in found.items() if count is None]
        if lost:
            found |= await self._reach_store("COUNT the rows", lambda: self.truth(lost))
        return {name: int(count or 0) for name, count in found.items()}

    async def truth(self, names: Sequence[str]) -> dict[str, int]:
        """How many rows there are for each."""
        table = self._members.c
        query = (
            sa.select(table.name, sa.func.count())
            .where(table.room == self._room.id, table.name.in_(names))
            .group_by(table.name)
        )
        rows = await self._sql.read(lambda connection: connection.execute(query).all())
        return {**dict.fromkeys(names, 0), **dict(rows)}

    async def settle(self, names: Iterable[str]) -> None:
        """Write what the rule of now wants written: after another rule was chosen, or after a loss."""
        for name in names:
            async with self._locks.hold(name):
                await self._know(name)
                counted = await self._run(name, [])
            with self._doubting(name):
                await self._flush([counted.flush] if counted.due else [])

    async def drop(self, names: Sequence[str]) -> None:
        """Forget these counts in Redis; from the rows, where those stay, they are built again."""
        async with contextlib.AsyncExitStack() as held:
            for name in sorted(set(names)):
                await held.enter_async_context(self._locks.hold(name))
            self._known.difference_update(names)
            for start in range(0, len(names), BATCH):
                keys = [key for name in names[start : start + BATCH] for key in self._keys(name)]
                await self._redis.unlink(*keys)

    def erase(self, connection: Connection, names: Sequence[str]) -> None:
        """Delete rows and counts of these within the caller's transaction; `drop` them afterwards."""
        for table in (self._members, self._counts):
            connection.execute(table.delete().where(table.c.room == self._room.id, table.c.name.in_(names)))

    async def open(self) -> None:
        """Forget what a crash has left apart: counts in Redis that differ from the rows, or from what was written."""
        rows, stage = await self._sql.read(self._all)
        names = [*rows.keys() | stage.keys()]
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.hmget(self.key(name), "count", "flushed")
        found = await pipe.execute()
        wanted = ((str(rows.get(name, 0)), str(stage.get(name, 0))) for name in names)
        apart = [name for name, is_, due in zip(names, found, wanted, strict=True) if tuple(is_) != due]
        if apart:
            await self.drop(apart)

    async def close(self) -> None:
        """Stop; who still waits is cancelled."""
        await self._records.close()
        await self._raises.close()

    # First stage

    @contextlib.contextmanager
    def _doubting(self, name: str) -> Iterator[None]:
        """What fails half-way leaves the stages apart: the next change counts that name anew."""
        try:
            yield
        except BaseException:
            self._unsure.add(name)
            raise

    async def _prepare(self, name: str) -> None:
        """Know the count before its first new row: a row that is there by then is no news."""
        if name in self._unsure:
            await self.drop([name])
            self._unsure.discard(name)
        if name not in self._known:
            async with self._locks.hold(name):
                if name not in self._known:
                    await self._reach_counter("EXISTS", lambda: self._know(name))
                    self._known.add(name)

    async def _counted(self, change: _Change) -> list[Counted]:
        counted: list[Counted] = []
        while not counted:
            counted = await self._reach_counter("SADD, INCR", lambda: self._raises.ask(change))
            if not counted:  # Redis has lost it
                async with self._locks.hold(change.name):
                    await self._know(change.name)
        return counted

    async def _raise(self, batch: Sequence[_Change]) -> list[list[Counted]]:
        by_name: dict[str, list[str]] = {}
        for one in batch:
            by_name.setdefault(one.name, []).extend(one.members)
        pipe = self._redis.pipeline(transaction=False)
        for name, members in by_name.items():
            await self._send(name, members, within=pipe)
        answers = {
            name: iter(self._parsed(name, raw))
            for name, raw in zip(by_name, await pipe.execute(), strict=True)
        }
        return [list(islice(answers[one.name], len(one.members))) for one in batch]

    async def _run(self, name: str, members: Sequence[str], *, sign: int = 1) -> Counted:
        found = self._parsed(name, await self._send(name, members, sign=sign))
        if not found:
            raise Unavailable("the count was lost while it was changed", retry_after=1)
        return found[0]

    async def _send(self, name: str, members: Sequence[str], *, sign: int = 1, within: Any = None) -> Any:
        arguments = [self.rule.step, int(self.once), sign, *members]
        keys = self._keys(name)
        return await (within or self._redis).eval(self._script, len(keys), *keys, *arguments)

    def _parsed(self, name: str, raw: Sequence[int]) -> list[Counted]:
        """Of each member in order: the count after it, what is flushed, the version, changed, due."""
        found = []
        for count, flushed, version, changed, due in zip(*[iter(raw)] * 5, strict=True):
            self.changes += changed
            found.append(Counted(count, Flush(name, flushed, version), bool(changed), bool(due)))
        return found

    async def _ask(self, names: Sequence[str]) -> dict[str, int | None]:
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.hget(self.key(name), "count")
        return {
            name: None if raw is None else int(raw)
            for name, raw in zip(names, await pipe.execute(), strict=True)
        }

    async def _know(self, name: str) -> None:
        """Build the count from the rows, unless it is there; the caller holds the lock of that name."""
        if await self._redis.exists(self.key(name)):
            return
        members, flushed, version = await self._sql.read(lambda connection: self._rows(connection, name))
        keys = self._keys(name)
        pipe = self._redis.pipeline(transaction=True)
        pipe.unlink(keys[1])
        if self.once:
            for start in range(0, len(members), LOADED_AT_ONCE):
                pipe.sadd(keys[1], *members[start : start + LOADED_AT_ONCE])
        known = {"count": len(members), "flushed": flushed, "version": version + GAP}
        pipe.hset(keys[0], mapping=known)
        await pipe.execute()
        self.rebuilt += bool(members)

    def _keys(self, name: str) -> list[str]:
        return [self.key(name), f"{self.key(name)}:members"]

    # Second stage

    def _all(self, connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
        members, counts = self._members.c, self._counts.c
        rows = sa.select(members.name, sa.func.count()).where(members.room == self._room.id)
        stage = sa.select(counts.name, counts.flushed).where(counts.room == self._room.id)
        found = connection.execute(rows.group_by(members.name)), connection.execute(stage)
        return tuple(dict(one.all()) for one in found)  # type: ignore[return-value]

    def _rows(self, connection: Connection, name: str) -> tuple[list[str], int, int]:
        members, counts = self._members.c, self._counts.c
        found = connection.execute(
            sa.select(members.member).where(members.room == self._room.id, members.name == name)
        ).scalars()
        stage = connection.execute(
            sa.select(counts.flushed, counts.version).where(counts.room == self._room.id, counts.name == name)
        ).one_or_none()
        return list(found), *(stage or (0, 0))

    async def _record(self, batch: Sequence[_Change]) -> list[bool]:
        names = {one.name for one in batch}
        insert = self._sql.insert(self._members).on_conflict_do_nothing()

        def work(connection: Connection) -> set[str]:
            alive = self.existing(connection, names) if self.existing else names
            rows = [
                {"room": self._room.id, "name": one.name, "member": member, "at": one.at}
                for one in batch
                if one.name in alive
                for member in one.members
            ]
            if rows:
                connection.execute(insert, rows)
            return alive

        alive = await self._sql.write(work)
        return [one.name in alive for one in batch]

    async def _flush(self, flushes: Sequence[Flush]) -> None:
        if not flushes:
            return

        def work(connection: Connection) -> int:
            return sum(self._write(connection, one) for one in flushes)

        written = await self._reach_store("UPDATE the count", lambda: self._sql.write(work))
        self.writes += written

    async def _erase(self, member: str, counted: Counted) -> None:
        table, flush = self._members, counted.flush
        row = sa.and_(table.c.room == self._room.id, table.c.name == flush.name, table.c.member == member)

        def work(connection: Connection) -> bool:
            connection.execute(table.delete().where(row))
            # Not only when due: an earlier flush that lowers may still be on its way.
            return (counted.due or flush.count > 0) and self._write(connection, flush)

        written = await self._sql.write(work)
        self.writes += written

    def _write(self, connection: Connection, flush: Flush) -> bool:
        """Write it, unless something later has overtaken it."""
        insert = self._sql.insert(self._counts)
        update = insert.on_conflict_do_update(
            index_elements=["room", "name"],
            set_={"flushed": insert.excluded.flushed, "version": insert.excluded.version},
            where=self._counts.c.version < insert.excluded.version,
        )
        row = {"room": self._room.id, "name": flush.name, "flushed": flush.count, "version": flush.version}
        written = connection.execute(update, row).rowcount > 0
        if written:
            self.flushed(connection, flush)
        return written


def writes_for(rule: FlushRule, count: int) -> int:
    """How often the database is written while a count grows to `count`.

    >>> writes_for(POWERS_OF_TWO, 1_000_000), writes_for(every(100), 10_000)
    (20, 100)
    """
    return count // rule.step if rule.step else count.bit_length()
