"""Posting lists side by side on one axis of ids, and a walk over them played step by step."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

POSTINGS = script(__name__, "postings.jsx")


class Postings(rx.Component):
    """Lists, and the steps of a walk over them."""

    library = POSTINGS
    tag = "Postings"

    lists: rx.Var[Any]
    steps: rx.Var[Any]
    walk: rx.Var[str]
    label: rx.Var[str]
    more: rx.Var[int]


def postings(lists: Any, steps: Any, *, walk: Any, label: str, more: Any = 0) -> rx.Component:
    """Lists `{label, ids, total}` from top to bottom and the `Step`s of `sdlab.blocks.posting_list` over them.

    `ids` are the first of the list, as far as the steps go (some 200 at most), `total` is the length of the whole list.
    `walk` names the walk in words: another name begins from the first step, by itself, and is the
    caption. `more` says how many steps followed that are not given.
    """
    return Postings.create(lists=lists, steps=steps, walk=walk, label=label, more=more)
