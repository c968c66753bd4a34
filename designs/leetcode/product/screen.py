"""The desk of somebody who solves problems: the problem, an editor, samples, verdicts, the leaderboard."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components import sheets as sheets
from components.scripts import script

SCREEN = script(__name__, "screen.jsx")
EDITOR = script(__name__, "editor.jsx")


class Screen(rx.Component):
    """Problems and what became of answers to them; the editor is loaded after the page is shown."""

    library = SCREEN
    tag = "Screen"
    lib_dependencies: list[str] = [
        "@uiw/react-codemirror@4.25.12",
        "@codemirror/lang-python@6.2.1",
        "@codemirror/lang-javascript@6.2.4",
    ]

    screen: rx.Var[Any]
    ready: rx.Var[bool]
    problems: rx.Var[list]
    attacks: rx.Var[list]
    ran: rx.Var[dict]
    wrong: rx.Var[str]
    on_run: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str)]
    on_submit: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str)]
    on_attack: rx.EventHandler[rx.event.passthrough_event_spec(str)]
