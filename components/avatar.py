"""Faces that are drawn from a seed: no picture of anybody, nothing from another host."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.scripts import script

AVATAR = script(__name__, "avatar.jsx")


class Avatar(rx.Component):
    """A round head, `size` pixels wide. Decoration unless it has a `label`."""

    library = AVATAR
    tag = "Avatar"

    seed: rx.Var[str]
    size: rx.Var[int]
    label: rx.Var[str]


class Portrait(rx.Component):
    """The same head with shoulders before a view, filling its parent; for cards."""

    library = AVATAR
    tag = "Portrait"

    seed: rx.Var[str]
    label: rx.Var[str]


def avatar(seed: Any, *, size: Any = 32, label: Any = "") -> rx.Component:
    """The round head of whoever has that seed."""
    return Avatar.create(seed=seed, size=size, label=label)


def portrait(seed: Any, *, label: Any = "") -> rx.Component:
    """The large picture of whoever has that seed."""
    return Portrait.create(seed=seed, label=label)
