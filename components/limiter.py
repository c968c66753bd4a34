"""Parts that show limits at work: answers on a time axis, lanes of several judges, buckets, windows, senders."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store

LIMITER = rx.asset("limiter.jsx", shared=True).importable_path

ONE = rx.event.passthrough_event_spec(str)


class JudgeLanes(rx.Component):
    """What several judges said of the same requests."""

    library = LIMITER
    tag = "JudgeLanes"

    rows: rx.Var[list]
    times: rx.Var[list]
    now: rx.Var[float]
    span: rx.Var[float]
    window: rx.Var[float]
    label: rx.Var[str]


class Buckets(rx.Component):
    """Vessels and their levels."""

    library = LIMITER
    tag = "Buckets"

    rows: rx.Var[list]


class WindowAxis(rx.Component):
    """Aligned windows in time, with counts."""

    library = LIMITER
    tag = "WindowAxis"

    rows: rx.Var[list]
    limit: rx.Var[int]
    width: rx.Var[float]
    now: rx.Var[float]
    height: rx.Var[int]
    label: rx.Var[str]


class LogAxis(rx.Component):
    """The times that a log holds."""

    library = LIMITER
    tag = "LogAxis"

    rows: rx.Var[list]
    held: rx.Var[int]
    limit: rx.Var[int]
    window: rx.Var[float]
    now: rx.Var[float]
    label: rx.Var[str]


class RuleForm(rx.Component):
    """The rule as a sentence with fields."""

    library = LIMITER
    tag = "RuleForm"

    algorithms: rx.Var[list]
    knobs: rx.Var[list]
    config: rx.Var[dict]
    on_rule: rx.EventHandler[rx.event.passthrough_event_spec(str, float)]
    on_algorithm: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]


class Senders(rx.Component):
    """People who send requests, each with the answers so far."""

    library = LIMITER
    tag = "Senders"

    people: rx.Var[list]
    now: rx.Var[float]
    span: rx.Var[float]
    focus: rx.Var[str]
    on_send: rx.EventHandler[ONE]
    on_burst: rx.EventHandler[ONE]
    on_rate: rx.EventHandler[rx.event.passthrough_event_spec(str, float)]
    on_focus: rx.EventHandler[ONE]


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
