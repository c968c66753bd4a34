"""Parts made of plain HTML: tables, chips, figures, bit fields, gauges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

Cell = Callable[[Any], Any]
Fact = tuple[str, Any, str]  # name, value (text or live var), unit


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and what a row shows there (text, a number, a component)."""

    title: str
    cell: Cell
    numeric: bool = False
    mono: bool = False

    @property
    def style(self) -> str:
        """The classes of a cell in this column."""
        return " ".join(name for name, on in (("num", self.numeric), ("mono", self.mono)) if on)


def column(title: str, cell: Cell, *, numeric: bool = False, mono: bool = False) -> Column:
    """A column; `cell(row)` is called once, with the row's var."""
    return Column(title, cell, numeric, mono)


def data_table(rows: Any, columns: Sequence[Column], *, label: str, empty: str = "") -> rx.Component:
    """A table over a live sequence. `empty` is said while there are no rows."""
    table = rx.el.table(
        rx.el.caption(label, class_name="sd-sr"),
        rx.el.thead(rx.el.tr(*[rx.el.th(one.title, scope="col", class_name=one.style) for one in columns])),
        rx.el.tbody(rx.foreach(rows, lambda row: _row(row, columns))),
        class_name="sd-table",
    )
    if not empty:
        return table
    return rx.cond(rows.length() > 0, table, rx.el.p(empty, class_name="sd-empty"))


def _row(row: Any, columns: Sequence[Column]) -> rx.Component:
    first, *rest = columns
    return rx.el.tr(
        rx.el.th(first.cell(row), scope="row", class_name=first.style),
        *[rx.el.td(one.cell(row), class_name=one.style) for one in rest],
    )


def facts_table(facts: Sequence[tuple[Any, ...]], *, label: str) -> rx.Component:
    """A table of names and values, of pairs or of `Fact`s: what a picture with few numbers says in words."""
    return rx.el.table(
        rx.el.caption(label, class_name="sd-sr"),
        rx.el.tbody(
            *[
                rx.el.tr(
                    rx.el.th(name, scope="row"),
                    rx.el.td(value, *(f" {unit}" for unit in units if unit), class_name="num"),
                )
                for name, value, *units in facts
            ]
        ),
        class_name="sd-table",
    )


def stat_tiles(*stats: Fact) -> rx.Component:
    """Figures side by side: triples of name, value (text or live var) and unit."""
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(name),
                rx.el.dd(rx.el.b(value), rx.el.small(unit) if unit else rx.fragment()),
            )
            for name, value, unit in stats
        ],
        class_name="sd-stats",
    )


def chips(
    rows: Any, face: Cell, *, tone: Cell | None = None, count: Cell | None = None, label: str
) -> rx.Component:
    """A list of small labels in order, as of a cache: `face(row)` and behind it `count(row)`."""
    return rx.el.ol(
        rx.foreach(
            rows,
            lambda row: rx.el.li(
                face(row),
                rx.el.small(count(row)) if count else rx.fragment(),
                class_name="sd-chip mono",
                custom_attrs={"data-tone": tone(row) if tone else "none"},
            ),
        ),
        class_name="sd-chips",
        aria_label=label,
    )


def lru_list(entries: Any, *, key: Cell, hits: Cell, tone: Cell | None = None) -> rx.Component:
    """A cache's entries, most recently used first; the next to go is last."""
    return rx.el.div(
        rx.el.span("newest", class_name="sd-end"),
        chips(entries, key, tone=tone, count=hits, label="Entries, most recently used first"),
        rx.el.span("next to go", class_name="sd-end"),
        class_name="sd-lru",
    )


def pill(text: Any, *, tone: Any = "none") -> rx.Component:
    """A word of state: tone is ok, miss, error, moved, selected or none."""
    return rx.el.span(text, class_name="sd-pill", custom_attrs={"data-tone": tone})


def bit_field(parts: Any, *, name: Cell, value: Cell, bits: Cell, tone: Cell) -> rx.Component:
    """The fields of a number, each as wide as its share of bits; tones s0..s7."""
    return rx.el.ol(
        rx.foreach(
            parts,
            lambda part: rx.el.li(
                rx.el.b(value(part), class_name="mono"),
                rx.el.small(name(part)),
                custom_attrs={"data-tone": tone(part)},
                style={"flex_grow": bits(part)},
            ),
        ),
        class_name="sd-bits",
        aria_label="Fields, most significant first",
    )


def flow(*steps: tuple[str, Any]) -> rx.Component:
    """A value on its way through a computation: pairs of what it is called and what it is, in order."""
    return rx.el.ol(
        *[rx.el.li(rx.el.small(name), rx.el.b(value, class_name="mono")) for name, value in steps],
        class_name="sd-flow",
    )


def gauge(
    value: Any,
    *,
    maximum: Any,
    label: str,
    shown: Any,
    mark: Any = None,
    mark_label: str = "",
    tone: Any = "selected",
) -> rx.Component:
    """A bar filled to `value` of `maximum`, with an optional mark such as a theoretical bound."""
    share = rx.Var.create(value).to(float) / rx.Var.create(maximum).to(float) * 100
    marked = rx.fragment()
    if mark is not None:
        place = rx.Var.create(mark).to(float) / rx.Var.create(maximum).to(float) * 100
        marked = rx.el.i(
            class_name="sd-mark", title=mark_label, style={"left": f"min(100%, calc({place} * 1%))"}
        )
    return rx.el.div(
        rx.el.div(rx.el.span(label), rx.el.b(shown), class_name="sd-gaugehead"),
        rx.el.div(
            rx.el.i(
                class_name="sd-fill",
                custom_attrs={"data-tone": tone},
                style={"width": f"min(100%, calc({share} * 1%))"},
            ),
            marked,
            class_name="sd-bar",
            aria_label=label,
            custom_attrs={
                "role": "meter",
                "aria-valuenow": _plain_number(value),
                "aria-valuemin": 0,
                "aria-valuemax": maximum,
            },
        ),
        class_name="sd-gauge",
    )


def _plain_number(value: Any) -> rx.Var[str]:
    """Four decimals and no exponent, as assistive technology wants it."""
    var = rx.Var.create(value)
    return rx.Var(f"Number({var!s}).toFixed(4)", _var_type=str, _var_data=var._get_all_var_data())
