"""Limits at work: lanes of several judges, buckets, windows, a log."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

LIMITS = script(__name__, "limits.jsx")


class JudgeLanes(rx.Component):
    """What several judges said of the same requests."""

    library = LIMITS
    tag = "JudgeLanes"

    rows: rx.Var[list]
    times: rx.Var[list]
    now: rx.Var[float]
    span: rx.Var[float]
    window: rx.Var[float]
    label: rx.Var[str]


class Buckets(rx.Component):
    """Vessels and their levels."""

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


def judge_lanes(rows: Any, *, times: Any, now: Any, span: Any, window: Any, label: str) -> rx.Component:
    """Lanes `{id, label, decides, verdicts, delays, passed, refused}`, one sign of `verdicts` per time.

    Signs: `1` passed, `h` passed after waiting `delays` seconds, `0` refused, `u` unchecked, `d`
    no answer. Edges of aligned windows (`window` seconds) are marked, and the window that ends now.
    """
    return JudgeLanes.create(rows=rows, times=times, now=now, span=span, window=window, label=label)


def buckets(rows: Any) -> rx.Component:
    """Vessels `{id, label, level, capacity, unit, says, decides}`."""
    return Buckets.create(rows=rows)


def window_axis(
    rows: Any, *, limit: Any, width: Any, now: Any, label: str, height: int = 128
) -> rx.Component:
    """Windows `{start, asked, fixed, counter, log}` of `width` seconds on a time axis."""
    return WindowAxis.create(rows=rows, limit=limit, width=width, now=now, height=height, label=label)


def log_axis(rows: Any, *, held: Any, limit: Any, window: Any, now: Any, label: str) -> rx.Component:
    """Entries `{t, leaves_in}`, newest first."""
    return LogAxis.create(rows=rows, held=held, limit=limit, window=window, now=now, label=label)
