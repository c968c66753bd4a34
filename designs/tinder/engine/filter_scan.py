"""The error of a filter, measured: everybody in the area is asked for, a few at a time, beside the requests."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from designs.tinder.engine.bloom_filters import BloomFilters
from designs.tinder.engine.demo_users import DemoUsers
from designs.tinder.engine.people import NAMED, People
from designs.tinder.engine.swipe_store import SwipeStore
from sdlab.blocks.bloom import BloomFilter

PROBED_AT_ONCE = 500


@dataclass(slots=True)
class Scan:
    """One filter, as it was at one moment, asked about everybody up to `at`.

    `wrong` of the `others`, who had not been swiped then, got a yes; `filter` is a copy of that moment.
    """

    filter: BloomFilter | None = None
    swiped: frozenset[int] = frozenset()
    number: int = -1
    added: int = -1
    at: int = 0
    others: int = 0
    wrong: int = 0

    @property
    def rate(self) -> float:
        """Wrong yeses, per cent."""
        return 100 * self.wrong / max(1, self.others)

    @property
    def theory(self) -> float:
        """What theory says of that filter, per cent."""
        return 100 * self.filter.expected_error if self.filter else 0.0


class FilterScan:
    """`shown` is the newest whole scan."""

    def __init__(
        self, people: People, swipes: SwipeStore, filters: BloomFilters, demo_users: DemoUsers
    ) -> None:
        self._people = people
        self._swipes = swipes
        self._filters = filters
        self._demo_users = demo_users
        self._running = Scan()
        self.shown = Scan()

    def begin(self) -> None:
        """The filters are others now."""
        self.shown, self._running = Scan(), Scan()

    def forget_filters(self) -> list[int]:
        """Lose every filter, and what was measured of them; whose they were."""
        self.begin()
        return self._filters.forget()

    def subject(self) -> int:
        """Whose filter is shown: the watched user's, else the one scanned last, else the fullest."""
        filters = self._filters.filters
        if self._demo_users.watched in filters or not filters:
            return self._demo_users.watched
        if self.shown.number in filters:
            return self.shown.number
        return max(filters, key=lambda number: filters[number].added)

    async def probe(self) -> None:
        """Ask the shown filter about some more people; a whole scan is a measurement."""
        number = self.subject()
        known = self._filters.filters.get(number)
        if known is None or (self.shown.number == number and self.shown.added == known.added):
            return
        if self._running.number != number or self._running.at == 0:
            await self._begin_scan(number, known)
        scan = self._running
        if scan.filter is not None:
            self._probe_some(scan, scan.filter)
        if scan.at >= self._people.size:
            self.shown, self._running = scan, Scan()

    async def _begin_scan(self, number: int, known: BloomFilter) -> None:
        """The filter and those swiped are of one moment: who is swiped while these are read is in neither."""
        now, under_way = deepcopy(known), self._swipes.under_way(number)
        begun = self._running = Scan(now, number=number, added=known.added)
        stored = frozenset(await self._swipes.everyone(number))
        begun.swiped = stored | under_way

    def _probe_some(self, scan: Scan, known: BloomFilter) -> None:
        last = min(scan.at + PROBED_AT_ONCE, self._people.size)
        for one in range(NAMED + scan.at, NAMED + last):
            if one not in scan.swiped:
                scan.others += 1
                scan.wrong += known.may_contain(str(one))
        scan.at = last
