"""What must hold, and the checker that asks the stores: copies against pairs, pairs against what was acknowledged."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designs.tagging_service.config import Config
from designs.tagging_service.engine.index_feed import CHANGE, IndexFeed
from designs.tagging_service.engine.names import Tag, Wanted
from designs.tagging_service.engine.strategies.approaches import APPROACHES, Copies, array_query, join_query
from designs.tagging_service.engine.strategies.counts import COUNTS, CountSource
from designs.tagging_service.engine.tag_table import TagTable
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    Unavailable,
    fault_steps,
    read_step,
    unknown_cause,
    write_step,
)
from sdlab.stores.sessions import Session

CLAIMS = (
    Claim("one_answer", "all four answer alike", "Pairs, arrays, bitmaps and sets answer every query alike"),
    Claim(
        "pairs_kept",
        "no pair lost or doubled",
        "A pair that was acknowledged is there exactly once, under the tag that its name means now",
    ),
    Claim("exact_count", "told = counted", "How many items have a tag is told as it is"),
)
KEPT = 2_000
PER_ROUND = 300
QUERIES = 2
COUNTED = 12
CHANGED = 3
MERGES = 64
TORN = 32
MOST_FAULTS = 3
CHECKER = "claim checker"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody was told that an item has a tag."""

    actor: str
    name: str
    item: int
    tag: int
    began: float
    ended: float

    def step(self) -> EvidenceView:
        text = f"PUT item {self.item}, “{self.name}”"
        return write_step(self.actor, text, self.began, self.ended, wrote=f"tag {self.tag}", lost=True)


@dataclass(frozen=True, slots=True)
class MergeDone:
    """A merge or rename, as evidence."""

    text: str
    names: tuple[str, str]
    began: float
    ended: float

    def step(self) -> EvidenceView:
        return write_step("merge", self.text, self.began, self.ended, wrote=self.text)


