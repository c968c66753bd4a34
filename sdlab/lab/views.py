"""Views that several labs show (delays, steps on one time axis), and how a view copies what it shows."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar, cast

from sdlab.blocks.histogram import LogHistogram, edge_of

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class BucketView:
    """How many samples lie from `low` to `high`, ms."""

    low: float = 0.0
    high: float = 0.0
    samples: int = 0


@dataclass(frozen=True, slots=True)
class DelayView:
    """Delays of the last seconds, ms."""

    buckets: tuple[BucketView, ...] = ()
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    samples: int = 0


def delay_view(seen: LogHistogram) -> DelayView:
    """A histogram of milliseconds, ready to be drawn: the buckets that hold something, and the quantiles."""
    return DelayView(
        buckets=tuple(
            BucketView(round(edge_of(n), 3), round(edge_of(n + 1), 3), count)
            for n, count in enumerate(seen.counts)
            if count
        ),
        p50=round(seen.quantile(0.50), 2),
        p95=round(seen.quantile(0.95), 2),
        p99=round(seen.quantile(0.99), 2),
        samples=seen.total,
    )


@dataclass(frozen=True, slots=True)
class StepView:
    """Something that an actor did, on the axis of the lanes, ms; tones are those of a hop's outcome."""

    label: str = ""
    start_ms: float = 0.0
    end_ms: float = 0.0
    tone: str = "none"


@dataclass(frozen=True, slots=True)
class LaneView:
    """The steps of one actor."""

    label: str = ""
    segments: tuple[StepView, ...] = ()


def step_view(label: str, began: float, ended: float, tone: str, *, since: float) -> StepView:
    """A step from `began` to `ended`, seconds, on an axis that begins at `since`."""
    return StepView(label, round((began - since) * 1000, 2), round((ended - since) * 1000, 2), tone)


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.init)


def view_of(kind: type[V], source: object, /, **overrides: Any) -> V:
    """A view that shows fields of `source` of the same names; `overrides` are those that differ.

    `TypeError` for a field that neither has, even where the view has a default: a default would
    be shown as if it were known.

    >>> view_of(LaneView, BucketView(), label="a", segments=())
    LaneView(label='a', segments=())
    """
    names = _field_names(cast(Any, kind))
    given = {name: getattr(source, name) for name in names if name not in overrides and hasattr(source, name)}
    missing = [name for name in names if name not in overrides and name not in given]
    if missing:
        raise TypeError(f"{type(source).__name__} does not say {', '.join(missing)} of {kind.__name__}")
    return kind(**given, **overrides)
