"""Adaptive bitrate: how a player chooses the rendition of its next segment, and what becomes of its buffer.

Throughput-based as in most players: the harmonic mean of the last downloads, less a margin (Jiang et al., "FESTIVE",
CoNEXT 2012). Buffer-based after Huang et al., "A Buffer-Based Approach to Rate Adaptation" (BBA-0, SIGCOMM 2014). Pure:
time and bandwidth are arguments. The page's player chooses by the same rules (`product/player.jsx`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MARGIN = 0.8  # of the measured throughput that is used
MEASURED = 5  # downloads that the mean is taken over
RESERVOIR = 0.25  # share of the target below which BBA takes the lowest
CUSHION = 0.9  # share of the target above which it takes the highest


@dataclass(frozen=True, slots=True)
class Seen:
    """What a player knows when it chooses: kbit/s of the ladder, of its last downloads, seconds in its buffer."""

    ladder: Sequence[float]
    speeds: Sequence[float]
    buffer_s: float
    target_s: float
    level: int


def harmonic_mean(speeds: Sequence[float]) -> float:
    """What a player got on average, by bytes of equal weight; 0 for none.

    >>> harmonic_mean([1000, 250])
    400.0
    """
    return len(speeds) / sum(1 / max(one, 1e-9) for one in speeds) if speeds else 0.0


class Fixed:
    """The highest rendition, whatever the network does."""

    label = "Fixed: the highest"
    tradeoff = "The best picture while the network carries it; below that, it stalls again and again."

    @staticmethod
    def choose(seen: Seen) -> int:
        return len(seen.ladder) - 1


class Throughput:
    """The highest rendition below a share of the measured throughput."""

    label = "Throughput-based"
    tradeoff = "Follows the network within a few segments; misled by what it measures, and switches often."

    @staticmethod
    def choose(seen: Seen) -> int:
        usable = MARGIN * harmonic_mean(seen.speeds[-MEASURED:])
        return max((n for n, rate in enumerate(seen.ladder) if rate <= usable), default=0)


class BufferBased:
    """The rendition that the filling of the buffer says: lowest near empty, highest near full, linear between.

    It stays where it is until the line crosses the rate of a neighbour.
    """

    label = "Buffer-based (BBA-0)"
    tradeoff = "Needs no measurement and switches seldom; begins low, and rises only as the buffer fills."

    @staticmethod
    def choose(seen: Seen) -> int:
        ladder, level = seen.ladder, min(max(seen.level, 0), len(seen.ladder) - 1)
        low, high = RESERVOIR * seen.target_s, CUSHION * seen.target_s
        if seen.buffer_s <= low:
            return 0
        if seen.buffer_s >= high:
            return len(ladder) - 1
        line = ladder[0] + (ladder[-1] - ladder[0]) * (seen.buffer_s - low) / (high - low)
        up, down = ladder[min(level + 1, len(ladder) - 1)], ladder[max(level - 1, 0)]
        if line >= up:
            return max(n for n, rate in enumerate(ladder) if rate <= line)
        if line <= down:
            return max((n for n, rate in enumerate(ladder) if rate <= line), default=0)
        return level


RULES: Mapping[str, type[Fixed] | type[Throughput] | type[BufferBased]] = {
    "fixed": Fixed,
    "throughput": Throughput,
    "buffer": BufferBased,
}


@dataclass(slots=True)
class PlayerModel:
    """A player's buffer and what it saw. Times are seconds of one clock; it plays as soon as it has a segment."""

    ladder: Sequence[float]
    target_s: float
    level: int = 0
    buffer_s: float = 0.0
    stalls: int = 0
    stalled_s: float = 0.0
    startup_s: float = 0.0
    played_s: float = 0.0
    kbits_s: float = 0.0
    switches: int = 0
    speeds: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED))
    started: bool = False

    def choose(self, rule: str) -> int:
        """The rendition of the next segment."""
        seen = Seen(self.ladder, list(self.speeds), self.buffer_s, self.target_s, self.level)
        return RULES[rule].choose(seen)

    def wait_s(self, segment_s: float) -> float:
        """Seconds until there is room for another segment."""
        return max(0.0, self.buffer_s + segment_s - self.target_s)

    def passed(self, seconds: float) -> float:
        """So much time is over; returns the seconds of it in which nothing could be played."""
        if not self.started:
            self.startup_s += seconds
            return 0.0
        played = min(self.buffer_s, seconds)
        self.buffer_s -= played
        self.played_s += played
        lacked = seconds - played
        if lacked > 1e-6:
            self.stalls += 1
            self.stalled_s += lacked
        return lacked if lacked > 1e-6 else 0.0

    def got(self, level: int, size: int, took_s: float, segment_s: float) -> None:
        """A segment of that many bytes came; its time has been passed already."""
        self.speeds.append(size * 8 / 1000 / max(took_s, 1e-6))
        if self.started and level != self.level:
            self.switches += 1
        self.level, self.started = level, True
        self.buffer_s += segment_s
        self.kbits_s += size * 8 / 1000

    @property
    def mean_kbits(self) -> float:
        """Of what it fetched, for each second of video."""
        seconds = self.played_s + self.buffer_s
        return self.kbits_s / seconds if seconds else 0.0


# Kbit/s, one second each: a train that leaves a station, goes through a tunnel and comes into the next town.
TRACE: tuple[int, ...] = (
    2600, 2100, 1500, 900, 620, 480, 420, 380, 360, 350, 350, 380, 420, 700, 1200, 1800, 2200, 2500, 2600, 2400,
    2300, 1700, 1000, 600, 450, 400, 700, 1400, 2100, 2600,
)  # fmt: skip


def kbits_at(seconds: float) -> int:
    """What the recorded network carried so many seconds after its beginning; it begins anew at its end."""
    return TRACE[int(seconds) % len(TRACE)]


def download_s(size: int, began_s: float, *, of: Sequence[int] = TRACE) -> float:
    """How long so many bytes take on that trace, from that second on.

    >>> download_s(125_000, 0.5, of=(1000, 500))
    1.25
    """
    left, at = size * 8 / 1000, began_s
    while True:
        rate = of[int(at) % len(of)]
        until = int(at) + 1
        if rate * (until - at) >= left:
            return at + left / rate - began_s
        left -= rate * (until - at)
        at = until


def play_trace(
    rule: str, sizes: Sequence[Sequence[int]], *, segment_s: float, segments: int, target_s: float
) -> PlayerModel:
    """A player on the recorded trace; `sizes[level][n]` are the bytes of segment n, begun anew at their end."""
    ladder = [sum(one) * 8 / 1000 / (segment_s * len(one)) for one in sizes]
    player, now = PlayerModel(ladder, target_s), 0.0
    for number in range(segments):
        level = player.choose(rule)
        wait = player.wait_s(segment_s)
        player.passed(wait)
        size = sizes[level][number % len(sizes[level])]
        took = download_s(size, now + wait)
        player.passed(took)
        player.got(level, size, took, segment_s)
        now += wait + took
    return player
