"""What stays of a class: the beats it saw, its questions with all rounds of answers, and one's own.

For the leader and for everybody who joined; nobody's name and nobody else's single answer is in it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sdlab import registry
from sdlab.lab.lesson import Beat
from sdlab.rooms.polls import Poll

if TYPE_CHECKING:
    from sdlab.rooms.classroom import Classroom


def report_of(taught: Classroom, name: str = "") -> dict[str, Any]:
    """As JSON: `labs` with the beats seen, `asked` in the moment, `questions` of the class.

    `name` is the follower who reads it: then `mine` is what they answered last.
    """
    return {
        "began": taught.standing.began,
        "ended": taught.standing.ended,
        "lab": taught.standing.lab,
        "labs": [_lab(taught, slug, name) for slug in dict.fromkeys(lab for lab, _ in taught.seen)],
        "asked": taught.quick.report(name),
        "questions": taught.voices.shown(),
    }


def _lab(taught: Classroom, slug: str, name: str) -> dict[str, Any]:
    design = registry.design(slug)
    numbers = sorted(beat for lab, beat in taught.seen if lab == slug)
    beats = design.lesson.beats if design.lesson else ()
    return {
        "slug": slug,
        "title": design.title,
        "problem": design.problem,
        "beats": [_beat(taught, slug, number, beats[number - 1], name) for number in numbers],
    }


def _beat(taught: Classroom, slug: str, number: int, beat: Beat, name: str) -> dict[str, Any]:
    return {
        "number": number,
        "title": beat.title,
        "expect": beat.expect.text if beat.expect else "",
        "ask": asdict(beat.ask) if beat.ask else None,
        "rounds": taught.polls.rounds(slug, number),
        "mine": taught.polls.last_of(Poll(slug, number), name),
    }
