"""Windows of event time against a recount of the whole batch."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from sdlab.blocks.event_windows import EventWindows


def recount(events: list[tuple[float, str]], width: int) -> Counter[tuple[int, str]]:
    return Counter((int(at // width) * width, key) for at, key in events)


@pytest.mark.parametrize("seed", range(30))
def test_windows_equal_a_recount_whatever_the_order(seed: int) -> None:
    chance = Random(seed)
    width, lateness = chance.choice((1, 2, 10, 60)), chance.choice((0, 1, 5, 30))
    times = sorted(chance.uniform(0, 300) for _ in range(500))
    arrived = sorted((at + chance.uniform(0, 1.5 * lateness), at, chance.choice("abc")) for at in times)
    windows, refused, seen = EventWindows[str](width, lateness), [], Counter[tuple[int, str]]()
    closed: list[int] = []
    for _, at, key in arrived:
        if not windows.add(at, key):
            assert windows.start(at) + width <= windows.newest - lateness
            refused.append((at, key))
        for start, counts in windows.close():
            closed.append(start)
            seen.update({(start, key): count for key, count in counts.items()})
    windows.advance(1e9)
    for start, counts in windows.close():
        closed.append(start)
        seen.update({(start, key): count for key, count in counts.items()})
    assert len(set(closed)) == len(closed)
    assert windows.open == {}
    assert seen + recount(refused, width) == recount([(at, key) for _, at, key in arrived], width)


def test_in_bounds_nothing_is_late() -> None:
    chance = Random(4)
    windows = EventWindows[int](2, 3.0)
    newest = 0.0
    for _ in range(2000):
        newest += chance.uniform(0, 0.2)
        assert windows.add(newest - chance.uniform(0, 3.0), 1)
        windows.close()


def test_the_watermark_never_goes_back_and_may_be_held() -> None:
    windows = EventWindows[str](2, 0)
    windows.add(9, "a")
    windows.advance(3)
    assert windows.watermark == 9
    assert not windows.add(7.9, "a")
    assert windows.add(20, "a", hold=True)
    assert windows.watermark == 9
