"""What must hold: looked for in rows and counts, and on every page that somebody is given."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.twitter.config import Config
from designs.twitter.engine.likes import Likes
from designs.twitter.engine.models import LIKE, LIKE_COUNT
from designs.twitter.engine.nodes import COUNTER
from designs.twitter.engine.strategies import COUNTINGS
from designs.twitter.engine.tweets import Tweet
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    cause_step,
    fault_steps,
    read_step,
    unknown_cause,
    write_step,
)

CLAIMS = (
    Claim("once", "one like per person", "A like counts once per person"),
    Claim(
        "behind",
        "database close behind",
        "The database has never more likes than there are, and is behind by no more than its rule allows",
    ),
    Claim("gone", "deleted is gone", "Nothing that was deleted is found, shown or counted"),
    Claim("pages", "no repeats, no gaps", "Scrolling down repeats no tweet and skips none"),
    Claim("survive", "no like is lost", "Every acknowledged like is counted, also after Redis was lost"),
)
CHECK_EVERY = 0.5
REMEMBERED = 2000
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows and stored counts at one moment of the database, by tweet."""

    rows: dict[str, int]
    flushed: dict[str, int]


def read_cut(connection: Connection, room: str, names: Sequence[str]) -> Cut:
    """Both, in one transaction."""
    rows = sa.select(LIKE.c.name, sa.func.count()).where(LIKE.c.room == room, LIKE.c.name.in_(names))
    flushed = sa.select(LIKE_COUNT.c.name, LIKE_COUNT.c.flushed).where(
        LIKE_COUNT.c.room == room, LIKE_COUNT.c.name.in_(names)
    )
    counted = connection.execute(rows.group_by(LIKE.c.name)).all()
    stored = connection.execute(flushed).all()
    return Cut(dict(counted), dict(stored))


