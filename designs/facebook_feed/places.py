"""Where a post stands in time: the entry that stands for it in every list, and the cursor that names a place.

All lists are Redis sorted sets with equal scores, which Redis then keeps in the order of their bytes. An
entry begins with fixed-width digits of its time and id, so that this order is the order of time.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import NamedTuple

WIDTH = 10
MAX_CURSOR = 64
MOST = 10**WIDTH - 1


class Place(NamedTuple):
    """Time in whole Unix seconds, then id: no two posts share it, and it never changes."""

    at: int
    id: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as lists have it: where it stands, and who wrote it."""

    place: Place
    author: int

    @property
    def written(self) -> str:
        """The member of a sorted set.

        >>> Entry(Place(1_800_000_000, 42), 7).written
        '18000000000000000042:7'
        """
        return f"{self.place.at:0{WIDTH}d}{self.place.id:0{WIDTH}d}:{self.author}"


def read_entry(written: str) -> Entry:
    """The entry that was written so.

    >>> read_entry("18000000000000000042:7") == Entry(Place(1_800_000_000, 42), 7)
    True
    """
    return Entry(Place(int(written[:WIDTH]), int(written[WIDTH : 2 * WIDTH])), int(written[2 * WIDTH + 1 :]))


class BadCursor(ValueError):
    """A text that is no cursor of ours."""


def encode_cursor(place: Place) -> str:
    """An opaque text for a place.

    >>> decode_cursor(encode_cursor(Place(1_800_000_000, 42)))
    Place(at=1800000000, id=42)
    """
    return base64.urlsafe_b64encode(f"{place.at}.{place.id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Place:
    """The place that a cursor names; `BadCursor` for anything that `encode_cursor` did not give."""
    if not 0 < len(cursor) <= MAX_CURSOR or not cursor.isascii():
        raise BadCursor(cursor)
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        at, _, id = text.partition(".")
        place = Place(int(at), int(id))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise BadCursor(cursor) from None
    if not (0 <= place.at <= MOST and 0 <= place.id <= MOST) or encode_cursor(place) != cursor:
        raise BadCursor(cursor)
    return place
