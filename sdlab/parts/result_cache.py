"""Answers that are kept for those who ask the same again, bounded in number and in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

from sdlab.blocks.lru import LruCache, Slot

G = TypeVar("G", bound=Hashable)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ResultCache(Generic[G, K, V]):
    """At most `capacity` answers, the least recently used goes first; none is older than `lifetime` seconds.

    Answers belong to groups. After `forget(group)` no answer is given that was read before it, also
    not one whose reading was still under way: take `generation(group)` before reading, and hand it
    to `put`. Times are the caller's clock.
    """

    def __init__(self, capacity: int, *, lifetime: float = float("inf")) -> None:
        self._kept: LruCache[tuple[G, K], V] = LruCache(capacity, lifetime=lifetime)
        self._keys: dict[G, set[tuple[G, K]]] = {}
        self._forgotten: Counter[G] = Counter()

    def get(self, group: G, key: K, *, now: float) -> V | None:
        """The kept answer, if it may be given."""
        found = self._kept.get((group, key), now=now)
        if found is None:
            self._drop((group, key))
        return found

    def generation(self, group: G) -> int:
        """How often the group was forgotten so far."""
        return self._forgotten[group]

    def put(self, group: G, key: K, value: V, *, now: float, generation: int) -> bool:
        """Keep an answer; false, and nothing is kept, when its group was forgotten since it was read."""
        if generation != self._forgotten[group]:
            return False
        gone = self._kept.put((group, key), value, now=now)
        self._keys.setdefault(group, set()).add((group, key))
        if gone is not None:
            self._drop(gone)
        return True

    def forget(self, group: G) -> int:
        """What the group's answers were read from has changed; how many were kept."""
        self._forgotten[group] += 1
        return sum(self._kept.discard(one) for one in self._keys.pop(group, ()))

    def newest(self, count: int) -> list[tuple[K, Slot[V]]]:
        """The most recently used keys with what is kept for them, newest first."""
        return [(key, slot) for (_, key), slot in self._kept.newest(count)]

    def __len__(self) -> int:
        return len(self._kept)

    def _drop(self, entry: tuple[G, K]) -> None:
        keys = self._keys.get(entry[0])
        if keys is not None:
            keys.discard(entry)
            if not keys:
                del self._keys[entry[0]]
