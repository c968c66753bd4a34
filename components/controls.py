"""Small controls that several parts of a page use."""

from __future__ import annotations

import reflex as rx

from components.scripts import script

CONTROLS = script(__name__, "controls.jsx")


class CopyButton(rx.Component):
    """Copies `text`; says so in place for a moment."""

    library = CONTROLS
    tag = "CopyButton"

    text: rx.Var[str]
    label: rx.Var[str]
    name: rx.Var[str]


class CopyAddress(rx.Component):
    """Copies the address of the page as it stands."""

    library = CONTROLS
    tag = "CopyAddress"

    label: rx.Var[str]


class OwnLink(rx.Component):
    """A link on this server that opens in a new tab, written with its host."""

    library = CONTROLS
    tag = "OwnLink"

    path: rx.Var[str]


class CopyOwnLink(rx.Component):
    """Copies the full address of a path on this server."""

    library = CONTROLS
    tag = "CopyOwnLink"

    path: rx.Var[str]
    name: rx.Var[str]


class Choice(rx.Component):
    """One of a few `options`, pairs of value and label. What the visitor chose shows before a frame says so."""

    library = CONTROLS
    tag = "Choice"

    label: rx.Var[str]
    options: rx.Var[list[list[str]]]
    current: rx.Var[str]
    on_choose: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def copy_button(text: str | rx.Var[str], *, label: str = "Copy", name: str = "") -> rx.Component:
    """A button that copies `text`; `name` is what a screen reader says of it."""
    return CopyButton.create(text=text, label=label, name=name or label)


def theme_toggle() -> rx.Component:
    """Switches between light and dark; follows the system until used."""
    return rx.el.button(
        rx.el.span("◐", aria_hidden="true"),
        type="button",
        class_name="sd-btn icon",
        aria_label="Switch between light and dark",
        title="Light or dark",
        on_click=rx.toggle_color_mode,
    )
