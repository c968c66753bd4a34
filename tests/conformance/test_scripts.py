"""Every lesson has a teacher's script: what to say, what is usually believed, what to discuss, in three lengths."""

from __future__ import annotations

import re

import pytest

from sdlab.lab import Cut, Design, Line, Script
from sdlab.lab.script import LENGTHS, check_script, planned
from sdlab.registry import designs

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
LEAST_WORDS = {"say": 25, "mistake": 15, "discuss": 15, "onward": 6}
MOST_WORDS = {"say": 110, "mistake": 70, "discuss": 70, "onward": 35}
# A teacher cannot read out what the page says already.
SAME_WORDS = 8


def words(text: str) -> list[str]:
    return re.findall(r"[\w'’-]+", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of so many words."""
    found = words(text)
    return {tuple(found[at : at + SAME_WORDS]) for at in range(len(found) - SAME_WORDS + 1)}


@ALL
def test_the_script_fits_its_lesson(design: Design) -> None:
    assert design.lesson is not None
    assert design.script is not None, "each lesson has a script: docs/adding-a-design.md"
    assert check_script(design.lesson, design.script) == []


@ALL
def test_its_lines_say_something_of_their_own(design: Design) -> None:
    assert design.lesson is not None
    assert design.script is not None
    wrong = []
    for number, (beat, line) in enumerate(
        zip(design.lesson.beats, design.script.lines, strict=True), start=1
    ):
        for name, least in LEAST_WORDS.items():
            count = len(words(getattr(line, name)))
            if not least <= count <= MOST_WORDS[name]:
                wrong.append(f"line {number}: {count} words to {name}, not {least} to {MOST_WORDS[name]}")
        if runs(beat.say) & runs(line.say):
            wrong.append(f"line {number}: what is to be said is what students read")
        if "?" not in line.discuss:
            wrong.append(f"line {number}: nothing is asked in what is to be discussed")
    texts = [
        text for line in design.script.lines for text in (line.say, line.mistake, line.discuss, line.onward)
    ]
    assert len(set(texts)) == len(texts)
    assert wrong == []


def test_what_does_not_fit_is_said() -> None:
    lesson = designs()[0].lesson
    assert lesson is not None
    beats = tuple(range(1, len(lesson.beats) + 1))
    line = Line("one", "two", "three?", "four")
    asked = next(number for number in beats if lesson.beat(number).ask)
    silent = next(number for number in beats if not lesson.beat(number).ask)
    cuts = tuple(Cut(minutes, beats) for minutes in LENGTHS)
    told = check_script(lesson, Script((line,) * (len(beats) - 1), cuts))
    assert told[0] == f"{len(beats) - 1} lines for {len(beats)} beats"
    assert any("60 minutes: takes" in one for one in told)
    for cut in (
        Cut(20, (2, 1)),
        Cut(20, ()),
        Cut(20, (1, 99)),
        Cut(20, beats, (silent,)),
        Cut(20, (1,), (), (2,)),
    ):
        assert [
            one for one in check_script(lesson, Script((line,) * len(beats), (cut,))) if "20 minutes" in one
        ]
    assert "line 1: nothing to say" in check_script(lesson, Script((Line(" ", "a", "b?", "c"),), cuts))
    assert planned(lesson, Cut(20, (asked,), (asked,), (asked,))) == lesson.beat(asked).minutes + 5.5
