"""Sliding windows made of fixed slices: counts and latencies of the last N seconds, in constant memory."""

from __future__ import annotations

from sdlab.blocks.histogram import LogHistogram


class SlidingCounter:
    """Counts per one-second slice over the last `seconds`; time is given by the caller.

    `rate(now)` covers whole past slices only, so it does not sag at the start of a second.

    >>> c = SlidingCounter(seconds=5)
    >>> for t in (10.1, 10.2, 11.5): c.add(t)
    >>> c.series(12.0)
    [0, 0, 0, 2, 1]
    """

    __slots__ = ("_counts", "_last", "seconds", "total")

    def __init__(self, *, seconds: int = 60) -> None:
        self.seconds = seconds
        self.total = 0
        self._counts = [0] * (seconds + 1)
        self._last: int | None = None

    def add(self, now: float, count: int = 1) -> None:
        """Count `count` things at `now` (seconds; must not run backwards by more than the window)."""
        self._roll(int(now))
        self._counts[int(now) % len(self._counts)] += count
        self.total += count

    def series(self, now: float) -> list[int]:
        """Counts of the last `seconds` whole seconds, oldest first."""
        self._roll(int(now))
        return [
            self._counts[second % len(self._counts)] for second in range(int(now) - self.seconds, int(now))
        ]

    def rate(self, now: float, *, over: int = 3) -> float:
        """Mean per second over the last `over` whole seconds."""
        return sum(self.series(now)[-over:]) / over

    def _roll(self, second: int) -> None:
        if self._last is None or second - self._last > self.seconds:
            self._counts = [0] * len(self._counts)
            self._last = second
            return
        while self._last < second:
            self._last += 1
            self._counts[self._last % len(self._counts)] = 0


class SlidingHistogram:
    """Latencies of the last `slices * width` seconds; old slices fall out whole.

    The merged view of closed slices is kept, so that reading quantiles several times a second
    costs one merge per slice and not one per reading.
    """

    __slots__ = ("_current", "_slices", "count", "width")

    def __init__(self, *, slices: int = 5, width: float = 2.0) -> None:
        self.width = width
        self.count = slices
        self._slices: list[tuple[int, LogHistogram]] = []
        self._current: LogHistogram | None = None

    def add(self, now: float, value: float) -> None:
        """Count one value at `now`."""
        index = int(now / self.width)
        if not self._slices or self._slices[-1][0] != index:
            self._slices.append((index, LogHistogram()))
            self._slices = [one for one in self._slices if one[0] > index - self.count]
        self._slices[-1][1].add(value)

    def merged(self, now: float) -> LogHistogram:
        """One histogram of everything still in the window."""
        index = int(now / self.width)
        merged = LogHistogram()
        for slice_index, histogram in self._slices:
            if slice_index > index - self.count:
                merged.merge(histogram)
        return merged
