"""An icon and a hue for each group of labs."""

from __future__ import annotations

import reflex as rx

from sdlab.lab import GROUPS

# Strokes on a square of 16: a globe, two people, a pin, bars, a sheet, a cog.
ICONS = (
    "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M1.5 8h13M8 1.5c-4 4-4 9 0 13c4-4 4-9 0-13",
    "M6 7a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5M1.5 14c0-6 9-6 9 0M11 7.5a2 2 0 1 0 0-4M11.5 9.5c2 .3 3 2 3 4.5",
    "M8 14.5c-3-4-4.5-6-4.5-8.5a4.5 4.5 0 0 1 9 0c0 2.5-1.5 4.5-4.5 8.5M8 7.5a1.5 1.5 0 1 0 0-3"
    "a1.5 1.5 0 0 0 0 3",
    "M2 14.5V9M6 14.5V4M10 14.5V7M14 14.5V1.5",
    "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M6 8h4M6 11h4",
    "M8 10.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4"
    "M11.2 11.2l1.4 1.4M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4",
)


def group_icon(group: str) -> rx.Component:
    """The sign of that group in its hue; says nothing that the group's name beside it does not."""
    at = GROUPS.index(group)
    return rx.el.svg(
        rx.el.path(d=ICONS[at]),
        class_name=f"sd-groupicon g{at}",
        view_box="0 0 16 16",
        width="16",
        height="16",
        aria_hidden="true",
    )
