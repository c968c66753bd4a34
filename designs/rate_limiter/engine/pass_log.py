"""The record that the limiter is judged by: when requests truly passed, and how many in any window."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from designs.rate_limiter.engine.checks import Access

MAX_CLIENTS = 4_000
MAX_TIMES = 6_000
PRUNED_AT_LEAST = 200
ROUNDING = 1e-5
"""Seconds by which a window is judged narrower: a double cannot tell its edges apart better."""


class Passed(NamedTuple):
    """A request that passed. `number` is what it was counted as, `ahead` how wrong its clock was in seconds.

    `id` tells it from all others. `order` goes on where numbers begin again, and is 0 for what nobody numbered.
    """

    caller: str
    gateway: str
    id: int = 0
    number: int = 0
    order: int = 0
    ahead: float = 0.0
    trips: tuple[Access, ...] = ()


class PassLog:
    """When requests of one client passed, and which. Times are ordered."""

    __slots__ = ("_before", "_newest", "since", "times", "whose")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.whose: list[Passed] = []
        self.since = 0.0
        self._before = self._newest = 0

    def add(self, t: float, one: Passed) -> int:
        """Note one; its position in the order."""
        position = bisect_right(self.times, t)
        self.times.insert(position, t)
        self.whose.insert(position, one._replace(order=self._order(one.number)) if one.number else one)
        return position

    def _order(self, number: int) -> int:
        if number == 1 and self._newest:  # the store has forgotten its numbers and begins anew
            self._before += self._newest
            self._newest = 0
        self._newest = max(self._newest, number)
        return self._before + number

    def knows(self, number: int) -> bool:
        """Whether the answers to all that the store has counted so far have arrived."""
        return not self._newest or number <= self._newest

    def prune(self, before: float) -> None:
        """Forget what is older, and the oldest beyond `MAX_TIMES`."""
        keep_from = max(bisect_right(self.times, before), len(self.times) - MAX_TIMES)
        if keep_from > PRUNED_AT_LEAST:
            del self.times[:keep_from]
            del self.whose[:keep_from]

    def within(self, end: float, width: float, *, since: float = 0.0, counted: int | None = None) -> int:
        """How many passed in `(end - width, end]`, none before `since`.

        With `counted` only those that the store had counted when it had counted so many.
        """
        first, last = self.until(max(end - width + ROUNDING, since)), self.until(end)
        if counted is None:
            return last - first
        return sum(one.order <= self._before + counted for one in self.whose[first:last])

    def between(self, start: float, end: float) -> int:
        """How many passed in `[start, end)`."""
        return self.until(math.nextafter(end, -math.inf)) - self.until(math.nextafter(start, -math.inf))

    def until(self, t: float) -> int:
        """How many passed until `t`, which is the position of the next."""
        return bisect_right(self.times, t)

    def judge_from(self, now: float) -> None:
        """Windows begin now; what is still waiting to leave belongs to what was before."""
        waiting = bool(self.times) and self.times[-1] >= now
        self.since = self.times[-1] if waiting else math.nextafter(now, -math.inf)

    def fullest_with(self, position: int, width: float) -> tuple[int, float]:
        """The most in any window that holds the one at `position`, and when that window ends."""
        t = self.times[position]
        ends = self.times[position : bisect_right(self.times, t + width - ROUNDING)]
        if len(ends) == 1:
            return self.within(t, width, since=self.since), t
        return max((self.within(end, width, since=self.since), end) for end in ends)


@dataclass(slots=True)
class AlgorithmRecord:
    """What one algorithm did. Counts begin anew with each rule.

    `fullest` is the most that passed for one client in any window; `over_limit` and `over_promise`
    count requests that passed although their window held as many already. `numbers` are the last
    that were given, by client.
    """

    passed: int = 0
    refused: int = 0
    fullest: int = 0
    over_limit: int = 0
    over_promise: int = 0
    since: float = 0.0
    clients: OrderedDict[str, PassLog] = field(default_factory=OrderedDict)
    numbers: dict[str, deque[Passed]] = field(default_factory=dict)

    def of(self, key: str) -> PassLog:
        """The log of one client; the least recently used is forgotten beyond `MAX_CLIENTS`."""
        found = self.clients.get(key)
        if found is None:
            found = self.clients[key] = PassLog()
            found.since = self.since
            if len(self.clients) > MAX_CLIENTS:
                self.clients.popitem(last=False)
        else:
            self.clients.move_to_end(key)
        return found

    def look(self, key: str) -> PassLog:
        """The log of one client as it is; empty for one without."""
        return self.clients.get(key) or PassLog()

    def rule_changed(self, now: float) -> None:
        """Judge from now on; what is still waiting to leave belongs to the old rule."""
        self.passed = self.refused = self.fullest = self.over_limit = self.over_promise = 0
        self.since = math.nextafter(now, -math.inf)
        for log in self.clients.values():
            log.judge_from(now)
