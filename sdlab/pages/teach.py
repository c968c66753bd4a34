"""The presenter's page."""

from __future__ import annotations

import reflex as rx

from components.controls import theme_toggle
from components.presenter import Presenter
from sdlab.pages.shell import logo
from sdlab.registry import designs


def teach() -> rx.Component:
    """The page at `/teach/<room>`; who may see it is asked of the server by what is on it."""
    labs = [{"slug": one.slug, "title": one.title} for one in designs()]
    return rx.el.div(Presenter.create(logo(), theme_toggle(), labs=labs), class_name="sd-page")
