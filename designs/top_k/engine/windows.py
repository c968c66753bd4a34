"""The three sliding windows, and how slices of time are numbered in them."""

from __future__ import annotations

WINDOWS = {"1m": 60.0, "5m": 300.0, "1h": 3600.0}
WINDOW_NAMES = {"1m": "1 min", "5m": "5 min", "1h": "1 hour"}
LONGEST = "1h"


def slice_seconds(window: str, slices: int) -> float:
    """How long a slice is when the window has that many, seconds."""
    return WINDOWS[window] / slices


def slice_at(window: str, slices: int, t: float) -> int:
    """The number of the slice that begins at `t` or holds it (Unix seconds), as `SubWindows` numbers it.

    >>> slice_at("1m", 12, 60.0), slice_at("1m", 1, 59.9)
    (12, 0)
    """
    # The beginning of a slice of another width may be a hair below its own number.
    return int((t + 1e-6) // slice_seconds(window, slices))