class LikeChecker:
    """Compares counts in Valkey and in the database with the rows, and with what likers were told.

    A tweet from which a like was taken back meanwhile is left for the next time, and one that was deleted
    for good: whether that is nowhere is another claim.
    """

    def __init__(self, context: EngineContext[Config], likes: Likes) -> None:
        self._context, self._likes = context, likes
        self._seen: tuple[dict[str, int], int] = ({}, 0)
        self.lost_at = 0.0
        self.surplus: dict[str, int] = {}

    def open(self) -> None:
        """What is there when the room opens was looked at by whoever was there before."""
        self._seen = (dict(self._likes.acknowledged), self._likes.losses)

    async def check(self) -> None:
        """Look at the tweets that were liked lately, where anything has changed since the last look."""
        acknowledged = dict(self._likes.acknowledged)
        state = (acknowledged, self._likes.losses)
        if not acknowledged or self._likes.settling or state == self._seen:
            return
        self._seen = state
        names = [name for name in acknowledged if name not in self._likes.leaving]
        taken = self._likes.taken_back.copy()
        self.surplus = {name: more for name, more in self.surplus.items() if name in names}
        room, clock = self._context.room, self._context.clock
        began = clock.time()
        exact = await self._exact(names)
        cut = await room.sql.read(lambda connection: read_cut(connection, room.id, names))
        ended = clock.time()
        for name in names:
            if taken[name] == self._likes.taken_back[name] and name not in self._likes.leaving:
                self._judge(name, acknowledged[name], exact.get(name), cut, (began, ended))
        # What is liked no more would stay lost for ever: it is counted again here.
        await self._likes.counter.settle([name for name in names if name not in exact])

    async def _exact(self, names: Sequence[str]) -> dict[str, int]:
        """Counts as Valkey has them; past the node, which may be broken. None of one that is lost."""
        pipe = self._context.room.redis.pipeline(transaction=False)
        for name in names:
            pipe.hget(self._likes.counter.key(name), "count")
        found = zip(names, await pipe.execute(), strict=True)
        return {name: int(count) for name, count in found if count is not None}

    def _judge(self, name: str, told: int, exact: int | None, cut: Cut, when: tuple[float, float]) -> None:
        rows, flushed = cut.rows.get(name, 0), cut.flushed.get(name, 0)
        shown = rows if exact is None else exact  # what is lost is answered from the rows
        self.surplus[name] = max(0, shown - rows)
        rule = COUNTINGS[self._context.config.counting].rule
        at = self._likes.told_at.get(name, when[0])
        liker = write_step(
            "likers", f"tweet {name}: one of them was told {told:,}", at, at, wrote=f"{told:,}"
        )
        counter = read_step("like counter", "HGET count", *when, saw=f"{shown:,}", lost=shown != rows)
        table = read_step("tweet store", "COUNT of the likes", *when, saw=f"{rows:,} people")
        stored = read_step("database count", "SELECT the count", *when, saw=f"{flushed:,}", lost=True)
        self._verdict("once", shown <= rows, [liker, counter, table])
        allowed = flushed <= rows and min(told, rows) - flushed <= rule.most_behind(min(told, rows))
        self._verdict("behind", allowed, [liker, table, stored])
        why = self._whys(at, when[1])
        self._verdict("survive", shown >= told, [liker, *why, counter])

    def _whys(self, since: float, until: float) -> list[EvidenceView]:
        """What was recorded of the counter since that time: it lost its keys, or had a fault."""
        if since <= self.lost_at <= until:
            return [cause_step("like counter", "was restarted, nothing persisted", self.lost_at)]
        faults = fault_steps([self._context.nodes.get(COUNTER)], since, until)
        return faults or [unknown_cause(until)]

    def _verdict(self, claim: str, holds: bool, evidence: list[EvidenceView]) -> None:
        monitor = self._context.monitors[claim]
        if holds:
            monitor.passed()
        else:
            monitor.violated(evidence)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A delete that was acknowledged; it took from `began` to `at`, seconds of the clock."""

    by: str
    began: float
    at: float


class PageChecker:
    """Looks for deleted tweets on what is given, and for repeats and gaps where somebody scrolls."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.deleted: OrderedDict[int, Deleted] = OrderedDict()
        self.leaked = self.scrolls = self.pages = self.repeats = self.gaps = 0

    def delete(self, ids: Sequence[int], by: str, began: float) -> None:
        """An author was told that these are gone."""
        now = self._context.clock.time()
        self.deleted |= {id: Deleted(by, began, now) for id in ids}
        while len(self.deleted) > REMEMBERED:
            self.deleted.popitem(last=False)

    def given(self, viewer: str, what: str, ids: Sequence[int], began: float) -> None:
        """Somebody was given these; asked for at `began`."""
        leaks = [id for id in ids if (gone := self.deleted.get(id)) is not None and gone.at < began]
        monitor = self._context.monitors["gone"]
        if not leaks:
            monitor.passed()
            return
        self.leaked += len(leaks)
        gone, now = self.deleted[leaks[0]], self._context.clock.time()
        told = write_step(
            gone.by, f"deletes tweet {leaks[0]}; acknowledged", gone.began, gone.at, wrote="deleted"
        )
        monitor.violated([told, read_step(viewer, what, began, now, saw=f"tweet {leaks[0]}", lost=True)])

    def counted(self, id: int, likes: int, began: float) -> None:
        """After its deletion a tweet was counted."""
        gone, now = self.deleted[id], self._context.clock.time()
        monitor = self._context.monitors["gone"]
        if not likes:
            monitor.passed()
            return
        told = write_step(gone.by, f"deletes tweet {id}; acknowledged", gone.began, gone.at, wrote="deleted")
        monitor.violated(
            [told, read_step("like counter", "HGET count", began, now, saw=f"{likes:,}", lost=True)]
        )

    def scrolled(
        self,
        viewer: str,
        pages: Sequence[Sequence[Tweet]],
        there: Sequence[Tweet],
        when: Sequence[tuple[float, float]],
    ) -> None:
        """Somebody scrolled; `there` is what stood between the first and the last shown before it began."""
        shown = [one.id for page in pages for one in page]
        times = {id: shown.count(id) for id in shown}
        repeats = [id for id, count in times.items() if count > 1]
        gaps = [one for one in there if one.id not in times and one.id not in self.deleted]
        self.scrolls += 1
        self.pages += len(pages)
        self.repeats += len(repeats)
        self.gaps += len(gaps)
        monitor = self._context.monitors["pages"]
        if not repeats and not gaps:
            monitor.passed()
            return
        reads = [
            read_step(viewer, f"reads page {n}", *moment, saw=f"tweets {page[0].id} to {page[-1].id}")
            for n, (page, moment) in enumerate(zip(pages, when, strict=True), start=1)
            if page
        ][:SHOWN]
        known = {one.id: one for page in pages for one in page}
        wrong = [
            write_step(
                one.author, f"tweet {one.id} is on two pages", one.at, one.at, wrote=f"{one.id}", lost=True
            )
            for one in (known[id] for id in repeats[:2])
        ]
        wrong += [
            write_step(
                one.author, f"tweet {one.id} is on no page", one.at, one.at, wrote=f"{one.id}", lost=True
            )
            for one in gaps[:2]
        ]
        monitor.violated([*reads, *wrong])
