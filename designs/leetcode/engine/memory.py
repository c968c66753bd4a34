"""Verdicts of the lab's own programs, remembered: the same text in the same tier is not judged for every simulated submitter.

What is remembered is nobody's: texts that are the same in all rooms. Code of visitors is never looked up here.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

MOST = 600
ALWAYS_FIRST, EVERY = 3, 16

Key = tuple[Any, ...]

_KNOWN: OrderedDict[Key, dict[str, Any]] = OrderedDict()


def known(key: Key) -> dict[str, Any] | None:
    """What came out of that the last time."""
    found = _KNOWN.get(key)
    if found is not None:
        _KNOWN.move_to_end(key)
    return found


def remember(key: Key, answer: dict[str, Any]) -> None:
    """This is what came out."""
    _KNOWN[key] = answer
    while len(_KNOWN) > MOST:
        _KNOWN.popitem(last=False)


def anew(number: int) -> bool:
    """Whether the simulated submission of that number in its room is judged although its verdict is known."""
    return number <= ALWAYS_FIRST or number % EVERY == 0
