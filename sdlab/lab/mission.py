"""Missions: goals for a running lab, judged by its claims and by what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sdlab.lab.lesson import Do

Facts = Mapping[str, float | str]
FEWEST_MISSIONS, MOST_MISSIONS = 3, 5
SOONEST, LATEST = 1.0, 60.0  # seconds
LEVELS = ("easy", "medium", "hard")


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that has to be so; `text` says it.

    `fact` names what is looked at: `config.<toggle or knob>`, `workload.id` and `workload.rate` of the
    traffic that runs, `traffic.p95` and the like (of the last seconds), `broken.<claim>` and
    `checked.<claim>`, `tally.<id>`, `fault.<node>.<kind>` (its value; 1 where it has none). What is not
    there is 0. Claims and tallies count since the start, so that starting over is part of the game.
    """

    text: str
    fact: str
    at_least: float | None = None
    at_most: float | None = None
    equals: str | None = None
    unit: str = ""

    def met(self, facts: Facts) -> bool:
        """Whether it is so.

        >>> Goal("fast", "traffic.p95", at_most=20).met({"traffic.p95": 12.5})
        True
        """
        now = facts.get(self.fact, 0.0)
        if self.equals is not None:
            return now == self.equals
        if isinstance(now, str):
            return False
        low = self.at_least is None or now >= self.at_least
        return low and (self.at_most is None or now <= self.at_most)


@dataclass(frozen=True, slots=True)
class Mission:
    """Reached when all `goals` are met for `seconds` in a row. `solution` is one way to get there."""

    id: str
    title: str
    says: str
    level: Literal["easy", "medium", "hard"]
    goals: tuple[Goal, ...]
    solution: Do
    seconds: float = 5.0


def check(missions: tuple[Mission, ...]) -> list[str]:
    """What is wrong with a lab's missions, in words; nothing when they are well-formed."""
    wrong = []
    if not FEWEST_MISSIONS <= len(missions) <= MOST_MISSIONS:
        wrong.append(f"a lab has {FEWEST_MISSIONS} to {MOST_MISSIONS} missions, not {len(missions)}")
    if len({one.id for one in missions}) < len(missions):
        wrong.append("two have the same id")
    ranks = [LEVELS.index(one.level) for one in missions]
    if ranks != sorted(ranks) or {LEVELS[0], LEVELS[-1]} - {one.level for one in missions}:
        wrong.append("they go from easy to hard")
    for one in missions:
        if not one.title or not one.says.endswith(".") or not one.goals:
            wrong.append(f"{one.id}: it has a title, says what is wanted, and has goals")
        if not SOONEST <= one.seconds <= LATEST:
            wrong.append(f"{one.id}: its goals hold for {SOONEST:g} to {LATEST:g} s")
        for goal in one.goals:
            if goal.at_least is None and goal.at_most is None and goal.equals is None:
                wrong.append(f"{one.id}: {goal.text!r} wants nothing")
    return wrong
