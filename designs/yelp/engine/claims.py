"""What must hold, and the checker that looks for it in the rows, apart from the code that searches and rates."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from designs.yelp.config import Config
from designs.yelp.engine.catalogue import Catalogue
from designs.yelp.engine.city_places import OWNER
from designs.yelp.engine.index_feed import IndexFeed
from designs.yelp.engine.models import PLACE
from designs.yelp.engine.nodes import CAPTURE, INDEX, QUEUE
from designs.yelp.engine.place import Place
from designs.yelp.engine.rating_table import RatingStep
from designs.yelp.engine.ratings import Ratings
from designs.yelp.engine.search import Answer, PlaceSearch
from designs.yelp.engine.sphere import distances_m
from designs.yelp.engine.strategies import AVERAGES
from sdlab.blocks.inverted_index import tokens
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    amount,
    cause_step,
    fault_steps,
    read_step,
    unknown_cause,
    write_step,
)

CHECK_EVERY_S = 0.5
ANSWERS_KEPT = 6
PLACES_AT_ONCE = 64
STEPS_SHOWN = 8
NAMED = 3
EDGE_M = 0.02  # rows and index round coordinates alike, to a centimetre
CLAIMS = (
    Claim("found_all", "all matches found", "Every place within the radius that has the words is found"),
    Claim("one_each", "one rating per person", "Nobody has more than one rating of a place"),
    Claim("average", "averages are true", "The average of a place is the average of its ratings"),
    Claim("fresh", "edits found in time", "An edit is found within the time that was promised"),
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that was acknowledged; asked for at `began`, promised from `ended` on (Unix seconds)."""

    place: Place
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Scan:
    """All places as the rows have them, for a full scan. `changes` is how many changes there were then."""

    changes: int
    ids: np.ndarray
    lats: np.ndarray
    lngs: np.ndarray
    words: tuple[frozenset[str], ...]


