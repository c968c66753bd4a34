"""Which buses are just being stored, or are yet to leave a shard: nobody may say of them where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from designs.location_tracking.engine.position import Position


class Moves:
    """`left_behind` are older positions of buses that other shards have by now; they go when their shard answers."""

    def __init__(self) -> None:
        self.left_behind: dict[str, Position] = {}
        self._under_way: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()

    @contextmanager
    def storing(self, buses: Iterable[str]) -> Iterator[None]:
        """Within the block these are under way."""
        some = list(buses)
        self._under_way.update(some)
        self._begun.update(some)
        try:
            yield
        finally:
            for bus in some:
                self._under_way[bus] -= 1
                if not self._under_way[bus]:
                    del self._under_way[bus]

    def settled(self, bus: str) -> int | None:
        """How often this bus was stored until now; None while it is under way.

        Equal before and after a look at the shards: nothing was done to it meanwhile.
        """
        return None if bus in self._under_way or bus in self.left_behind else self._begun[bus]
