"""Pictures of counting: a grid of shared counters, a heap, slots on hosts, slices of windows, stages, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

COUNTS = script(__name__, "counts.jsx")


class CounterGrid(rx.Component):
    """Rows of counters; some were just written or read."""

    library = COUNTS
    tag = "CounterGrid"

    rows: rx.Var[Any]
    written: rx.Var[Any]
    read: rx.Var[Any]
    label: rx.Var[str]


class HeapTree(rx.Component):
    """A heap as the tree that it is."""

    library = COUNTS
    tag = "HeapTree"

    entries: rx.Var[Any]
    label: rx.Var[str]


class SlotMap(rx.Component):
    """Slots coloured and numbered by the host that answers for them."""

    library = COUNTS
    tag = "SlotMap"

    slots: rx.Var[Any]
    label: rx.Var[str]


class Slices(rx.Component):
    """Windows as rows of slices, oldest on the left."""

    library = COUNTS
    tag = "Slices"

    windows: rx.Var[Any]
    label: rx.Var[str]


class ErrorPlot(rx.Component):
    """Errors of estimates over their true counts, under a bound."""

    library = COUNTS
    tag = "ErrorPlot"

    points: rx.Var[Any]
    bound: rx.Var[Any]
    label: rx.Var[str]


def shared_counters(rows: Any, *, written: Any, read: Any, label: str) -> rx.Component:
    """A grid of counters as a heat map. `written` and `read` are `{row, column, minimum, collision}`.

    A cell that was written has a solid frame, one that was read a dashed one; a dot marks the
    least of its key, a cross a cell that others have raised as well.
    """
    return CounterGrid.create(rows=rows, written=written, read=read, label=label)


def meanings() -> rx.Component:
    """The legend of `shared_counters`."""
    signs = (
        ("written", "written"),
        ("read", "read"),
        ("minimum", "the least"),
        ("collision", "shared with others"),
    )
    return rx.el.ul(
        *[
            rx.el.li(rx.el.i(class_name=f"sd-cellkey {sign}", aria_hidden="true"), text)
            for sign, text in signs
        ],
        class_name="sd-keys",
    )


def heap_tree(entries: Any, *, label: str) -> rx.Component:
    """The first entries `{label, count}` of a heap; the smallest count is at the root."""
    return HeapTree.create(entries=entries, label=label)


def slot_map(slots: Any, *, label: str) -> rx.Component:
    """Slots `{id, owner, copies, state}`; state is ok, moved, stale, lost or down."""
    return SlotMap.create(slots=slots, label=label)


def slices(windows: Any, *, label: str) -> rx.Component:
    """Windows `{label, slices: {views, live}, covered_s}`; a slice that is not live has just left."""
    return Slices.create(windows=windows, label=label)


def error_plot(points: Any, *, bound: Any, label: str) -> rx.Component:
    """Points `{label, truth, error}`, and the bound that errors should stay under."""
    return ErrorPlot.create(points=points, bound=bound, label=label)


def stages(rows: Any, *, number: Callable[[Any], Any], label: str) -> rx.Component:
    """Stages `{label, waiting, unit, says, state}` in the order of what flows through them."""
    return rx.el.ol(
        rx.foreach(
            rows,
            lambda one: rx.el.li(
                rx.el.b(one.label),
                rx.el.span(number(one.waiting), rx.el.small(" ", one.unit), class_name="sd-stagefigure"),
                rx.el.small(one.says),
                rx.cond(
                    one.state != "up",
                    rx.el.span("✕ ", one.state, class_name="sd-pill", custom_attrs={"data-tone": "error"}),
                ),
                custom_attrs={"data-state": one.state},
            ),
        ),
        class_name="sd-stages",
        aria_label=label,
    )
