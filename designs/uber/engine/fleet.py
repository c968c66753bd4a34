"""The cars on their streets: where they really are, whatever the system knows of it.

A car with a plan drives it; others drive from corner to corner as chance decides and stand at the kerb
between. Coordinates are metres in the city.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from designs.uber.engine.streets import CITY, network
from sdlab.blocks.street_network import MAIN_EVERY, MAIN_M_S, SIDE_M_S

STEPS = np.array(((1, 0), (0, 1), (-1, 0), (0, -1)))
PARKS = 0.5  # of the corners that it comes to, a car stays at this share
LONGEST_PARKED_S = 40.0
TURNS = 6  # corners that a car may pass in one step of time
SEAT_M = 260.0


class Fleet:
    """`size` cars. Deterministic: the same seed and the same calls, the same coordinates. Car 0 is the visitor's."""

    def __init__(self, size: int, seed: int, *, seat: tuple[float, float]) -> None:
        self._xs, self._ys = np.array(CITY.xs), np.array(CITY.ys)
        self._rng = np.random.default_rng(seed)
        self._seat = seat
        self.size = 0
        self.x = self.y = np.zeros(0)
        self._column = self._row = self._way = np.zeros(0, dtype=int)
        self._parked = np.zeros(0)
        self._plans: dict[int, deque[int]] = {}
        self.resize(size)

    def resize(self, size: int) -> None:
        """More cars begin at corners; the last ones of too many leave."""
        extra = size - self.size
        if extra > 0:
            column = self._rng.integers(0, len(self._xs), extra)
            row = self._rng.integers(0, len(self._ys), extra)
            if not self.size:
                seat = network().nearest(*self._seat)
                column[0], row[0] = seat % network().columns, seat // network().columns
            self._column, self._row = np.append(self._column, column), np.append(self._row, row)
            self.x = np.append(self.x, self._xs[column])
            self.y = np.append(self.y, self._ys[row])
            self._way = np.append(self._way, self._rng.integers(0, 4, extra))
            self._parked = np.append(self._parked, self._rng.uniform(0, LONGEST_PARKED_S, extra))
        else:
            for name in ("x", "y", "_column", "_row", "_way", "_parked"):
                setattr(self, name, getattr(self, name)[:size])
            self._plans = {number: plan for number, plan in self._plans.items() if number < size}
        self.size = size

    def drive(self, number: int, way: Sequence[int]) -> None:
        """Let a car drive along these crossings from where it is now."""
        self._plans[number] = deque(way)
        self._parked[number] = 0.0
        # Between two corners it goes on to the one ahead, unless that is the way back.
        if self.x[number] == self._xs[self._column[number]] and self.y[number] == self._ys[self._row[number]]:
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

    def advance(self, seconds: float) -> list[int]:
        """Let the time pass; which cars have come to the end of their plans."""
        idle = np.ones(self.size, dtype=bool)
        idle[[0, *self._plans]] = False
        self._parked[idle] -= seconds
        going = self._parked <= 0
        going[0] = 0 in self._plans
        left, there = np.full(self.size, seconds), []
        for _ in range(TURNS):
            at = np.flatnonzero(going)
            if not len(at):
                break
            corners = self._move(at, left)
            there += self._turn(corners)
            going &= (left > 0) & (self._parked <= 0)
            going[there] = False
        return there

    def _move(self, at: np.ndarray, left: np.ndarray) -> np.ndarray:
        """Move these towards their corners for what is `left` of the time; those who came to one."""
        dx, dy = self._xs[self._column[at]] - self.x[at], self._ys[self._row[at]] - self.y[at]
        line = np.where(dx != 0, self._row[at], self._column[at])
        speed = np.where(line % MAIN_EVERY == 0, MAIN_M_S, SIDE_M_S)
        needed = (np.abs(dx) + np.abs(dy)) / speed
        arrives = needed <= left[at]
        share = np.divide(left[at], needed, out=np.ones_like(needed), where=~arrives)
        self.x[at] = np.where(arrives, self._xs[self._column[at]], self.x[at] + dx * share)
        self.y[at] = np.where(arrives, self._ys[self._row[at]], self.y[at] + dy * share)
        left[at] -= np.minimum(needed, left[at])
        corners: np.ndarray = at[arrives]
        return corners

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
        return True

    def _roam(self, numbers: np.ndarray) -> None:
        parks = self._rng.random(len(numbers)) < PARKS
        self._parked[numbers[parks]] = self._rng.uniform(2, LONGEST_PARKED_S, int(parks.sum()))
        turn = self._rng.random(len(numbers))
        way = np.where(
            turn < 0.55, self._way[numbers], (self._way[numbers] + np.where(turn < 0.78, 1, 3)) % 4
        )
        step = STEPS[way]
        columns, rows = self._column[numbers] + step[:, 0], self._row[numbers] + step[:, 1]
        outside = (columns < 0) | (columns >= len(self._xs)) | (rows < 0) | (rows >= len(self._ys))
        way = np.where(outside, (way + 2) % 4, way)
        step = STEPS[way]
        self._way[numbers] = way
        self._column[numbers] = np.clip(self._column[numbers] + step[:, 0], 0, len(self._xs) - 1)
        self._row[numbers] = np.clip(self._row[numbers] + step[:, 1], 0, len(self._ys) - 1)
