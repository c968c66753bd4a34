"""What a teacher says and asks at each beat of a lesson, apart from the text that students read; and which beats
fit into a short, a usual and a long hour."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab.lesson import Lesson

LENGTHS = (20, 40, 60)  # minutes
ASKING, DISCUSSING = 1.5, 4.0  # minutes that a vote and a discussion take beside their beat
SLACK = (0.85, 1.1)  # shares of a length between which the beats of it are planned


@dataclass(frozen=True, slots=True)
class Line:
    """For one beat: what to `say` aloud, the `mistake` that many make and what shows it, a question to `discuss`
    with what a good answer names, and the sentence that leads `onward`."""

    say: str
    mistake: str
    discuss: str
    onward: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Which beats (from 1) are taught in so many `minutes`, at which the class votes, and at which it discusses."""

    minutes: int
    beats: tuple[int, ...]
    asks: tuple[int, ...] = ()
    discusses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A line for each beat of the lesson, and a cut for each length."""

    lines: tuple[Line, ...]
    cuts: tuple[Cut, ...]

    def cut(self, minutes: int) -> Cut | None:
        """The cut of that length; none when there is none."""
        return next((one for one in self.cuts if one.minutes == minutes), None)


def minutes_at(lesson: Lesson, cut: Cut, number: int) -> float:
    """How many minutes a beat of a cut takes, with what is voted on and discussed there."""
    extra = ASKING * (number in cut.asks) + DISCUSSING * (number in cut.discusses)
    return lesson.beat(number).minutes + extra


def planned(lesson: Lesson, cut: Cut) -> float:
    """How many minutes a cut takes."""
    return sum(minutes_at(lesson, cut, number) for number in cut.beats)


def check_script(lesson: Lesson, script: Script) -> list[str]:
    """What is wrong with a script, in words; nothing when it fits its lesson."""
    wrong = []
    if len(script.lines) != len(lesson.beats):
        wrong.append(f"{len(script.lines)} lines for {len(lesson.beats)} beats")
    if tuple(one.minutes for one in script.cuts) != LENGTHS:
        wrong.append(f"there is a cut for each of {', '.join(map(str, LENGTHS))} minutes, in this order")
    for number, line in enumerate(script.lines, start=1):
        wrong += [
            f"line {number}: nothing to {name}" for name in Line.__slots__ if not getattr(line, name).strip()
        ]
    for cut in script.cuts:
        wrong += [f"{cut.minutes} minutes: {what}" for what in _wrong_cut(lesson, cut)]
    return wrong


def _wrong_cut(lesson: Lesson, cut: Cut) -> list[str]:
    numbers = range(1, len(lesson.beats) + 1)
    if not cut.beats or list(cut.beats) != sorted(set(cut.beats)) or not set(cut.beats) <= set(numbers):
        return ["its beats are numbers of the lesson's, each once, in order"]
    wrong = []
    if not set(cut.asks) <= {number for number in cut.beats if lesson.beat(number).ask}:
        wrong.append("a beat at which the class is to vote has no question, or is not among its beats")
    if not set(cut.discusses) <= set(cut.beats):
        wrong.append("a beat that is to be discussed is not among its beats")
    least, most = (share * cut.minutes for share in SLACK)
    if not least <= planned(lesson, cut) <= most:
        wrong.append(f"takes {planned(lesson, cut):g} minutes, not {least:g} to {most:g}")
    return wrong
