"""Bounded caches: the least recently used entry goes first, and, if wanted, entries grow too old."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class Slot(Generic[V]):
    """What is cached for a key: until when it may be served (time of the caller), how often it was."""

    value: V
    until: float
    hits: int = 0


class LruCache(Generic[K, V]):
    """At most `capacity` (>= 1) values; what was not used for the longest time makes place.

    `lifetime` (seconds of the caller's clock) bounds how long after `put` a value is served;
    infinity, the default, sets no bound.

    >>> cache = LruCache(2)
    >>> for key in "aba": _ = cache.get(key, now=0) or cache.put(key, key.upper(), now=0)
    >>> cache.put("c", "C", now=0)
    'b'
    >>> cache.get("a", now=0), cache.get("b", now=0)
    ('A', None)
    """

    __slots__ = ("_slots", "capacity", "evictions", "expirations", "hits", "lifetime", "misses")

    def __init__(self, capacity: int, *, lifetime: float = float("inf")) -> None:
        if capacity < 1 or lifetime <= 0:
            raise ValueError("a cache holds at least one value for some time")
        self.capacity = capacity
        self.lifetime = lifetime
        self.hits = self.misses = self.evictions = self.expirations = 0
        self._slots: OrderedDict[K, Slot[V]] = OrderedDict()

    def get(self, key: K, *, now: float) -> V | None:
        """The value, which becomes the most recently used; None when it is not here or too old."""
        slot = self._slots.get(key)
        if slot is None:
            self.misses += 1
            return None
        if slot.until <= now:
            del self._slots[key]
            self.expirations += 1
            self.misses += 1
            return None
        self._slots.move_to_end(key)
        slot.hits += 1
        self.hits += 1
        return slot.value

    def put(self, key: K, value: V, *, now: float) -> K | None:
        """Keep the value; returns the key that had to go for it, if any."""
        self._slots[key] = Slot(value, now + self.lifetime)
        self._slots.move_to_end(key)
        return self._evict() if len(self._slots) > self.capacity else None

    def discard(self, key: K) -> bool:
        """Forget this key; whether it was here."""
        return self._slots.pop(key, None) is not None

    def clear(self) -> int:
        """Forget all; returns how many there were. The counters stay."""
        gone = len(self._slots)
        self._slots.clear()
        return gone

    def newest(self, count: int) -> list[tuple[K, Slot[V]]]:
        """The most recently used, newest first; reading them changes nothing."""
        return [entry for entry, _ in zip(reversed(self._slots.items()), range(count), strict=False)]

    def __len__(self) -> int:
        return len(self._slots)

    def _evict(self) -> K:
        key, _ = self._slots.popitem(last=False)
        self.evictions += 1
        return key
