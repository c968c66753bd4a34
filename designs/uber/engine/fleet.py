"""The cars on their streets: where they really are, whatever the system knows of it.

A car with a plan drives it; others drive from corner to corner as chance decides and stand at a kerb
between two of them for a while. Coordinates are metres in the city.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from designs.uber.engine.streets import CITY, NOON, network
from sdlab.blocks.street_network import MAIN_EVERY, StreetNetwork, period_of, speed

STEPS = np.array(((1, 0), (0, 1), (-1, 0), (0, -1)))
ELSE = np.array((0, 1, 3, 2))  # quarters of a turn by which it leaves where it wanted, in the order of trying
PARKS = 0.5  # after this share of the corners a car stops before the next one
KERBS = (0.2, 0.8)  # where it stops, as a share of the way there
LONGEST_PARKED_S = 40.0
TURNS = 6  # corners that a car may pass in one step of time


class Fleet:
    """`size` cars. Deterministic: the same seed and the same calls, the same coordinates. Car 0 is the visitor's.

    They are as fast as the streets are at the `hour`, and never go against a one-way street.
    """

    def __init__(self, size: int, seed: int, *, seat: tuple[float, float]) -> None:
        self._xs, self._ys = np.array(CITY.xs), np.array(CITY.ys)
        self._rng = np.random.default_rng(seed)
        self._seat = seat
        self._open = _open_ways(network())
        self.hour: float = NOON
        self.size = 0
        self.x = self.y = np.zeros(0)
        self._to_x = self._to_y = np.zeros(0)  # the corner or the kerb that it drives to
        self._at_kerb = np.zeros(0, dtype=bool)  # whether that is a kerb
        self._column = self._row = self._way = np.zeros(0, dtype=int)  # the corner that is next
        self._parked = np.zeros(0)
        self._plans: dict[int, deque[int]] = {}
        self.resize(size)

    def resize(self, size: int) -> None:
        """More cars begin on streets, some parked; the last ones of too many leave."""
        before, self.size = self.size, size
        for name in ("x", "y", "_to_x", "_to_y", "_at_kerb", "_column", "_row", "_way", "_parked"):
            values = getattr(self, name)
            setattr(self, name, np.append(values[:size], np.zeros(max(0, size - before), values.dtype)))
        self._plans = {number: plan for number, plan in self._plans.items() if number < size}
        if size > before:
            self._begin(np.arange(before, size))

    def _begin(self, numbers: np.ndarray) -> None:
        self._column[numbers] = self._rng.integers(0, len(self._xs), len(numbers))
        self._row[numbers] = self._rng.integers(0, len(self._ys), len(numbers))
        self._way[numbers] = self._rng.integers(0, 4, len(numbers))
        if not numbers[0]:
            seat = network().nearest(*self._seat)
            self._column[0], self._row[0] = seat % network().columns, seat // network().columns
        self._aim(numbers)
        self.x[numbers], self.y[numbers] = self._to_x[numbers], self._to_y[numbers]
        numbers = numbers[numbers > 0]
        self._roam(numbers)
        kerb = self._at_kerb[numbers]
        share = np.where(kerb, 1.0, self._rng.random(len(numbers)))
        self.x[numbers] += share * (self._to_x[numbers] - self.x[numbers])
        self.y[numbers] += share * (self._to_y[numbers] - self.y[numbers])
        self._stand(numbers[kerb])

    def _aim(self, numbers: np.ndarray | int) -> None:
        """At the next corner."""
        self._to_x[numbers] = self._xs[self._column[numbers]]
        self._to_y[numbers] = self._ys[self._row[numbers]]
        self._at_kerb[numbers] = False

    def _stand(self, numbers: np.ndarray) -> None:
        """For a while; then on to the corner."""
        self._parked[numbers] = self._rng.uniform(2, LONGEST_PARKED_S, len(numbers))
        self._aim(numbers)

    def drive(self, number: int, way: Sequence[int]) -> None:
        """Let a car drive along these crossings from where it is now."""
        self._plans[number] = deque(way)
        self._parked[number] = 0.0
        self._aim(number)
        # Between two corners it goes on to the one ahead, unless that is the way back.
        if self.x[number] == self._to_x[number] and self.y[number] == self._to_y[number]:
            self._take_next(number)

    def free(self, number: int) -> None:
        """It has no plan any more."""
        self._plans.pop(number, None)

    def crossing_ahead(self, number: int) -> int:
        """The crossing where it is, or comes to next."""
        return network().crossing(int(self._column[number]), int(self._row[number]))

    def plan(self, number: int) -> list[int]:
        """The crossings that are still before it, of a car with a plan."""
        if number not in self._plans:
            return []
        return [self.crossing_ahead(number), *self._plans[number]]

    def seconds_left(self, number: int) -> float:
        """How long it still drives along its plan; -1 without one."""
        plan = self.plan(number)
        if not plan:
            return -1.0
        metres = abs(self._to_x[number] - self.x[number]) + abs(self._to_y[number] - self.y[number])
        along = self._row[number] if self._to_y[number] == self.y[number] else self._column[number]
        ahead = metres / speed(int(along), period_of(self.hour))
        seconds = network(self.hour).seconds
        return float(ahead + sum(seconds[a, b] for a, b in pairwise(plan)))

    def advance(self, seconds: float) -> list[int]:
        """Let the time pass; which cars have come to the end of their plans."""
        idle = np.ones(self.size, dtype=bool)
        idle[[0, *self._plans]] = False
        self._parked[idle] -= seconds
        going = self._parked <= 0
        going[0] = 0 in self._plans
        left, there = np.full(self.size, float(seconds)), []
        for _ in range(TURNS):
            at = np.flatnonzero(going)
            if not len(at):
                break
            arrived = self._move(at, left)
            at_kerb = self._at_kerb[arrived]
            self._stand(arrived[at_kerb])
            there += self._turn(arrived[~at_kerb])
            going &= (left > 0) & (self._parked <= 0)
            going[there] = False
        return there

    def _move(self, at: np.ndarray, left: np.ndarray) -> np.ndarray:
        """Move these to where they drive to for what is `left` of the time; those who came there."""
        dx, dy = self._to_x[at] - self.x[at], self._to_y[at] - self.y[at]
        line = np.where(dx != 0, self._row[at], self._column[at])
        period = period_of(self.hour)
        metres_per_s = np.where(line % MAIN_EVERY == 0, speed(0, period), speed(1, period))
        needed = (np.abs(dx) + np.abs(dy)) / metres_per_s
        arrives = needed <= left[at]
        share = np.divide(left[at], needed, out=np.ones_like(needed), where=~arrives)
        self.x[at] = np.where(arrives, self._to_x[at], self.x[at] + dx * share)
        self.y[at] = np.where(arrives, self._to_y[at], self.y[at] + dy * share)
        left[at] -= np.minimum(needed, left[at])
        arrived: np.ndarray = at[arrives]
        return arrived

    def _turn(self, corners: np.ndarray) -> list[int]:
        there = []
        for number in corners[np.isin(corners, list(self._plans))].tolist():
            if not self._take_next(number):
                there.append(number)
        roaming = corners[~np.isin(corners, [0, *self._plans])]
        if len(roaming):
            self._roam(roaming)
        return there

    def _take_next(self, number: int) -> bool:
        plan = self._plans[number]
        here = self.crossing_ahead(number)
        while plan and plan[0] == here:
            plan.popleft()
        if not plan:
            return False
        after = plan.popleft()
        self._column[number], self._row[number] = after % network().columns, after // network().columns
        self._aim(number)
        return True

    def _roam(self, numbers: np.ndarray) -> None:
        turn = self._rng.random(len(numbers))
        wanted = np.where(
            turn < 0.55, self._way[numbers], (self._way[numbers] + np.where(turn < 0.78, 1, 3)) % 4
        )
        ways = (wanted[:, None] + ELSE) % 4
        may = self._open[self._column[numbers][:, None], self._row[numbers][:, None], ways]
        way = ways[np.arange(len(numbers)), np.argmax(may, axis=1)]
        step = STEPS[way]
        self._way[numbers] = way
        self._column[numbers] += step[:, 0]
        self._row[numbers] += step[:, 1]
        self._aim(numbers)
        parks = numbers[self._rng.random(len(numbers)) < PARKS]
        share = self._rng.uniform(*KERBS, len(parks))
        self._to_x[parks] = self.x[parks] + share * (self._to_x[parks] - self.x[parks])
        self._to_y[parks] = self.y[parks] + share * (self._to_y[parks] - self.y[parks])
        self._at_kerb[parks] = True


def _open_ways(streets: StreetNetwork) -> np.ndarray:
    """Whether one may leave the corner at a column and row in that direction of `STEPS`."""
    open_ways = np.zeros((streets.columns, streets.rows, len(STEPS)), dtype=bool)
    for one, other in streets.graph.edges:
        column, row = one % streets.columns, one // streets.columns
        step = (other % streets.columns - column, other // streets.columns - row)
        open_ways[column, row, STEPS.tolist().index(list(step))] = True
    return open_ways
