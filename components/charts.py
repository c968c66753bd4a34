"""Pictures of structures and numbers: each a function over live vars, drawn in the browser."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

CHARTS = script(__name__, "charts.jsx")


class HeatGrid(rx.Component):
    """Rows of counts as a heat map."""

    library = CHARTS
    tag = "HeatGrid"

    rows: rx.Var[Any]
    marks: rx.Var[Any]
    labels: rx.Var[Any]
    maximum: rx.Var[Any]
    label: rx.Var[str]


class BitArray(rx.Component):
    """Bits in reading order."""

    library = CHARTS
    tag = "BitArray"

    bits: rx.Var[str]
    full: rx.Var[int]
    marks: rx.Var[Any]
    tone: rx.Var[str]
    height: rx.Var[int]
    label: rx.Var[str]


class HashRing(rx.Component):
    """Segments of a ring, coloured and numbered by owner."""

    library = CHARTS
    tag = "HashRing"

    segments: rx.Var[Any]
    owner: rx.Var[str]
    marks: rx.Var[Any]
    down: rx.Var[Any]
    centre: rx.Var[str]
    unit: rx.Var[str]
    label: rx.Var[str]
    size: rx.Var[int]


class Series(rx.Component):
    """Lines over time on one scale."""

    library = CHARTS
    tag = "Series"

    lines: rx.Var[Any]
    unit: rx.Var[str]
    height: rx.Var[int]
    span: rx.Var[str]
    label: rx.Var[str]
    digits: rx.Var[int]
    log: rx.Var[bool]


class Trend(rx.Component):
    """Lines over the frames that the browser keeps."""

    library = CHARTS
    tag = "Trend"

    paths: rx.Var[Any]
    count: rx.Var[int]
    unit: rx.Var[str]
    height: rx.Var[int]
    label: rx.Var[str]
    digits: rx.Var[int]
    log: rx.Var[bool]


class Histogram(rx.Component):
    """Counts per bucket on a logarithmic axis with marks at the quantiles."""

    library = CHARTS
    tag = "Histogram"

    buckets: rx.Var[Any]
    p50: rx.Var[Any]
    p95: rx.Var[Any]
    p99: rx.Var[Any]
    height: rx.Var[int]
    label: rx.Var[str]


def counter_grid(
    rows: Any, *, label: str, marks: Any = (), labels: Any = (), maximum: Any = 0
) -> rx.Component:
    """A grid of counters as a heat map: `rows` of counts, `marks` as pairs of row and column."""
    return HeatGrid.create(rows=rows, marks=marks, labels=labels, maximum=maximum, label=label)


def bit_array(
    bits: Any, *, label: str, full: int = 1, marks: Any = (), tone: Any = "selected", height: int = 118
) -> rx.Component:
    """Cells as a string of digits, at most some 2,048: from 0, nothing set, to `full`, all set.

    `marks` are cells that the last operation looked at; the cells shrink to fit `height` pixels.
    """
    return BitArray.create(bits=bits, full=full, marks=marks, tone=tone, height=height, label=label)


def hash_ring(
    segments: Any,
    *,
    label: str,
    centre: Any = "",
    unit: str = "",
    owner: str = "owner",
    marks: Any = (),
    down: Any = (),
    size: int = 148,
) -> rx.Component:
    """A ring of segments with `start` and `end` in turns (0..1); the field `owner` is a number from 0.

    `marks` are `{at, label}`; owners in `down` are drawn as gone.
    """
    return HashRing.create(
        segments=segments,
        owner=owner,
        marks=marks,
        down=down,
        centre=centre,
        unit=unit,
        label=label,
        size=size,
    )


def series(
    lines: Any, *, label: str, unit: str = "", span: str = "", height: int = 92, digits: int = 0
) -> rx.Component:
    """Lines `{label, values, tone}` over time, on one scale from zero."""
    return Series.create(lines=lines, unit=unit, span=span, height=height, label=label, digits=digits)


def line(label: str, values: Any, *, tone: str) -> dict[str, Any]:
    """One line of a series; tone is s0..s7, ok, miss, error or moved."""
    return {"label": label, "values": values, "tone": tone}


def trend(
    *paths: tuple[str, str, str],
    label: str,
    unit: str = "",
    count: int = 150,
    height: int = 92,
    digits: int = 0,
    log: bool = False,
) -> rx.Component:
    """Numbers of the snapshot over the last `count` frames: triples of label, path ("traffic.rate") and tone.

    With `log` each step up doubles.
    """
    return Trend.create(
        paths=[{"label": name, "path": path, "tone": tone} for name, path, tone in paths],
        count=count,
        unit=unit,
        height=height,
        label=label,
        digits=digits,
        log=log,
    )


def histogram(buckets: Any, *, label: str, p50: Any, p95: Any, p99: Any, height: int = 104) -> rx.Component:
    """Latencies as `{low, high, samples}` in ms, with the quantiles marked."""
    return Histogram.create(buckets=buckets, p50=p50, p95=p95, p99=p99, height=height, label=label)
