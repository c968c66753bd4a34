"""Limits at work: lanes of several algorithms, buckets, windows, a log."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store

LIMITS = rx.asset("limits.jsx", shared=True).importable_path


class AlgorithmLanes(rx.Component):
    """What several algorithms said of the same requests."""

    library = LIMITS
    tag = "AlgorithmLanes"

    rows: rx.Var[list]
    times: rx.Var[list]
    now: rx.Var[float]
    span: rx.Var[float]
    window: rx.Var[float]
    label: rx.Var[str]


class Buckets(rx.Component):
    """How full each bucket is."""

    library = LIMITS
    tag = "Buckets"

    rows: rx.Var[list]


class WindowAxis(rx.Component):
    """Aligned windows in time, with counts."""

    library = LIMITS
    tag = "WindowAxis"

    rows: rx.Var[list]
    limit: rx.Var[int]
    width: rx.Var[float]
    now: rx.Var[float]
    height: rx.Var[int]
    label: rx.Var[str]


class LogAxis(rx.Component):
    """The times that a log holds."""

    library = LIMITS
    tag = "LogAxis"

    rows: rx.Var[list]
    held: rx.Var[int]
    limit: rx.Var[int]
    window: rx.Var[float]
    now: rx.Var[float]
    label: rx.Var[str]


def algorithm_lanes(rows: Any, *, times: Any, now: Any, span: Any, window: Any, label: str) -> rx.Component:
    """Lanes `{id, label, decides, verdicts, delays, passed, refused}`, one sign of `verdicts` per time.

    Signs: `1` passed, `h` passed after waiting `delays` seconds, `0` refused, `u` unchecked, `d`
    no answer. Edges of aligned windows (`window` seconds) are marked, and the window that ends now.
    """
    return AlgorithmLanes.create(rows=rows, times=times, now=now, span=span, window=window, label=label)


def buckets(rows: Any) -> rx.Component:
    """Buckets `{id, label, level, capacity, unit, says, decides}`."""
    return Buckets.create(rows=rows)


def window_axis(
    rows: Any, *, limit: Any, width: Any, now: Any, label: str, height: int = 128
) -> rx.Component:
    """Windows `{start, asked, fixed, counter, log}` of `width` seconds on a time axis."""
    return WindowAxis.create(rows=rows, limit=limit, width=width, now=now, height=height, label=label)


def log_axis(rows: Any, *, held: Any, limit: Any, window: Any, now: Any, label: str) -> rx.Component:
    """Entries `{t, leaves_in}`, newest first."""
    return LogAxis.create(rows=rows, held=held, limit=limit, window=window, now=now, label=label)
