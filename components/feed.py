"""The event feed: what just happened, and why, in plain sentences."""

from __future__ import annotations

import reflex as rx

from components import replay as replay  # the script imports that of the replay
from components.scripts import script

FEED = script(__name__, "feed.jsx")


class Feed(rx.Component):
    """The events of the frame shown; one with a trace replays it on the strip."""

    library = FEED
    tag = "Feed"

    lab: rx.Var[str]
