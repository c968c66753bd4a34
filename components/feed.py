"""The event feed: what just happened, and why, in plain sentences."""

from __future__ import annotations

import reflex as rx

from components import replay as replay  # the script imports that of the replay

FEED = rx.asset("feed.jsx", shared=True).importable_path


class Feed(rx.Component):
    """The events of the frame shown; one with a trace replays it on the strip."""

    library = FEED
    tag = "Feed"

    lab: rx.Var[str]
