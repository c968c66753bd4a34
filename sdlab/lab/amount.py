"""How many of a thing there are, in words: one is not many."""

from __future__ import annotations


def amount(count: int, one: str, many: str = "") -> str:
    """The count with its noun; `many` is the plural where that is not `one` with an s.

    >>> amount(1, "entry", "entries"), amount(1200, "row")
    ('1 entry', '1,200 rows')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
