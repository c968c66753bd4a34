"""Prepared comparisons: approaches side by side under the traffic that tells them apart, and the row that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sdlab.lab.scenario import (
    FEWEST_VARIANTS,
    LONGEST_COMPARISON,
    MOST_VARIANTS,
    SHORTEST_COMPARISON,
    Fault,
)

FEWEST_PREPARED, MOST_PREPARED = 2, 4


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of what is compared. Only answers that differ from the defaults need to be named."""

    name: str
    toggles: Mapping[str, str] = field(default_factory=dict)
    knobs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreparedComparison:
    """Two to four alternatives under one traffic, of which it is known what it tells apart.

    `toggle` is the deep dive that it belongs to. `answer` is the id of the figure that answers: a
    tally's, `broken_` and a claim's, or one that every run measures (`p95`). `best` names the
    alternatives that do best in it, as `expect` says in words. `counts` names what the figure counts,
    of one and of many. `faults` are done to each of them before the traffic begins; `seconds` is how
    long each runs.
    """

    id: str
    question: str
    toggle: str
    alternatives: tuple[Alternative, ...]
    workload: str
    rate: float
    expect: str
    answer: str
    best: tuple[str, ...]
    counts: tuple[str, str]
    seconds: float = 3.0
    seed: int = 1
    faults: tuple[Fault, ...] = ()

    def said(self, value: float) -> str:
        """The figure with what it counts.

        >>> PreparedComparison("x", "?", "", (), "", 1, "", "", (), ("seat", "seats")).said(1)
        '1 seat'
        """
        shown = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"
        return f"{shown} {self.counts[0] if value == 1 else self.counts[1]}"


def check(prepared: tuple[PreparedComparison, ...]) -> list[str]:
    """What is wrong with a lab's prepared comparisons, in words; nothing when they are well-formed."""
    wrong = []
    if not FEWEST_PREPARED <= len(prepared) <= MOST_PREPARED:
        wrong.append(f"a lab has {FEWEST_PREPARED} to {MOST_PREPARED} prepared comparisons")
    if len({one.id for one in prepared}) < len(prepared):
        wrong.append("two have the same id")
    for one in prepared:
        names = [alternative.name for alternative in one.alternatives]
        if not FEWEST_VARIANTS <= len(set(names)) == len(names) <= MOST_VARIANTS:
            wrong.append(
                f"{one.id}: it has {FEWEST_VARIANTS} to {MOST_VARIANTS} alternatives of different names"
            )
        if not one.best or not set(one.best) < set(names):
            wrong.append(f"{one.id}: the best are some of the alternatives, not all")
        if not SHORTEST_COMPARISON <= one.seconds <= LONGEST_COMPARISON:
            wrong.append(f"{one.id}: it runs from {SHORTEST_COMPARISON:g} to {LONGEST_COMPARISON:g} s")
        if not one.question.endswith("?") or not one.expect.endswith(".") or not all(one.counts):
            wrong.append(f"{one.id}: it asks, says what to expect, and names what is counted")
    return wrong
