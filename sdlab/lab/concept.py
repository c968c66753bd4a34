"""Where the structures and patterns of the field are at work: a lab's panel and question for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Runs:
    """A concept that a lab runs: `concept` is its id, `panel` shows it, `toggle` is the question it is about."""

    concept: str
    panel: str
    toggle: str = ""
