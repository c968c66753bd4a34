"""How long a test may wait for a fact: longer on a slow machine."""

from __future__ import annotations

from sdlab.launcher.machine import factor


def budget(seconds: float) -> float:
    """What takes at most `seconds` on the reference machine, for this one; never less."""
    return seconds * factor()
