"""The figures of a running lab that a class may predict: each is one that its server measures anyway."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from sdlab.lab import NotFound, Tally
from sdlab.lab.snapshot import TrafficView
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.wanted_predictions import TRAFFIC, claim_label, part_label

Group = Literal["traffic", "lab", "part", "claim"]

HEADROOM = 2.5  # how far above what was measured so far a usual range ends
HEADROOM_OF_TIMES = 5.0  # what is slow is often slower by far
SIMPLE = (1.0, 2.0, 2.5, 5.0, 10.0)  # ends of a range, but for powers of ten
EMPTY_TOP = {"ms": 100.0, "%": 100.0}  # by unit, where nothing was measured yet
LEAST_TOP = 10.0
WHOLE = 100.0  # per cent
TIMES = "×"

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Measurable:
    """A figure as it stands: `value` in `unit`, None where nothing was measured of late.

    `group` says whose it is: of all requests (of the last seconds), of the lab's own figures and of its
    claims (both since it was opened), or of a part (of the last seconds). The usual range of predictions
    is from 0 to `top`.
    """

    id: str
    label: str
    unit: str
    group: Group
    value: float | None
    top: float


def measurables(lab: RunningLab) -> tuple[Measurable, ...]:
    """All figures of that lab as they stand; of the stores, what was seen at the last look."""
    return (*_of_traffic(lab), *_of_lab(lab), *_of_parts(lab), *_of_claims(lab))


def measurable(lab: RunningLab, figure: str) -> Measurable:
    """The figure of that id as it stands; `NotFound` where the lab measures no such thing now."""
    for one in measurables(lab):
        if one.id == figure:
            return one
    raise NotFound("this lab measures no such figure now")


def value_now(lab: RunningLab, figure: str) -> float | None:
    """What `measurable` would say of that figure, without the others; None where it is not measured now."""
    group, _, name = figure.partition(".")
    found = _READS[group](lab, name) if group in _READS else None
    return None if found is None else float(found)


def _traffic(lab: RunningLab, name: str) -> float | None:
    view = lab.engine.traffic()
    if name in QUANTILES:
        return _latency(view, name) if view.samples else None
    return {"rate": view.rate, "errors": view.errors}.get(name)


def _latency(view: TrafficView, name: str) -> float:
    return {"p50": view.p50, "p95": view.p95, "p99": view.p99}[name]


def _tally(lab: RunningLab, name: str) -> float | None:
    return next((one.value for one in lab.tallies() if one.id == name), None)


def _part(lab: RunningLab, name: str) -> float | None:
    node = lab.engine.nodes.get(name)
    return node.view().rate if node else None


def _claim(lab: RunningLab, name: str) -> float | None:
    monitor = lab.engine.monitors.get(name)
    return monitor.view().violations if monitor else None


_READS: dict[str, Callable[[RunningLab, str], float | None]] = {
    "traffic": _traffic,
    "tally": _tally,
    "part": _part,
    "broken": _claim,
}


def _of_traffic(lab: RunningLab) -> Iterator[Measurable]:
    lifetime = lab.engine.context.requests.lifetime
    usual = max(lab.playing, *(one.rate for one in lab.design.workloads), 0.0)
    seen = {name: lifetime.quantile(share) for name, share in QUANTILES.items()}
    for name, (label, unit) in TRAFFIC.items():
        value = _traffic(lab, name)
        most = usual / HEADROOM if name == "rate" else seen.get(name, 0.0) if value is None else 0.0
        yield _figure(f"traffic.{name}", label, unit, "traffic", value, seen=most)


def _of_lab(lab: RunningLab) -> Iterator[Measurable]:
    for one in lab.tallies():
        yield _figure(f"tally.{one.id}", _label(one), one.unit, "lab", one.value)


def _of_parts(lab: RunningLab) -> Iterator[Measurable]:
    for id, node in lab.engine.nodes.items():
        yield _figure(f"part.{id}", part_label(node.spec.label), "/s", "part", node.view().rate)


def _of_claims(lab: RunningLab) -> Iterator[Measurable]:
    for id, monitor in lab.engine.monitors.items():
        view = monitor.view()
        yield _figure(f"broken.{id}", claim_label(view.name), TIMES, "claim", view.violations)


def _label(one: Tally) -> str:
    return one.label[:1].upper() + one.label[1:]


def _figure(
    id: str, label: str, unit: str, group: Group, value: float | None, *, seen: float = 0.0
) -> Measurable:
    """`seen` is what else is known of how large it gets."""
    known = None if value is None or not math.isfinite(value) else float(value)
    return Measurable(id, label, unit, group, known, _top(max(seen, known or 0.0), unit))


def _top(most: float, unit: str) -> float:
    """Where a usual range ends, if the most that was measured so far is that.

    >>> _top(120.0, "ms"), _top(40.0, "% of tries"), _top(0.0, "ms"), _top(3.0, "seats")
    (1000.0, 100.0, 100.0, 10.0)
    """
    kind = unit[:1] if unit.startswith("%") else unit
    if kind == "%" and most <= WHOLE:
        return WHOLE
    if most <= 0:
        return EMPTY_TOP.get(kind, LEAST_TOP)
    if kind == "ms":
        return simple_above(HEADROOM_OF_TIMES * most)
    return max(simple_above(HEADROOM * most), LEAST_TOP)


def simple_above(value: float) -> float:
    """The least simple number that is not below a positive one.

    >>> simple_above(0.3), simple_above(26.0), simple_above(100.0)
    (0.5, 50.0, 100.0)
    """
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(one * power for one in SIMPLE if one * power >= value)
