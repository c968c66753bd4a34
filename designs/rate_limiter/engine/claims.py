"""The true request log, kept beside the limiter, and the claims that it is held against."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from designs.rate_limiter.engine.strategies.counter_stores import CLIENT, MAX_KEPT, Outcome
from designs.rate_limiter.engine.strategies import ALGORITHMS
from sdlab.blocks.rate_rule import Rule
from sdlab.lab import EvidenceView, Monitor

HORIZON_WINDOWS = 4
HORIZON_S = 20.0
MAX_TIMES = 6_000
NUMBERS_KEPT = 64
REPLAYED = 400
ROUNDING = 1e-5
"""Seconds by which a window is judged narrower: a double cannot tell its edges apart better."""


class PassLog:
    """When requests of one client passed, and whose. Times are ordered."""

    __slots__ = ("since", "times", "whose")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.whose: list[tuple[str, str]] = []
        self.since = 0.0

    def add(self, t: float, *, who: str, gateway: str) -> int:
        """Note one; its place in the order."""
        place = bisect_right(self.times, t)
        self.times.insert(place, t)
        self.whose.insert(place, (who, gateway))
        return place

    def prune(self, before: float) -> None:
        """Forget what is older, and the oldest beyond `MAX_TIMES`."""
        keep_from = max(bisect_right(self.times, before), len(self.times) - MAX_TIMES)
        if keep_from > 200:
            del self.times[:keep_from]
            del self.whose[:keep_from]

    def within(self, end: float, width: float, *, since: float = 0.0) -> int:
        """How many passed in `(end - width, end]`, none before `since`."""
        return self.place(end) - self.place(max(end - width + ROUNDING, since))

    def place(self, t: float) -> int:
        """How many passed until `t`."""
        return bisect_right(self.times, t)

    def worst_with(self, place: int, width: float) -> tuple[int, float]:
        """The most in any window that holds the one at `place`, and when that window ends."""
        t = self.times[place]
        ends = self.times[place : bisect_right(self.times, t + width - ROUNDING)]
        if len(ends) == 1:
            return self.within(t, width, since=self.since), t
        return max((self.within(end, width, since=self.since), end) for end in ends)


@dataclass(slots=True)
class Lane:
    """What one algorithm did. Counts begin anew with each rule."""

    passed: int = 0
    refused: int = 0
    worst: int = 0
    over: int = 0
    broken: int = 0
    worst_together: int = 0
    clients: OrderedDict[str, PassLog] = field(default_factory=OrderedDict)
    everybody: PassLog = field(default_factory=PassLog)
    numbers: dict[str, deque[int]] = field(default_factory=dict)

    def of(self, client: str) -> PassLog:
        """The log of one client; the least recently used is forgotten beyond `MAX_KEPT`."""
        found = self.clients.get(client)
        if found is None:
            found = self.clients[client] = PassLog()
            found.since = self.everybody.since
            if len(self.clients) > MAX_KEPT:
                self.clients.popitem(last=False)
        else:
            self.clients.move_to_end(client)
        return found

    def rule_changed(self, now: float) -> None:
        """Judge from now on; what is still waiting to leave belongs to the old rule."""
        self.passed = self.refused = self.worst = self.over = self.broken = self.worst_together = 0
        for log in (self.everybody, *self.clients.values()):
            waiting = bool(log.times) and log.times[-1] >= now
            log.since = log.times[-1] if waiting else math.nextafter(now, -math.inf)


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as the truth has it."""

    client: str
    who: str
    gateway: str
    decides: str
    rule: Rule
    together: int


