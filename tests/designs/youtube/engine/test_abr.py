"""Rules and player model against an oracle that goes second by second, and by hand."""

from __future__ import annotations

import pytest

from designs.youtube.engine.abr import (
    RULES,
    TRACE,
    PlayerModel,
    Seen,
    download_s,
    harmonic_mean,
    play_trace,
)

LADDER = (240.0, 400.0, 1000.0)
SIZES = [[round(rate * 125)] * 6 for rate in LADDER]
STEP = 0.001


def slow_download(size: int, began: float) -> float:
    """The same by small steps."""
    left, at = size * 8 / 1000, began
    while left > 0:
        left -= TRACE[int(at) % len(TRACE)] * STEP
        at += STEP
    return at - began


@pytest.mark.parametrize("began", [0.0, 3.3, 11.9, 28.5])
@pytest.mark.parametrize("size", [1_000, 50_000, 400_000])
def test_a_download_takes_what_the_trace_carries(size: int, began: float) -> None:
    assert download_s(size, began) == pytest.approx(slow_download(size, began), abs=0.01)


def test_throughput_uses_a_share_of_the_harmonic_mean() -> None:
    assert harmonic_mean([2000, 500]) == pytest.approx(800)
    rule = RULES["throughput"]
    assert rule.choose(Seen(LADDER, [], 6, 6, 2)) == 0
    assert rule.choose(Seen(LADDER, [2000, 500], 0, 6, 0)) == 1  # 640 kbit/s
    assert rule.choose(Seen(LADDER, [1300], 0, 6, 0)) == 2


@pytest.mark.parametrize(
    ("buffer", "before", "level"), [(0, 2, 0), (1.5, 2, 0), (5.4, 0, 2), (3.5, 0, 1), (3.5, 2, 2)]
)
def test_the_buffer_says_the_rendition(buffer: float, before: int, level: int) -> None:
    assert RULES["buffer"].choose(Seen(LADDER, [1.0], buffer, 6, before)) == level


def test_a_stall_is_time_without_a_buffer() -> None:
    player = PlayerModel(LADDER, 6)
    assert player.passed(2) == 0  # before the first picture nothing stalls
    player.got(0, 30_000, 2, 1.0)
    assert player.passed(1.5) == pytest.approx(0.5)
    assert (player.stalls, player.played_s, player.startup_s) == (1, 1.0, 2)


def test_only_the_fixed_rule_stalls_in_the_tunnel() -> None:
    played = {rule: play_trace(rule, SIZES, segment_s=1.0, segments=60, target_s=6) for rule in RULES}
    assert played["fixed"].stalls >= 2
    assert played["throughput"].stalls == played["buffer"].stalls == 0
    assert played["fixed"].mean_kbits > max(played["throughput"].mean_kbits, played["buffer"].mean_kbits)
