"""The back-of-the-envelope estimate: assumptions with units in, results with formulas out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sdlab.lab.errors import Invalid


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that the visitor may change. `minimum <= value <= maximum`, in `unit`."""

    id: str
    label: str
    unit: str
    default: float
    minimum: float
    maximum: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A number that follows. `formula` names the assumptions, `correction` what is often got wrong."""

    id: str
    label: str
    value: float
    unit: str
    formula: str
    correction: str = ""

    @property
    def shown(self) -> str:
        """The value with its unit, in a form made to be read."""
        value = readable(self.value)
        return f"{value} {_singular(self.unit) if value == '1' else self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Measured:
    """What this machine did just now, and how many such machines the estimate needs.

    `path` leads to the rate per second in the lab's snapshot, as "traffic.rate"; `needs` is the id
    of the result that it is held against.
    """

    id: str
    label: str
    unit: str
    path: str
    needs: str

    def read(self, snapshot: Mapping[str, object]) -> float:
        """What a snapshot, as plain data, says of it. `KeyError` where the path leads nowhere."""
        found: Any = snapshot
        for name in self.path.split("."):
            found = found[name]
        return float(found)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A calculator: `results(values)` is a pure function of the assumptions."""

    assumptions: tuple[Assumption, ...]
    results: Callable[[Mapping[str, float]], tuple[Result, ...]]
    measured: tuple[Measured, ...] = ()

    def defaults(self) -> dict[str, float]:
        """The assumptions as the design states them."""
        return {one.id: one.default for one in self.assumptions}

    def compute(self, values: Mapping[str, float]) -> tuple[Result, ...]:
        """Results for these values over the defaults; `Invalid` names a value out of range."""
        known = {one.id: one for one in self.assumptions}
        for key, value in values.items():
            if key not in known:
                raise Invalid(f"there is no assumption {key!r}", field=key)
            if not known[key].minimum <= value <= known[key].maximum:
                raise Invalid(
                    f"{known[key].label} is from {known[key].minimum:g} to {known[key].maximum:g}", field=key
                )
        return self.results({**self.defaults(), **values})


_ONE = {"entries": "entry", "people": "person", "tries": "try"}


def _singular(unit: str) -> str:
    """The unit of one.

    >>> [_singular(one) for one in ("cores", "base62 characters", "requests per window", "entries", "ms")]
    ['core', 'base62 character', 'request per window', 'entry', 'ms']
    >>> [_singular(one) for one in ("messages/s", "per s", "×")]
    ['message/s', 'per s', '×']
    """
    counted, *rest = re.split(r"(?= per |/)", unit, maxsplit=1)
    words = counted.split(" ")
    last = words[-1]
    if last in _ONE:
        words[-1] = _ONE[last]
    elif last.endswith("s") and last.isalpha() and len(last) > len("ms"):
        words[-1] = last[:-1]
    return "".join([" ".join(words), *rest])


_SCALES = ((1e15, "× 10¹⁵"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def readable(value: float) -> str:
    """A number as one reads it aloud: 3.52 trillion, 1,157, 0.02.

    >>> readable(62**7)
    '3.52 trillion'
    >>> readable(1157.4)
    '1,157'
    """
    if not math.isfinite(value):
        return "–"
    for scale, name in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:,.3g} {name}" if abs(value) < 1e18 else f"{value:.2e}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