class Truth:
    """Notes every decision and holds the claims against the notes."""

    def __init__(self, monitors: Mapping[str, Monitor]) -> None:
        self._monitors = monitors
        self.lanes = {name: Lane() for name in ALGORITHMS}
        self.people: dict[str, set[str]] = {}

    def note(self, heard: Heard, outcomes: Mapping[str, Outcome]) -> None:
        """What each algorithm said of one request; the claims are held against the one that decided."""
        self._share(heard)
        for name, said in outcomes.items():
            lane = self.lanes[name]
            if not said.verdict.allowed:
                lane.refused += 1
            else:
                self._passed(lane, name, heard, said.at, leaves=said.at + said.verdict.delay)
        decided = outcomes[heard.decides]
        if decided.refused_by == CLIENT:
            self._own_use(heard, decided)

    def unchecked(self, heard: Heard, now: float) -> None:
        """A request passed although nobody could count it."""
        self._share(heard)
        self._passed(self.lanes[heard.decides], heard.decides, heard, now, leaves=now)
        self._monitors["nothing_unchecked"].broke(
            [
                EvidenceView(now, heard.gateway, "asked the counter store and got no answer"),
                EvidenceView(now, heard.who, "was let through all the same: nobody counted it"),
            ]
        )

    def checked(self) -> None:
        """A decision was made by a counter, or the request was refused without one."""
        self._monitors["nothing_unchecked"].hold()

    def counted(self, heard: Heard, said: Outcome) -> None:
        """The store gave this request a number: nobody else of this client has the same."""
        recent = self.lanes[heard.decides].numbers.setdefault(heard.client, deque(maxlen=NUMBERS_KEPT))
        if said.number not in recent:
            recent.append(said.number)
            self._monitors["counted"].hold()
            return
        self._monitors["counted"].broke(
            [
                EvidenceView(
                    said.at, heard.client, f"one request passed and was counted as number {said.number}"
                ),
                EvidenceView(
                    said.at, heard.gateway, f"another passed and was counted as number {said.number} too"
                ),
            ]
        )

    def rule_changed(self, now: float) -> None:
        """A new rule holds from now on."""
        for lane in self.lanes.values():
            lane.rule_changed(now)

    def forget_numbers(self) -> None:
        """Another store counts from now on."""
        for lane in self.lanes.values():
            lane.numbers.clear()

    def _share(self, heard: Heard) -> None:
        people = self.people.setdefault(heard.client, set())
        people.add(heard.who)
        if len(self.people) > MAX_KEPT:
            self.people.pop(next(iter(self.people)))

    def _passed(self, lane: Lane, name: str, heard: Heard, at: float, *, leaves: float) -> None:
        lane.passed += 1
        log, width = lane.of(heard.client), heard.rule.window
        place = log.add(leaves, who=heard.who, gateway=heard.gateway)
        most, end = log.worst_with(place, width)
        lane.worst = max(lane.worst, most)
        lane.over += most > heard.rule.limit
        promise = ALGORITHMS[name].promise(heard.rule)
        lane.broken += most > promise
        if name == heard.decides:
            self._within("within_limit", log, most, promise, end=end, width=width)
        self._together(lane, name, heard, at)
        log.prune(at - HORIZON_WINDOWS * width - HORIZON_S)

    def _together(self, lane: Lane, name: str, heard: Heard, at: float) -> None:
        log, width = lane.everybody, heard.rule.window
        place = log.add(at, who=heard.who, gateway=heard.gateway)
        if heard.together and name == heard.decides:
            most, end = log.worst_with(place, width)
            lane.worst_together = max(lane.worst_together, most)
            self._within("global_limit", log, most, heard.together, end=end, width=width)
        log.prune(at - HORIZON_WINDOWS * width - HORIZON_S)

    def _within(self, claim: str, log: PassLog, most: int, allowed: int, *, end: float, width: float) -> None:
        if most <= allowed:
            self._monitors[claim].hold()
            return
        last = log.place(end)
        first = last - most
        shown = [*range(first, min(first + 5, last)), *range(max(first + 5, last - 5), last)]
        self._monitors[claim].broke(
            [
                EvidenceView(
                    round(log.times[n], 3),
                    log.whose[n][0],
                    f"passed at {log.whose[n][1] or 'a gateway'}: number {n - first + 1} of {most}"
                    f" within {width:g} s, {allowed} were promised",
                )
                for n in shown
            ]
        )

    def _own_use(self, heard: Heard, said: Outcome) -> None:
        """Would the client have been refused if only it had used its allowance?"""
        monitor = self._monitors["own_use_only"]
        if len(self.people[heard.client]) < 2:
            monitor.hold()
            return
        log = self.lanes[heard.decides].of(heard.client)
        block = ALGORITHMS[heard.decides].block()
        others = []
        for t, (who, _) in zip(log.times[-REPLAYED:], log.whose[-REPLAYED:], strict=True):
            if who == heard.who:
                block.check(t, heard.rule)
            elif t > said.at - heard.rule.window:
                others.append(EvidenceView(round(t, 3), who, f"passed, counted as {heard.client}"))
        if not others or not block.check(said.stamp, heard.rule, take=False).allowed:
            monitor.hold()
            return
        refused = f"refused as {heard.client}, although its own requests left room"
        monitor.broke([*others[-8:], EvidenceView(round(said.at, 3), heard.who, refused)])
