"""What filters get wrong, counted against the swipes themselves: let through, and never shown."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from designs.tinder.engine.people import NAMED
from designs.tinder.engine.ranking import Viewer
from designs.tinder.engine.seen_history import Told
from designs.tinder.engine.swipe_store import home
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import EvidenceView

if TYPE_CHECKING:
    from designs.tinder.engine.engine import Tinder

WAITING = 200
PROBED_AT_ONCE = 500
CHECK_EVERY = 0.25
NEVER_SHOWN_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Screening:
    """What was said of some people at one moment."""

    number: int
    rows: tuple[int, ...]
    told: Told
    began: float


@dataclass(slots=True)
class Pass:
    """One filter asked about everybody. `wrong` of `others` who were not swiped got a yes."""

    number: int = -1
    added: int = -1
    at: int = 0
    others: int = 0
    wrong: int = 0
    rate: float = 0.0
    probed: int = 0
    never: int = 0


class Measuring:
    """Checks what was screened, and asks the shown filter about everybody, a few at a time."""

    def __init__(self, engine: Tinder) -> None:
        self._engine = engine
        self._waiting: deque[Screening] = deque(maxlen=WAITING)
        self.shown = Pass()
        self._running = Pass()
        self._swiped: frozenset[int] = frozenset()

    def begin(self) -> None:
        """The filters are others now."""
        self.shown, self._running = Pass(), Pass()

    def judge(self, viewer: Viewer | int, rows: list[int], told: Told, began: float) -> None:
        """Remember a screening, to be checked beside."""
        number = viewer if isinstance(viewer, int) else viewer.number
        self._waiting.append(Screening(number, tuple(rows), told, began))

    async def run(self) -> None:
        """Check what came; ends only when cancelled."""
        while True:
            await self._engine.clock.sleep(CHECK_EVERY)
            while self._waiting:
                await self.check(self._waiting.popleft())
            await self.probe()

    async def check(self, one: Screening) -> None:
        """Hold one screening against the person's own replica."""
        engine, told = self._engine, one.told
        entries = await engine.swipes.said(home(one.number), one.number, one.rows)
        now = engine.clock.time()
        for row in one.rows:
            entry = entries.get(row)
            if row in told.by_filter:
                self._said_yes(one.number, row, wrong=entry is None)
            elif (
                row not in told.swiped
                and entry is not None
                and engine.auditor.known_before(one.number, row, entry, began=one.began, now=now)
            ):
                self._let_through(one, row, float(entry[1:]))
        if told.replica == "filter":
            engine.monitors["filter"].hold(len(one.rows))

    def _said_yes(self, number: int, row: int, *, wrong: bool) -> None:
        counts = self._engine.counts
        counts.filter_yes += 1
        if not wrong:
            return
        if number not in counts.never_shown and len(counts.never_shown) >= NEVER_SHOWN_PEOPLE:
            return
        hidden = counts.never_shown.setdefault(number, set())
        counts.false_yes += row not in hidden
        hidden.add(row)

    def _let_through(self, one: Screening, row: int, at: float) -> None:
        engine = self._engine
        engine.counts.let_through += 1
        if one.told.replica != "filter":
            return
        me, them = engine.people.id(one.number), engine.people.id(row)
        engine.monitors["filter"].broke(
            [
                EvidenceView(at, me, f"swiped {them}"),
                EvidenceView(
                    engine.clock.time(), "filter", f"said that {me} has certainly not swiped {them}"
                ),
            ]
        )

    def subject(self) -> int:
        """Whose filter is shown: the watched phone's, else that of whoever was screened last."""
        filters = self._engine.memory.blooms.filters
        if self._engine.watched in filters or not filters:
            return self._engine.watched
        if self.shown.number in filters:
            return self.shown.number
        return max(filters, key=lambda number: filters[number].added)

    async def probe(self) -> None:
        """Ask the shown filter about some more people; a whole pass is a measurement."""
        number = self.subject()
        known = self._engine.memory.blooms.filters.get(number)
        run = self._running
        if known is None or (self.shown.number == number and self.shown.added == known.added):
            return
        if run.number != number or run.at == 0:
            self._swiped = frozenset(await self._engine.swipes.everyone(number))
            run = self._running = Pass(number, known.added)
        self._some(run, known)
        if run.at >= self._engine.people.size:
            run.rate = 100 * run.wrong / max(1, run.others)
            run.probed, run.never = run.others, run.wrong
            self.shown, self._running = run, Pass()

    def _some(self, run: Pass, known: BloomFilter) -> None:
        last = min(run.at + PROBED_AT_ONCE, self._engine.people.size)
        for one in range(NAMED + run.at, NAMED + last):
            if one not in self._swiped:
                run.others += 1
                run.wrong += known.may_contain(str(one))
        run.at = last