class ClaimChecker:
    """Keeps what was acknowledged lately, and looks in rounds. What is under way while it looks is not judged."""

    def __init__(
        self,
        context: EngineContext[Config],
        copies: Copies,
        tags: TagTable,
        feed: IndexFeed,
        counts: CountSource,
    ) -> None:
        self._context, self._copies, self._tags = context, copies, tags
        self._feed, self._counts = feed, counts
        self._rng = context.room.rng("claims")
        self._acks: OrderedDict[tuple[int, int], Acknowledged] = OrderedDict()
        self._under_way: Counter[int] = Counter()
        self._taking: Counter[int] = Counter()
        self._touched: set[int] = set()
        self._halfway = self._moves = 0
        self._merged: deque[MergeDone] = deque(maxlen=MERGES)
        self._doubles: set[tuple[int, int]] = set()
        self._asked: deque[Wanted] = deque(maxlen=4)
        self._changed: deque[str] = deque(maxlen=CHANGED)
        self._came_of_it = ""
        self._torn: deque[tuple[int, EvidenceView]] = deque(maxlen=TORN)  # by item
        self.news = False

    # What callers do

    @contextmanager
    def changing(self, item: int, names: Sequence[str] = (), *, takes: bool = False) -> Iterator[None]:
        """Within the block somebody changes the pairs of an item; what is taken off it need not be there any more."""
        self.news = True
        self._changed.extend(names)
        self._under_way[item] += 1
        self._touched.add(item)
        if takes:
            self._taking[item] += 1
            for key in [key for key in self._acks if key[0] == item]:
                del self._acks[key]
        began = self._context.clock.time()
        try:
            yield
        except Unavailable as error:
            now, said = self._context.clock.time(), str(error.detail)
            step = write_step(
                "tag service", f"changes item {item}, and gives no answer", began, now, wrote=said
            )
            self._torn.append((item, step))
            raise
        finally:
            self._touched.add(item)
            self._under_way[item] -= 1
            if takes:
                self._taking[item] -= 1

    @contextmanager
    def merging(
        self, text: str, names: tuple[str, str], *, at_once: bool, moves: bool = False
    ) -> Iterator[None]:
        """Within the block tags become one, or change their names; what comes of it has the last of the `names`.

        `at_once`: nobody ever sees it half done. `moves`: pairs go to another tag.
        """
        self.news, began = True, self._context.clock.time()
        self._halfway += not at_once
        self._moves += moves
        try:
            yield
        finally:
            self._halfway -= not at_once
            self._moves -= moves
            self._merged.append(MergeDone(text, names, began, self._context.clock.time()))
            self._came_of_it = names[-1]
            self.news = True

    def acknowledged(self, actor: str, item: int, tag: Tag, name: str, *, began: float) -> None:
        """Somebody is told that the item has the tag."""
        if self._taking[item]:
            return  # somebody takes tags off it at the same time
        self._acks[item, tag.id] = Acknowledged(actor, name, item, tag.id, began, self._context.clock.time())
        self._acks.move_to_end((item, tag.id))
        if len(self._acks) > KEPT:
            self._acks.popitem(last=False)

    def asked(self, wanted: Wanted) -> None:
        """Somebody asked for that; the next round compares it."""
        self.news = True
        if wanted.tags and not wanted.unknown:
            self._asked.append(wanted)

    # Rounds

    async def check(self) -> None:
        """Look at the stores, when something has happened since the last time."""
        if not self.news:
            return
        self.news = False
        await self._check_pairs()
        await self._check_counts()
        for wanted in await self._queries():
            await self._check_answers(wanted)

    async def _check_pairs(self) -> None:
        acks = list(self._acks.values())[-PER_ROUND:]
        began = self._context.clock.time()
        async with self._context.room.sql.session(isolation="REPEATABLE READ") as session:
            aliases = {
                row.id: row.alias
                for row in await self._rows(
                    session, "SELECT t.id, t.alias FROM {tag} t WHERE t.room = :room AND t.alias <> 0"
                )
            }
            items = sorted({one.item for one in acks})
            within = self._copies.tables.one_of("items")
            found = (
                {
                    (row.item, row.tag)
                    for row in await self._rows(
                        session,
                        f"SELECT p.item, p.tag FROM {{pair}} p WHERE [p] AND p.item {within}",
                        items=items,
                    )
                }
                if items
                else set()
            )
            doubles = {
                (row.item, row.tag)
                for row in await self._rows(
                    session,
                    "SELECT p.item, p.tag FROM {pair} p WHERE [p] GROUP BY p.item, p.tag HAVING count(*) > 1 LIMIT 50",
                )
            }
        monitor = self._context.monitors["pairs_kept"]
        for one in acks:
            if self._acks.get((one.item, one.tag)) is not one:
                continue  # it was taken off meanwhile, or put on again
            if (one.item, aliases.get(one.tag, one.tag)) in found:
                monitor.passed()
            else:
                del self._acks[one.item, one.tag]
                saw = f"item {one.item} without the tag"
                monitor.violated([*self._history(one), self._look(began, saw)])
        for double in sorted(doubles - self._doubles)[:1]:
            told = [one for one in self._acks.values() if one.item == double[0] and self._merges(one)]
            history = self._history(told[-1]) if told else [unknown_cause(began)]
            saw = f"item {double[0]} has tag {double[1]} twice"
            monitor.violated([*history, self._look(began, saw)])
        self._doubles = doubles
        if not doubles:
            monitor.passed()

    def _merges(self, told: Acknowledged) -> list[MergeDone]:
        return [one for one in self._merged if told.name in one.names]

    def _history(self, told: Acknowledged) -> list[EvidenceView]:
        """Who was told of the pair, and the merge of its tag: the one that went on meanwhile, else the last."""
        of_it = self._merges(told)
        meanwhile = [one for one in of_it if one.began <= told.ended and one.ended >= told.began]
        return [told.step(), *(one.step() for one in (meanwhile or of_it)[-1:])]

    def _look(self, began: float, saw: str) -> EvidenceView:
        return read_step(CHECKER, "reads the pairs", began, self._context.clock.time(), saw=saw, lost=True)

    async def _check_counts(self) -> None:
        tags = await self._tags.beginning("")
        ids = [one.id for one in self._rng.sample(tags, min(COUNTED, len(tags)))]
        if not ids or self._moves:
            return
        began, changes = self._context.clock.time(), self._counts.changes
        first = await self._counts.exact(ids)
        told = await COUNTS[self._context.config.counts].count(self._counts, ids)
        then = await self._counts.exact(ids)
        slack = self._counts.changes - changes + self._under_way.total()
        names = {one.id: one.name for one in tags}
        monitor = self._context.monitors["exact_count"]
        for tag in ids:
            low, high = sorted((first[tag], then[tag]))
            if low - slack <= told[tag] <= high + slack:
                monitor.passed()
                continue
            now = self._context.clock.time()
            monitor.violated(
                [
                    read_step(
                        "tag service",
                        f"tells how many have “{names[tag]}”",
                        began,
                        now,
                        saw=told[tag],
                        lost=True,
                    ),
                    read_step(CHECKER, "counts the pairs", began, now, saw=high),
                ]
            )
            return

    async def _queries(self) -> list[Wanted]:
        """What was asked for lately, what came of a merge, what was tagged lately, and something at random."""
        asked, self._asked = list(self._asked)[-QUERIES:], deque(maxlen=4)
        changed = await self._tags.find_all([self._came_of_it, *self._changed])
        asked += [Wanted(all=(tag,)) for tag in dict.fromkeys(changed.values())]
        tags = await self._tags.beginning("")
        if len(tags) > 2:
            one, two, three = self._rng.sample(tags, 3)
            asked.append(
                Wanted(all=(one,), none=(two,)) if self._rng.random() < 0.5 else Wanted(any=(one, two, three))
            )
        return asked

    async def _check_answers(self, wanted: Wanted) -> None:
        """One query to all four at one moment: while nothing is brought to bitmaps and sets."""
        began = self._context.clock.time()
        self._touched = {item for item, number in self._under_way.items() if number > 0}
        async with self._feed.lock:
            if self._halfway:
                return
            async with self._context.room.sql.session(isolation="REPEATABLE READ") as session:
                current = await self._current(session, wanted)
                if current is None:
                    return
                waiting = [
                    (row.item, row.tag)
                    for row in await session.execute(
                        sa.select(CHANGE.c.item, CHANGE.c.tag).where(CHANGE.c.room == self._context.room.id)
                    )
                ]
                answers = {
                    "pairs": await self._ids(session, *join_query(current, self._copies.tables)),
                    "arrays": await self._in_arrays(session, current),
                }
            answers["bitmaps"] = set(await APPROACHES["bitmap"].find(self._copies, current))
            answers["sets"] = set(await APPROACHES["sets"].find(self._copies, current))
        if self._halfway or {tag.id for tag in current.tags} & {tag for item, tag in waiting if not item}:
            return
        unsettled = self._touched | {item for item, _ in waiting}
        for copy, found in answers.items():
            self._compare(copy, current, (found ^ answers["pairs"]) - unsettled, began)

    def _compare(self, copy: str, wanted: Wanted, apart: set[int], began: float) -> None:
        monitor = self._context.monitors["one_answer"]
        if not apart:
            monitor.passed()
            return
        now = self._context.clock.time()
        asked = ", ".join(tag.name for tag in wanted.tags)
        some = ", ".join(str(one) for one in sorted(apart)[:3])
        steps = [
            read_step("pairs", f"asked for {asked}", began, now, saw=f"{len(apart)} other items"),
            read_step(copy, f"asked for {asked}", began, now, saw=f"item {some}", lost=True),
        ]
        torn = [step for item, step in self._torn if item in apart][-1:]
        nodes = self._context.nodes.values()
        causes = [*fault_steps(nodes, torn[0].t, torn[0].end)[-MOST_FAULTS:]] if torn else []
        monitor.violated([*torn, *(causes or [unknown_cause(began)]), *steps])

    async def _current(self, session: Session, wanted: Wanted) -> Wanted | None:
        """The query by the names that its tags have now; none where one of them stands for itself no more."""
        ids = [tag.id for tag in wanted.tags]
        within = self._copies.tables.one_of("ids")
        rows = await self._rows(
            session,
            f"SELECT t.id, t.name FROM {{tag}} t WHERE t.room = :room AND t.alias = 0 AND t.id {within}",
            ids=ids,
        )
        now = {row.id: Tag(row.id, row.name) for row in rows}
        if not all(one in now for one in ids):
            return None

        def named(tags: Sequence[Tag]) -> tuple[Tag, ...]:
            return tuple(now[one.id] for one in tags)

        return Wanted(named(wanted.all), named(wanted.any), named(wanted.none), wanted.active)

    async def _in_arrays(self, session: Session, wanted: Wanted) -> set[int]:
        if self._copies.tables.own:
            return await self._ids(session, *array_query(wanted))
        return set(await APPROACHES["array"].find(self._copies, wanted))

    async def _ids(self, session: Session, text: str, values: dict[str, object]) -> set[int]:
        return {row.id for row in await self._rows(session, text, **values)}

    async def _rows(self, session: Session, text: str, **values: object) -> list[Any]:
        return list((await self._copies.tables.do(session, text, **values)).all())
