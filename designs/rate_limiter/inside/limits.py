"""Limits at work: lanes of several algorithms, buckets, windows, a log. Times are Unix seconds."""

from __future__ import annotations

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

LIMITS = script(__name__, "limits.jsx")


class AlgorithmLanes(rx.Component):
    """What several algorithms said of the same requests.

    A lane is `{id, label, decides, verdicts, delays, passed, refused}`, one sign of `verdicts` per
    time: `1` passed, `h` passed after waiting `delays` seconds, `0` refused, `-` not evaluated.
    Edges of aligned windows (`window` seconds) are marked, and the window that ends now.
    """

    library = LIMITS
    tag = "AlgorithmLanes"

    rows: rx.Var[list]
    times: rx.Var[list]
    now: rx.Var[float]
    span: rx.Var[float]
    window: rx.Var[float]
    label: rx.Var[str]


class Buckets(rx.Component):
    """Buckets `{id, label, level, capacity, unit, says, decides}` and how full they are."""

    library = LIMITS
    tag = "Buckets"

    rows: rx.Var[list]


class WindowAxis(rx.Component):
    """Aligned windows `{start, asked, fixed, counter, log}` of `width` seconds in time, with counts."""

    library = LIMITS
    tag = "WindowAxis"

    rows: rx.Var[list]
    limit: rx.Var[int]
    width: rx.Var[float]
    now: rx.Var[float]
    label: rx.Var[str]


class LogAxis(rx.Component):
    """The times that a log holds: entries `{t, leaves_in}`, newest first."""

    library = LIMITS
    tag = "LogAxis"

    rows: rx.Var[list]
    held: rx.Var[int]
    limit: rx.Var[int]
    window: rx.Var[float]
    now: rx.Var[float]
    label: rx.Var[str]
