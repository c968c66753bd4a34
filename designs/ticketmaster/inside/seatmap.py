"""A hall with its seats, and the table of who holds which of them for how long."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

SEATMAP = script(__name__, "seatmap.jsx")


class HallPicture(rx.Component):
    """All seats of a hall as its stores have them."""

    library = SEATMAP
    tag = "HallPicture"

    seats: rx.Var[str]
    held: rx.Var[Any]
    rows: rx.Var[str]
    per_row: rx.Var[int]
    tiers: rx.Var[Any]
    hold_s: rx.Var[Any]
    label: rx.Var[str]


class LockTable(rx.Component):
    """Locks with what is left of their time."""

    library = SEATMAP
    tag = "LockTable"

    rows: rx.Var[Any]
    empty: rx.Var[str]
    label: rx.Var[str]


def hall_picture(
    seats: Any, *, held: Any, rows: str, per_row: int, tiers: Any, hold_s: Any, label: str
) -> rx.Component:
    """Seats as one letter each in order of rows: f free, h held, o overdue, s sold, d sold twice.

    `held` are `{seat, by, left_s}`; a holder called "buyer X" is marked with its letter. `tiers`
    are `{name, rows, cents}`, `hold_s` is how long a hold lasts.
    """
    return HallPicture.create(
        seats=seats, held=held, rows=rows, per_row=per_row, tiers=tiers, hold_s=hold_s, label=label
    )


def lock_table(rows: Any, *, label: str, empty: Any) -> rx.Component:
    """Locks `{seat, by, hold, left_s, share}` with a bar of `share` per cent; `empty` is said without any."""
    return LockTable.create(rows=rows, label=label, empty=empty)
