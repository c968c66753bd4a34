"""What is around the labs: tabs, keyboard, palette, help, the filter of the catalogue, shell commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from components import asked as asked
from components import places as places
from components import replay as replay
from components import sheets as sheets  # the script imports those of places, questions, replay and sheets
from components.scripts import script

SHELL = script(__name__, "shell.jsx")


class Tabs(rx.Component):
    """Tabs that live in the browser; the address says which is chosen."""

    library = SHELL
    tag = "Tabs"

    tabs: rx.Var[list]


class Keys(rx.Component):
    """The keyboard of every page."""

    library = SHELL
    tag = "Keys"


class Help(rx.Component):
    """The card of keys."""

    library = SHELL
    tag = "Help"


class HelpButton(rx.Component):
    """Opens the card of keys."""

    library = SHELL
    tag = "HelpButton"


class Palette(rx.Component):
    """Finds labs, and what the page offers to jump to (elements with `data-jump`)."""

    library = SHELL
    tag = "Palette"

    labs: rx.Var[list]
    concepts: rx.Var[list]


class FindButton(rx.Component):
    """Opens the palette."""

    library = SHELL
    tag = "FindButton"


class CardFilter(rx.Component):
    """Hides the cards below it that do not match what is typed."""

    library = SHELL
    tag = "CardFilter"

    total: rx.Var[int]


class Curl(rx.Component):
    """A call of the API as a shell command for the visitor's room, and made from the page."""

    library = SHELL
    tag = "Curl"

    title: rx.Var[str]
    method: rx.Var[str]
    path: rx.Var[str]
    body: rx.Var[str]
    saves: rx.Var[dict]
    headers: rx.Var[dict]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its id in the address, its name, what it shows."""

    id: str
    label: str
    body: Any


def tabs(parts: Sequence[Tab], *more: rx.Component) -> rx.Component:
    """Tabs in that order; the number keys follow it. Of `more` the first ends their bar, the rest is below."""
    return Tabs.create(
        *[rx.el.div(one.body) for one in parts],
        *more,
        tabs=[{"id": one.id, "label": one.label} for one in parts],
    )
