"""The newest of what was noted, in memory and bounded."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

NOTED = 20_000


class Recent(Generic[K, V]):
    """The newest `most` things that were noted; the oldest is forgotten for a new one."""

    def __init__(self, most: int = NOTED) -> None:
        self._most = most
        self._noted: OrderedDict[K, V] = OrderedDict()

    def note(self, key: K, value: V) -> None:
        """Note it as the newest."""
        self._noted[key] = value
        self._noted.move_to_end(key)
        if len(self._noted) > self._most:
            self._noted.popitem(last=False)

    def get(self, key: K) -> V | None:
        """What was noted, while it is among the newest."""
        return self._noted.get(key)

    def drop(self, key: K) -> None:
        """It no longer holds."""
        self._noted.pop(key, None)

    def newest(self, count: int) -> list[V]:
        """The newest `count`, newest first."""
        return [value for value, _ in zip(reversed(self._noted.values()), range(count), strict=False)]

    def __contains__(self, key: object) -> bool:
        return key in self._noted
