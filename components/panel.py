"""The frame that every panel has: title, what it says, unit, headline figure, legend, and the same data as a table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls  # the panel's script imports that of the controls

PANEL = rx.asset("panel.jsx", shared=True).importable_path


class Panel(rx.Component):
    """Children in this order: figure, legend, body, twin. A child that throws is shown as failed in its frame."""

    library = PANEL
    tag = "Panel"

    anchor: rx.Var[str]
    title: rx.Var[str]
    says: rx.Var[str]
    unit: rx.Var[str]
    span: rx.Var[int]


def panel(
    title: str,
    *,
    says: str,
    body: rx.Component,
    twin: rx.Component,
    id: str,
    unit: str = "",
    figure: Any = "",
    legend: rx.Component | None = None,
    span: int = 1,
) -> rx.Component:
    """One panel of the inside.

    `says` is one sentence on what is to be seen, `figure` the headline number (a live var or a
    component), `twin` a table of the same data, `id` where links and lessons point to, `span`
    how many of the three columns it takes.
    """
    return Panel.create(
        rx.el.span(figure),
        legend if legend is not None else rx.el.span(),
        rx.el.div(body),
        rx.el.div(twin),
        anchor=id,
        title=title,
        says=says,
        unit=unit,
        span=span,
    )


def legend(*entries: tuple[str, str]) -> rx.Component:
    """What colours and signs mean: pairs of tone (ok, miss, error, moved, selected, s0..s7) and text."""
    return rx.el.ul(
        *[rx.el.li(rx.el.i(class_name=f"sd-key {tone}", aria_hidden="true"), text) for tone, text in entries],
        class_name="sd-keys",
    )
