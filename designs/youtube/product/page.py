"""The product: a video site; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.youtube.config import Config
from designs.youtube.inside.panels import panels
from designs.youtube.inside.views import Snapshot
from designs.youtube.product.screen import Screen
from designs.youtube.product.state import YoutubeState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of YouTube."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return Screen.create(
        screen=newest.screen,
        ready=newest.screen.videos >= 0,
        wrong=YoutubeState.wrong,
        on_give_up=YoutubeState.give_up,
    )
