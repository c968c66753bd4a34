"""What learners do in classes and quizzes, told to whoever keeps records of learning; to nobody by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verb = Literal["launched", "initialized", "answered", "completed", "terminated"]
Kind = Literal["lab", "choice", "number", "words", "lesson", "exercise"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Somebody did something in a lab. `name` is a follower's name in their class, or what stands for one.

    `subject` says which part of the lab, by a path that stays the same (empty for the lab itself); `place` names
    what belongs to that room alone. `success` is none where nobody knows; `seconds` is how long it took.
    """

    verb: Verb
    room: str
    lab: str
    name: str
    kind: Kind = "lab"
    subject: str = ""
    place: str = ""
    title: str = ""
    options: tuple[str, ...] = ()
    response: str = ""
    success: bool | None = None
    seconds: float | None = None


listeners: list[Callable[[Happening], None]] = []


def happened(one: Happening) -> None:
    """Tell all listeners. They return at once, and raise nothing."""
    for listener in listeners:
        listener(one)
