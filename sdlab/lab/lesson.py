"""A lesson: beats as data. What to say, what to set, what to expect, what to ask.

The same lesson is a guided tour, a class with an instructor, and a test: without a browser each
beat is set up and its expectation checked against the snapshots that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sdlab.lab.scenario import TABS, Fault
from sdlab.lab.snapshot import LabSnapshot
from sdlab.lab.workload import Operation

FEWEST_BEATS, MOST_BEATS = 6, 10
LONGEST_WAIT = 20.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to the class, asked before the step that answers it. `right` is an index of `options`."""

    question: str
    options: tuple[str, ...]
    right: int
    because: str


@dataclass(frozen=True, slots=True)
class Expect:
    """What must show within `seconds`: `holds(snapshot)` turns true. `text` says it to a reader."""

    text: str
    holds: Callable[[Any], bool]
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Do:
    """What a beat changes. `workload` None leaves the traffic as it is, "" stops it.

    `mend` undoes the faults of earlier beats first; `restart` begins with no data; `verbs` are
    performed once, in order, as operations of the design.
    """

    toggles: Mapping[str, str] = field(default_factory=dict)
    knobs: Mapping[str, float] = field(default_factory=dict)
    workload: str | None = None
    rate: float = 0.0
    faults: tuple[Fault, ...] = ()
    verbs: tuple[Operation, ...] = ()
    mend: bool = False
    restart: bool = False
    pause: bool = False


@dataclass(frozen=True, slots=True)
class Beat:
    """One step. `say` is Markdown for the presenter; a beat that asks waits to be revealed."""

    title: str
    say: str
    minutes: float
    do: Do = Do()
    tab: str = "lab"
    spotlight: str = ""
    ask: Ask | None = None
    expect: Expect | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What is in force at a beat: everything that the beats up to it have set."""

    toggles: Mapping[str, str] = field(default_factory=dict)
    knobs: Mapping[str, float] = field(default_factory=dict)
    workload: str = ""
    rate: float = 0.0
    faults: tuple[Fault, ...] = ()

    def after(self, do: Do) -> Setting:
        """The setting once a beat has done its part."""
        kept = () if do.mend or do.restart else self.faults
        changed = replace(
            self,
            toggles={**self.toggles, **do.toggles},
            knobs={**self.knobs, **do.knobs},
            faults=(*kept, *do.faults),
        )
        return changed if do.workload is None else replace(changed, workload=do.workload, rate=do.rate)


@dataclass(frozen=True, slots=True)
class Lesson:
    """The beats of a lab, in order."""

    beats: tuple[Beat, ...]

    @property
    def minutes(self) -> float:
        """How long it takes at the pace it was written for."""
        return sum(beat.minutes for beat in self.beats)

    def setting(self, number: int, *, revealed: bool = True) -> Setting:
        """What is in force at beat `number` (from 1); before its reveal, what the one before it left."""
        setting = Setting()
        for beat in self.beats[: number if revealed else number - 1]:
            setting = setting.after(beat.do)
        return setting

    def beat(self, number: int) -> Beat:
        """Beat `number`, from 1; the nearest one when there is none of that number."""
        return self.beats[max(1, min(len(self.beats), number)) - 1]


def violations(snapshot: LabSnapshot, claim: str) -> int:
    """How often a claim was found broken, for what a beat expects. `StopIteration` when there is none of that id."""
    return next(one.violations for one in snapshot.invariants if one.id == claim)


def check(lesson: Lesson) -> list[str]:
    """What is wrong with a lesson, in words; nothing when it is well-formed."""
    wrong = []
    if not FEWEST_BEATS <= len(lesson.beats) <= MOST_BEATS:
        wrong.append(f"a lesson has {FEWEST_BEATS} to {MOST_BEATS} beats, not {len(lesson.beats)}")
    for number, beat in enumerate(lesson.beats, start=1):
        if beat.tab not in TABS:
            wrong.append(f"beat {number}: there is no tab {beat.tab!r}")
        if not beat.say or beat.minutes <= 0:
            wrong.append(f"beat {number} says nothing, or takes no time")
        if beat.ask and not 0 <= beat.ask.right < len(beat.ask.options):
            wrong.append(f"beat {number}: the right answer is none of the options")
        if beat.expect and not 0 < beat.expect.seconds <= LONGEST_WAIT:
            wrong.append(f"beat {number}: waits longer than {LONGEST_WAIT:g} s")
    return wrong
