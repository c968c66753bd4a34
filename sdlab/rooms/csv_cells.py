"""Cells of exported tables that a spreadsheet shows and never computes.

OWASP, "CSV injection": a cell that begins with one of these signs is taken for a formula.
"""

from __future__ import annotations

from collections.abc import Iterable

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def plain(cells: Iterable[object]) -> list[object]:
    """The cells, with an apostrophe before each text that would be a formula; numbers stay numbers.

    >>> plain(["=1+1", "a=1", -1, "-1"])
    ["'=1+1", 'a=1', -1, "'-1"]
    """
    return [f"'{one}" if isinstance(one, str) and one.startswith(FORMULA_SIGNS) else one for one in cells]
