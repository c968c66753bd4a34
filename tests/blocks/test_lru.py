"""The caches against a model that keeps everything and computes who must have gone."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sdlab.blocks.lru import LruCache

KEYS = st.sampled_from("abcdefgh")


class CacheAgainstModel(RuleBasedStateMachine):
    """The model is a list, least recently used first, of (key, value, until)."""

    @initialize(capacity=st.integers(1, 5), lifetime=st.sampled_from([3.0, 10.0, float("inf")]))
    def start(self, capacity: int, lifetime: float) -> None:
        self.cache: LruCache[str, int] = LruCache(capacity, lifetime=lifetime)
        self.model: list[tuple[str, int, float]] = []
        self.now = 0.0
        self.hits = self.misses = self.evictions = self.expirations = 0

    def _pop(self, key: str) -> tuple[str, int, float] | None:
        found = next((one for one in self.model if one[0] == key), None)
        if found:
            self.model.remove(found)
        return found

    @rule(key=KEYS, value=st.integers())
    def put(self, key: str, value: int) -> None:
        self._pop(key)
        self.model.append((key, value, self.now + self.cache.lifetime))
        gone = self.model.pop(0)[0] if len(self.model) > self.cache.capacity else None
        self.evictions += gone is not None
        assert self.cache.put(key, value, now=self.now) == gone

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        found = self._pop(key)
        if found and found[2] > self.now:
            self.model.append(found)
            self.hits += 1
        else:
            self.expirations += found is not None
            self.misses += 1
            found = None
        assert self.cache.get(key, now=self.now) == (found[1] if found else None)

    @rule(key=KEYS)
    def discard(self, key: str) -> None:
        assert self.cache.discard(key) == (self._pop(key) is not None)

    @rule(seconds=st.floats(0.5, 6))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def clear(self) -> None:
        assert self.cache.clear() == len(self.model)
        self.model = []

    @invariant()
    def same(self) -> None:
        cache = self.cache
        assert [(key, slot.value) for key, slot in cache.newest(99)] == [
            one[:2] for one in reversed(self.model)
        ]
        counted = (cache.hits, cache.misses, cache.evictions, cache.expirations)
        assert counted == (self.hits, self.misses, self.evictions, self.expirations)
        assert len(cache) <= cache.capacity


TestCacheAgainstModel = CacheAgainstModel.TestCase


def test_hits_are_counted_per_entry() -> None:
    cache: LruCache[str, str] = LruCache(2)
    cache.put("a", "A", now=0)
    for _ in range(3):
        cache.get("a", now=0)
    assert [(key, slot.hits) for key, slot in cache.newest(1)] == [("a", 3)]


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError):
        LruCache(0)
    with pytest.raises(ValueError):
        LruCache(1, lifetime=0)
