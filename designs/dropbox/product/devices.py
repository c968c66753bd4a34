"""The devices: folders, an editor, pictures, versions, the line."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of controls, the live store and the sheets
from components import sheets as sheets
from components.scripts import script

DEVICES = script(__name__, "devices.jsx")


class Devices(rx.Component):
    """Two folders side by side."""

    library = DEVICES
    tag = "Devices"

    devices: rx.Var[Any]
    api: rx.Var[str]
    on_save: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str)]
    on_create: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_rename: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str)]
    on_delete: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_open: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_offline: rx.EventHandler[rx.event.passthrough_event_spec(str, bool)]
