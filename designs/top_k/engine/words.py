"""Numbers with what they count."""

from __future__ import annotations


def amount(count: int, one: str, many: str = "") -> str:
    """A number and its noun.

    >>> amount(1, "view"), amount(2000, "view"), amount(0, "copy", "copies")
    ('1 view', '2,000 views', '0 copies')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
