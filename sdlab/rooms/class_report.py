"""What stays of a class: the beats it saw, its questions with all rounds of answers, and one's own.

For the leader and for everybody who joined; nobody's name and nobody else's single answer is in it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sdlab import registry
from sdlab.rooms.own_lessons import Step, again_query, lab_steps
from sdlab.rooms.polls import Poll

if TYPE_CHECKING:
    from sdlab.rooms.classroom import Classroom


def report_of(taught: Classroom, name: str = "") -> dict[str, Any]:
    """As JSON: `labs` with the beats seen, `asked` in the moment, `questions` of the class, `predictions`.

    `name` is the follower who reads it: then `mine` is what they answered last.
    """
    return {
        "began": taught.standing.began,
        "ended": taught.standing.ended,
        "lab": taught.standing.lab,
        "labs": [
            *[
                _lab(taught, slug, name)
                for slug in dict.fromkeys(one.lab for one in taught.seen if not one.lesson)
            ],
            *[
                _own(taught, number, name)
                for number in dict.fromkeys(one.lesson for one in taught.seen if one.lesson)
            ],
        ],
        "asked": taught.quick.report(name),
        "questions": taught.voices.shown(),
        "exercises": taught.exercises.report(name),
        "predictions": taught.predictions.report(name),
    }


def _lab(taught: Classroom, slug: str, name: str) -> dict[str, Any]:
    design = registry.design(slug)
    seen = sorted(one for one in taught.seen if one.lab == slug and not one.lesson)
    return {
        "slug": slug,
        "title": design.title,
        "problem": design.problem,
        "beats": [_beat(taught, one, lab_steps(slug), name) for one in seen],
    }


def _own(taught: Classroom, number: int, name: str) -> dict[str, Any]:
    """A lesson of one's own: it has a number in the class, and each step names its lab."""
    lesson = taught.lessons.get(number)
    steps = lesson.steps if lesson else ()
    seen = sorted((one for one in taught.seen if one.lesson == number), key=lambda one: one.beat)
    return {
        "slug": f"lesson-{number}",
        "title": lesson.title if lesson else "A lesson that this server reads no more",
        "problem": " · ".join(dict.fromkeys(registry.design(one.lab).title for one in steps)),
        "beats": [_beat(taught, one, steps, name) for one in seen if one.beat <= len(steps)],
    }


def _beat(taught: Classroom, seen: Poll, steps: tuple[Step, ...], name: str) -> dict[str, Any]:
    step = steps[seen.beat - 1]
    beat = step.beat
    return {
        "number": seen.beat,
        "try": again_query(step),
        "lab": step.lab,
        "title": beat.title,
        "expect": beat.expect.text if beat.expect else "",
        "ask": asdict(beat.ask) if beat.ask else None,
        "rounds": taught.polls.rounds(seen),
        "mine": taught.polls.last_of(seen, name),
    }
