"""The presenter's view of a class; loaded on its own page only."""

from __future__ import annotations

import reflex as rx

from components import in_class as in_class  # the script imports those of the class and of its exercises
from components import set_exercise as set_exercise
from components import set_prediction as set_prediction
from components.scripts import script

PRESENTER = script(__name__, "presenter.jsx")


class Presenter(rx.Component):
    """The whole page; its children are the logo and the switch between light and dark."""

    library = PRESENTER
    tag = "Presenter"

    labs: rx.Var[list]
