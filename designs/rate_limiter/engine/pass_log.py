"""The record that the limiter is judged by: when requests truly passed, and how many in any window."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import OrderedDict, deque
from dataclasses import dataclass, field

MAX_CLIENTS = 4_000
MAX_TIMES = 6_000
PRUNED_AT_LEAST = 200
ROUNDING = 1e-5
"""Seconds by which a window is judged narrower: a double cannot tell its edges apart better."""


class PassLog:
    """When requests of one client passed, and whose. Times are ordered."""

    __slots__ = ("since", "times", "whose")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.whose: list[tuple[str, str]] = []
        self.since = 0.0

    def add(self, t: float, *, caller: str, gateway: str) -> int:
        """Note one; its position in the order."""
        position = bisect_right(self.times, t)
        self.times.insert(position, t)
        self.whose.insert(position, (caller, gateway))
        return position

    def prune(self, before: float) -> None:
        """Forget what is older, and the oldest beyond `MAX_TIMES`."""
        keep_from = max(bisect_right(self.times, before), len(self.times) - MAX_TIMES)
        if keep_from > PRUNED_AT_LEAST:
            del self.times[:keep_from]
            del self.whose[:keep_from]

    def within(self, end: float, width: float, *, since: float = 0.0) -> int:
        """How many passed in `(end - width, end]`, none before `since`."""
        return self.until(end) - self.until(max(end - width + ROUNDING, since))

    def between(self, start: float, end: float) -> int:
        """How many passed in `[start, end)`."""
        return self.until(math.nextafter(end, -math.inf)) - self.until(math.nextafter(start, -math.inf))

    def until(self, t: float) -> int:
        """How many passed until `t`, which is the position of the next."""
        return bisect_right(self.times, t)

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
    count requests that passed although their window held as many already.
    """

    passed: int = 0
    refused: int = 0
    fullest: int = 0
    over_limit: int = 0
    over_promise: int = 0
    fullest_of_all: int = 0
    clients: OrderedDict[str, PassLog] = field(default_factory=OrderedDict)
    all_clients: PassLog = field(default_factory=PassLog)
    numbers: dict[str, deque[int]] = field(default_factory=dict)

    def of(self, key: str) -> PassLog:
        """The log of one client; the least recently used is forgotten beyond `MAX_CLIENTS`."""
        found = self.clients.get(key)
        if found is None:
            found = self.clients[key] = PassLog()
            found.since = self.all_clients.since
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
        self.passed = self.refused = self.fullest = 0
        self.over_limit = self.over_promise = self.fullest_of_all = 0
        for log in (self.all_clients, *self.clients.values()):
            waiting = bool(log.times) and log.times[-1] >= now
            log.since = log.times[-1] if waiting else math.nextafter(now, -math.inf)
