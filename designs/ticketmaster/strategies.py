"""Who may choose seats of a popular event."""

from __future__ import annotations


class FreeForAll:
    """Whoever comes is inside."""

    label = "free-for-all"
    tradeoff = "Nobody waits, but everybody fights for the same seats at once."


class Batches:
    """A sorted set in order of arrival; places are given in batches."""

    label = "waiting room, in batches"
    tradeoff = "A fair order and a bounded crowd; buyers wait, and a token must be checked."


ADMISSIONS: dict[str, type[FreeForAll] | type[Batches]] = {"free": FreeForAll, "queue": Batches}
