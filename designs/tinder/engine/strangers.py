"""Two people who never met, to like each other at the same instant."""

from __future__ import annotations

from collections.abc import Container

from designs.tinder.engine.people import NAMED
from designs.tinder.engine.swipe_store import home


def strangers(size: int, nonce: int, known: Container[tuple[int, int]]) -> tuple[int, int]:
    """Two of `size` people who are in no pair of `known`, and whose replicas are different ones.

    Some two when there are no such people any more.
    """
    first = nonce % size
    for step in range(size):
        second = (first + 1 + 2 * ((nonce // size + step) % (size // 2))) % size
        pair = (NAMED + first, NAMED + second)
        apart = first != second and home(pair[0]) != home(pair[1])
        if apart and pair not in known and pair[::-1] not in known:
            return pair
    return NAMED, NAMED + 1