class ClaimChecker:
    """Compares some answers with a full scan, sums with rows, and what was edited with what is found."""

    def __init__(
        self,
        context: EngineContext[Config],
        catalogue: Catalogue,
        ratings: Ratings,
        search: PlaceSearch,
        feed: IndexFeed,
    ) -> None:
        self._context, self._catalogue = context, catalogue
        self._ratings, self._search, self._feed = ratings, search, feed
        self._answers: deque[Answer] = deque(maxlen=ANSWERS_KEPT)
        self._edits: deque[Edit] = deque(maxlen=512)
        self._recent: dict[int, float] = {}
        self._rated: set[int] = set()
        self._doubles: set[tuple[int, str]] = set()
        self._scan: Scan | None = None
        self._checking = asyncio.Lock()
        search.answered.connect(self._answered)
        ratings.rated.connect(self._was_rated)

    def _answered(self) -> None:
        if self._search.newest is not None:
            self._answers.append(self._search.newest)

    def _was_rated(self) -> None:
        self._rated.add(self._ratings.hottest)

    def edited(self, place: Place, began: float) -> None:
        """Somebody was told that a place is changed."""
        now = self._context.clock.time()
        self._edits.append(Edit(place, began, now))
        self._recent[place.id] = now

    async def check(self) -> None:
        """Look at what has happened since the last time."""
        async with self._checking:
            await self._check_found()
            await self._check_ratings()
            self._check_edits()

    # Searches, against a full scan of the rows

    async def _check_found(self) -> None:
        answers, self._answers = list(self._answers), deque(maxlen=ANSWERS_KEPT)
        if not answers:
            return
        changes = self._catalogue.changes
        if self._scan is None or self._scan.changes != changes:
            self._scan = await self._read_all(changes)
        self._forget_old()
        for one in answers:
            self._compare(one, self._scan)

    async def _read_all(self, changes: int) -> Scan:
        columns = (PLACE.c.id, PLACE.c.lat, PLACE.c.lng, PLACE.c.name, PLACE.c.kind, PLACE.c.tags)
        query = sa.select(*columns).where(PLACE.c.room == self._context.room.id)

        def read(connection: sa.Connection) -> Scan:
            rows = connection.execute(query).all()
            words = tuple(frozenset(tokens(f"{row.name} {row.kind} {row.tags}")) for row in rows)
            ids, lats, lngs = (np.array([row[n] for row in rows]) for n in range(3))
            return Scan(changes, ids, lats, lngs, words)

        return await self._context.room.sql.read(read)

    def _forget_old(self) -> None:
        """Places that were changed a moment ago are no matter of this claim: the index may be late for them."""
        until = self._context.clock.time() - self._context.config.promise_s
        behind = {edit.place.id for edit in self._edits}
        self._recent = {id: at for id, at in self._recent.items() if at > until or id in behind}

    def _compare(self, answer: Answer, scan: Scan) -> None:
        monitor, query = self._context.monitors["found_all"], answer.query
        near = distances_m(query.lat, query.lng, scan.lats, scan.lngs) <= query.radius_m - EDGE_M
        wanted = set(query.words)
        right = {int(scan.ids[n]) for n in np.flatnonzero(near) if wanted <= scan.words[n]}
        missed = sorted(right - set(answer.found) - self._recent.keys() - self._late())
        if not missed:
            monitor.passed()
            return
        names = ", ".join(
            self._catalogue.places[id].name for id in missed[:NAMED] if id in self._catalogue.places
        )
        asked, now = f"“{query.term}” within {query.radius_m:,.0f} m", self._context.clock.time()
        looked = f"looks into {amount(len(answer.reach.cells), 'cell')}, measures {answer.candidates}"
        ended = answer.at + answer.ms / 1000
        monitor.violated(
            [
                read_step("search", looked, answer.at, ended, saw=f"{len(answer.found)} places", lost=True),
                read_step(
                    "full scan", f"of all rows: {asked}", ended, now, saw=f"{len(right)}; also {names}"
                ),
            ]
        )

    def _late(self) -> set[int]:
        """Places of which the index has another revision: what that means is another claim's."""
        structure = self._search.structure
        if structure is None:
            return set()
        known = self._catalogue.places.values()
        changed = (one for one in known if one.revision or one.by != OWNER)
        return {one.id for one in changed if structure.revision(one.id) != one.revision}

    # Ratings, in the rows

    async def _check_ratings(self) -> None:
        if not self._rated:
            return
        some = sorted(self._rated)[:PLACES_AT_ONCE]
        self._rated -= set(some)
        before = {id: self._ratings.in_flight[id] for id in some}
        began, room = self._context.clock.time(), self._context.room
        both, doubled = self._ratings.table.both(some), self._ratings.table.doubled()
        rows, doubles = await room.sql.read(lambda c: (c.execute(both).all(), c.execute(doubled).all()))
        for row in rows:
            self._check_sums(row, before[row.id], began)
        self._check_doubles([(row.place_id, row.by, row.ratings) for row in doubles], began)

    def _check_sums(self, row: sa.Row[Any], before: int, began: float) -> None:
        """The stored sums are those of the rows, but for ratings under way, and for a batch that is to come."""
        averaging, monitor = AVERAGES[self._context.config.average], self._context.monitors["average"]
        if averaging.computes:
            monitor.passed()
            return
        if averaging.batches and row.newest > row.averaged:
            self._rated.add(row.id)  # looked at again after the batch
            return
        under_way = max(before, self._ratings.in_flight[row.id])
        same = (row.stored_count, row.stored_total) == (row.true_count, row.true_total)
        if same or (abs(row.stored_count - row.true_count) <= under_way and under_way):
            monitor.passed()
            if not same:
                self._rated.add(row.id)
            return
        now = self._context.clock.time()
        shown = f"{row.stored_count} ratings, {row.stored_total / max(1, row.stored_count):.3f} ★"
        true = f"{row.true_count} ratings, {row.true_total / max(1, row.true_count):.3f} ★"
        monitor.violated(
            [
                *self._overwritten(row.id),
                read_step("stored sums", "as the place shows them", began, now, saw=shown, lost=True),
                read_step("rows of ratings", "added up", began, now, saw=true),
            ]
        )

    def _overwritten(self, place_id: int) -> list[EvidenceView]:
        """The steps around a write that somebody else wrote the same over, or the last steps there were."""
        steps = [one for one in self._ratings.table.steps if one.place_id == place_id and "sums" in one.text]
        written: dict[str, RatingStep] = {}
        for one in steps:
            if one.kind == "write" and one.value in written and written[one.value].by != one.by:
                both = {one.by, written[one.value].by}
                first = min(one.began, written[one.value].began) - 1
                around = [step for step in steps if step.by in both and first <= step.began <= one.ended]
                return [_evidence(step, lost=step is written[one.value]) for step in around[-STEPS_SHOWN:]]
            if one.kind == "write":
                written[one.value] = one
        return [_evidence(step) for step in steps[-STEPS_SHOWN:]]

    def _check_doubles(self, doubles: list[tuple[int, str, int]], began: float) -> None:
        monitor = self._context.monitors["one_each"]
        fresh = [one for one in doubles if one[:2] not in self._doubles]
        self._doubles = {one[:2] for one in doubles}
        if not doubles:
            monitor.passed()
        for place_id, by, ratings in fresh[:1]:
            now = self._context.clock.time()
            table = self._ratings.table.steps
            own = [
                one for one in table if (one.place_id, one.by) == (place_id, by) and "sums" not in one.text
            ]
            name = self._catalogue.places[place_id].name if place_id in self._catalogue.places else ""
            monitor.violated(
                [
                    *(_evidence(one) for one in own[-STEPS_SHOWN:]),
                    read_step(f"rows of {name}", f"ratings by {by}", began, now, saw=ratings, lost=True),
                ]
            )

    # Edits, in what is searched

    def _check_edits(self) -> None:
        """Those whose time is over must be found; of two edits of a place the later one counts."""
        monitor, now = self._context.monitors["fresh"], self._context.clock.time()
        config, structure = self._context.config, self._search.structure
        index = self._context.nodes.get(INDEX)
        while self._edits and now - self._edits[0].ended >= config.promise_s:
            edit = self._edits.popleft()
            found = structure.revision(edit.place.id) if structure else edit.place.revision
            if found >= edit.place.revision or index is None or index.down:
                monitor.passed()
                continue
            monitor.violated(self._not_found(edit, found, now))

    def _not_found(self, edit: Edit, found: int, now: float) -> list[EvidenceView]:
        told = write_step(edit.place.by, "edits a place", edit.began, edit.ended, wrote=edit.place.name)
        has = f"revision {found} of it, {edit.place.revision} was acknowledged"
        steps = [told, read_step("index", "is asked for the place", now, now, saw=has, lost=True)]
        lost = [
            cause_step("queue", "the message about it was lost", one.at)
            for one in self._feed.lost
            if (one.place_id, one.revision) == (edit.place.id, edit.place.revision)
        ]
        nodes = map(self._context.nodes.get, (CAPTURE, QUEUE, INDEX))
        return [*steps, *([*fault_steps(nodes, edit.began, now), *lost] or [unknown_cause(now)])]


def _evidence(step: RatingStep, *, lost: bool = False) -> EvidenceView:
    if step.kind == "write":
        return write_step(step.by, step.text, step.began, step.ended, wrote=step.value, lost=lost)
    return read_step(step.by, step.text, step.began, step.ended, saw=step.value)
