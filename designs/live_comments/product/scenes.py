"""Moving pictures of the streams: drawn by the browser, one scene for each."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

SCENES = script(__name__, "scenes.jsx")


class Scene(rx.Component):
    """The picture of a stream, twelve times a second, three while nobody says anything; still for who wants less motion."""

    library = SCENES
    tag = "Scene"

    id: rx.Var[str]
