"""The panels of every lab by their titles, for pages that let somebody choose one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from importlib import import_module

import reflex as rx

from sdlab.lab import Design

MakePage = Callable[[Design], rx.Component]
_FOUND: ContextVar[dict[str, str] | None] = ContextVar("panels", default=None)


def only_names(panels: Sequence[rx.Component]) -> bool:
    """Whether the page that is being made is wanted for the names of its panels alone, which are noted."""
    found = _FOUND.get()
    if found is None:
        return False
    found |= {_text(one.anchor): _text(one.title) for one in panels}  # type: ignore[attr-defined]
    return True


def panel_names(design: Design) -> dict[str, str]:
    """Title by id, in the order in which the page shows them."""
    module, _, name = design.page.partition(":")
    make: MakePage = getattr(import_module(module), name)
    found: dict[str, str] = {}
    before = _FOUND.set(found)
    try:
        make(design)
    finally:
        _FOUND.reset(before)
    return found


def _text(prop: rx.Var[str]) -> str:
    return str(prop._var_value)  # type: ignore[attr-defined]
