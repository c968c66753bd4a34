"""The catalogue of videos: ids v1, v2, … in the order of their popularity, each with a title."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate

from sdlab.lab import Invalid

ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
WALL = 6

FIRST = (
    "Otters juggle pebbles",
    "Sourdough in one pot",
    "Night train to Tromsø",
    "Why bridges hum",
    "Chess in five moves",
    "A cello in the tunnel",
    "Repairing a 1962 radio",
    "Street food of Penang",
)
WHO = ("Otters", "Foxes", "Two pilots", "A glassblower", "Grandma Ines", "The village band", "Tiny robots", "Cave divers",
       "A barista", "Lighthouse keepers", "Beekeepers", "Night bakers")  # fmt: skip
WHAT = ("build a raft", "tune a piano", "cross the glacier", "race kites", "paint a tram", "restore a loom",
        "cook with fire", "map a river", "fold a crane", "surf at dawn", "plant a forest", "grind a lens")  # fmt: skip


def video_id(number: int) -> str:
    """The id of the `number`-th most popular video, from 1."""
    return f"v{number}"


def title(video: str) -> str:
    """A title to show; ids that are not of the catalogue are their own title.

    >>> title("v1"), title("something-else")
    ('Otters juggle pebbles', 'something-else')
    """
    if not (video.startswith("v") and video[1:].isdecimal() and video[1:].isascii()):
        return video
    number = int(video[1:]) - 1
    if 0 <= number < len(FIRST):
        return FIRST[number]
    who, rest = number % len(WHO), number // len(WHO)
    again = rest // len(WHAT)
    part = f", part {again + 1}" if again else ""
    return f"{WHO[who]} {WHAT[rest % len(WHAT)]}{part}"


def checked(video: str) -> str:
    """The id as it is counted; `Invalid` for what cannot be one."""
    if not ID.fullmatch(video):
        raise Invalid("a video id has 1 to 40 letters, digits, _ or -", field="video_id")
    return video


@lru_cache(maxsize=8)
def _popularity(videos: int, skew: float) -> tuple[float, ...]:
    return tuple(accumulate(1 / rank**skew for rank in range(1, videos + 1)))


def pick(u: float, *, videos: int, skew: float) -> str:
    """The video that a chance `u` (0 <= u < 1) falls on: rank r has a share of 1/r^skew of the views.

    >>> pick(0.0, videos=100, skew=1.1), pick(0.999, videos=100, skew=0.0)
    ('v1', 'v100')
    """
    popularity = _popularity(videos, skew)
    return video_id(min(videos, bisect_left(popularity, u * popularity[-1]) + 1))
