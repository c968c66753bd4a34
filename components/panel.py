"""The frame of every panel: title, what it says, its source, unit, figure, legend, and the same data as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx

from components import asked as asked
from components import controls as controls
from components import (
    live as live,  # the panel's script imports those of questions, controls and the live store
)
from components.scripts import script
from components.share import SHARE as SHARE
from components.sources import Source
from components.tables import Fact, facts_table, stat_tiles

BLUE = ("ok", "selected")  # tones that a legend draws alike
PANEL = script(__name__, "panel.jsx")


class Panel(rx.Component):
    """Children in this order: figure, legend, body, table. A child that throws is shown as failed in its frame."""

    library = PANEL
    tag = "Panel"

    anchor: rx.Var[str]
    title: rx.Var[str]
    says: rx.Var[str]
    sources: rx.Var[list[dict[str, str]]]
    unit: rx.Var[str]
    span: rx.Var[int]


def panel(
    title: str,
    *,
    says: str,
    source: Source | Sequence[Source],
    id: str,
    body: rx.Component | None = None,
    table: rx.Component | None = None,
    facts: Sequence[Fact] = (),
    unit: str = "",
    figure: Any = "",
    legend: rx.Component | None = None,
    span: int = 1,
) -> rx.Component:
    """One panel of the inside.

    `says` is one sentence on what is to be seen, `source` where that comes from (several, where it
    comes from several), `figure` the headline number (a live var or a component; without one, the
    first fact), `id` where links and lessons point to, `span` how many of the three columns it takes.
    `facts` (name, value, unit) are shown as figures above the body and again in the table, so that
    both say the same; `table` holds the data of the body.
    `TypeError` for a panel with nothing to show, without a table or without a source.
    """
    sources = (source,) if isinstance(source, Source) else tuple(source)
    if not sources:
        raise TypeError(f"panel {id!r} does not say where it has its data from")
    shown = _both(stat_tiles(*facts) if facts else None, body)
    said = _both(facts_table(facts, label=title) if facts else None, table)
    if shown is None or said is None:
        raise TypeError(f"panel {id!r} needs a body and a table, or facts")
    return Panel.create(
        rx.el.span(_headline(figure, facts)),
        legend if legend is not None else rx.el.span(),
        rx.el.div(shown),
        rx.el.div(said),
        anchor=id,
        title=title,
        says=says,
        sources=[{"kind": one.kind, "store": one.store or "", "text": one.text} for one in sources],
        unit=unit,
        span=span,
    )


def _headline(figure: Any, facts: Sequence[Fact]) -> Any:
    """The figure that stands for the panel when it is folded: its own, else the first fact."""
    if not isinstance(figure, str) or figure or not facts:
        return figure
    name, value, unit = facts[0]
    return rx.el.span(rx.el.b(value), f" {unit} {name}".replace("  ", " "), class_name="sd-whenfolded")


def _both(first: rx.Component | None, second: rx.Component | None) -> rx.Component | None:
    if first is None or second is None:
        return first if second is None else second
    return rx.el.div(first, second, class_name="sd-stack")


def legend(*entries: tuple[str, str]) -> rx.Component:
    """What colours and signs mean: pairs of tone and text. `ValueError` where two of them look alike.

    Tones: ok and selected (both blue), good (green), miss, error, moved, s0..s7.
    """
    looks = [BLUE if tone in BLUE else tone for tone, _ in entries]
    if len(set(looks)) < len(looks):
        raise ValueError(f"two entries of a legend look alike: {entries}")
    return rx.el.ul(
        *[rx.el.li(rx.el.i(class_name=f"sd-key {tone}", aria_hidden="true"), text) for tone, text in entries],
        class_name="sd-keys",
    )
