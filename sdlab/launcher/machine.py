"""How fast this machine is now, as a factor: what may take a second on the reference machine may take that long here.

Standard library only.
"""

from __future__ import annotations

import os
import time
from functools import cache

FACTOR = "SDLAB_MACHINE_FACTOR"
SECONDS = 0.5
REFERENCE = 5000.0  # rounds per second of a quick two-core machine with nothing else to do


@cache
def factor() -> float:
    """How many times slower than the reference this machine is, at least 1.

    As the environment says (the test command measures once for all of its processes); measured
    here, once, when it says nothing usable.
    """
    try:
        return max(1.0, float(os.environ[FACTOR]))
    except (KeyError, ValueError):
        return measure()


def measure(seconds: float = SECONDS) -> float:
    """Compute for that long and compare, at least 1. Other work on the machine counts: it is slower then."""
    rounds, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        _work()
        rounds += 1
    return max(1.0, round(REFERENCE * passed / rounds, 2))


def _work() -> int:
    """About a fifth of a millisecond of what the interpreter mostly does: numbers, dicts, sorting."""
    counts: dict[int, int] = {}
    for number in range(2000):
        key = (number * 7919) % 1009
        counts[key] = counts.get(key, 0) + number
    return sorted(counts.values())[-1]
