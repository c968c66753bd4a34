"""The newest of something: bounded memory for what nobody needs for good."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """At most `most` entries; when another one is put in, the one put in longest ago goes.

    >>> some = Recent[str, int](2)
    >>> some["a"], some["b"], some["a"], some["c"] = 1, 2, 3, 4
    >>> dict(some)
    {'a': 3, 'c': 4}
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)
