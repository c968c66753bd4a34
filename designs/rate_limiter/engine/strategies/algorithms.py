"""The six algorithms as approaches: block, promise, and the reason in words; their scripts lie in `lua/`."""

from __future__ import annotations

import inspect
import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar, Protocol

from designs.rate_limiter.engine.checks import Branch
from sdlab.blocks.fixed_window import FixedWindow
from sdlab.blocks.gcra import Gcra
from sdlab.blocks.leaky_bucket import LeakyBucket
from sdlab.blocks.rate_rule import SLACK, Rule, Verdict
from sdlab.blocks.sliding_counter import SlidingCounter
from sdlab.blocks.sliding_log import SlidingLog
from sdlab.blocks.token_bucket import TokenBucket

SHORT_MS = 95


class Block(Protocol):
    """The state of one client; see `sdlab.blocks`."""

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) passes."""
        ...


class Algorithm(ABC):
    """How an algorithm is offered, kept and explained.

    `exact` says that the promise is the plain limit or follows from limit and burst without error,
    `delays` that requests are held back. `state` names the numbers of a block that are kept, in the
    order of its script; a log is kept as a list of times instead (`listed`). `branches` are the names
    of the lines of the block that refuse and let pass.
    """

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    block: ClassVar[type[Block]]
    state: ClassVar[Mapping[str, Callable[[float], float]]] = {}
    branches: ClassVar[tuple[str, str]]
    exact: ClassVar[bool] = False
    delays: ClassVar[bool] = False
    listed: ClassVar[bool] = False

    @staticmethod
    @abstractmethod
    def promise(rule: Rule) -> int:
        """The most that may pass for one client in any window."""

    @staticmethod
    @abstractmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        """What the verdict follows from."""

    @classmethod
    def dump(cls, block: Block) -> str:
        """A block's state as its script writes it."""
        return " ".join(repr(getattr(block, name)) for name in cls.state)

    @classmethod
    def load(cls, text: str) -> Block:
        """The block of that state."""
        block = cls.block()
        for (name, kind), part in zip(cls.state.items(), text.split(), strict=True):
            setattr(block, name, kind(float(part)))
        return block


class ByTokenBucket(Algorithm):
    """See `sdlab.blocks.token_bucket`."""

    label = "Token bucket"
    tradeoff = "Two numbers per client, bursts allowed on purpose; a window may hold burst + limit."
    block = TokenBucket
    branches = ("no-token", "took-token")
    state = {"tokens": float, "at": float}
    exact = True

    @staticmethod
    def promise(rule: Rule) -> int:
        return rule.burst + rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        if verdict.allowed:
            return f"took a token, {tokens(verdict.level)} of {rule.burst} left"
        return f"bucket has {tokens(verdict.level)} of 1 token, next in {seconds(verdict.retry_after)}"


class ByLeakyBucket(Algorithm):
    """See `sdlab.blocks.leaky_bucket`."""

    label = "Leaky bucket"
    tradeoff = "Requests leave evenly, never in a burst; the price is waiting in the queue."
    block = LeakyBucket
    branches = ("queue-full", "queue-has-room")
    state = {"leaves": float}
    exact, delays = True, True

    @staticmethod
    def promise(rule: Rule) -> int:
        return rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        if not verdict.allowed:
            return f"queue is full: {verdict.level:.0f} wait, room in {seconds(verdict.retry_after)}"
        if verdict.delay > 0:
            return f"{verdict.level:.0f} of {rule.burst} places taken, leaves in {seconds(verdict.delay)}"
        return "nobody waits, leaves at once"


class ByFixedWindow(Algorithm):
    """See `sdlab.blocks.fixed_window`."""

    label = "Fixed window"
    tradeoff = "One counter, simplest of all; across the edge of two windows 2 × limit can pass."
    block = FixedWindow
    branches = ("window-full", "window-has-room")
    state = {"number": int, "width": float, "counted": int}

    @staticmethod
    def promise(rule: Rule) -> int:
        return 2 * rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        return f"{verdict.level:.0f} of {rule.limit} in this window, which ends in {seconds(verdict.reset_after)}"


class BySlidingLog(Algorithm):
    """See `sdlab.blocks.sliding_log`."""

    label = "Sliding-window log"
    tradeoff = "Exact in every window; keeps one time per request, so memory grows with the limit."
    block = SlidingLog
    branches = ("log-full", "log-has-room")
    exact, listed = True, True

    @staticmethod
    def promise(rule: Rule) -> int:
        return rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        text = f"{verdict.level:.0f} of {rule.limit} in the last {rule.window:g} s"
        return text if verdict.allowed else f"{text}, room for one more in {seconds(verdict.retry_after)}"


class BySlidingCounter(Algorithm):
    """See `sdlab.blocks.sliding_counter`."""

    label = "Sliding-window counter"
    tradeoff = (
        "Two counters and an estimate: good for even traffic, wrong by up to 2 × for adversarial traffic."
    )
    block = SlidingCounter
    branches = ("estimate-too-high", "estimate-fits")
    state = {"number": int, "width": float, "counted": int, "previous": int}

    @staticmethod
    def promise(rule: Rule) -> int:
        return 2 * rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        text = f"estimate {verdict.level:.1f} of {rule.limit} in the last {rule.window:g} s"
        return text if verdict.allowed else f"{text}, room in {seconds(verdict.retry_after)}"


class ByGcra(Algorithm):
    """See `sdlab.blocks.gcra`."""

    label = "GCRA"
    tradeoff = "A token bucket in a single number; harder to explain, cheapest to keep."
    block = Gcra
    branches = ("too-early", "early-enough")
    state = {"due": float}
    exact = True

    @staticmethod
    def promise(rule: Rule) -> int:
        return rule.burst + rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        early = (rule.burst - 1) * rule.gap
        if verdict.allowed:
            return f"next is due in {seconds(verdict.level)}, may come {seconds(early)} early"
        wait = seconds(verdict.retry_after)
        return f"due in {seconds(verdict.level)}, may come at most {seconds(early)} early: in {wait}"


@cache
def branch_of(algorithm: str, allowed: bool) -> Branch:
    """The line of the algorithm's block that decides so."""
    kind = ALGORITHMS[algorithm]
    return Branch(Path(inspect.getfile(kind.block)), kind.branches[allowed])


def tokens(level: float) -> str:
    """What a bucket holds, rounded down: one that has less than a token never reads as if it had it.

    >>> tokens(0.97), tokens(4.0)
    ('0.9', '4.0')
    """
    return f"{math.floor((level + SLACK) * 10) / 10:.1f}"


def seconds(value: float) -> str:
    """A wait as one says it, rounded up: whoever waits so long does not come too early.

    >>> seconds(0.6), seconds(0.61), seconds(0.0421)
    ('0.6 s', '0.7 s', '43 ms')
    """
    wait = value - 5 * SLACK  # what blocks add against rounding is no time to speak of
    ms = math.ceil(wait * 1000)
    return f"{max(0, ms)} ms" if ms < SHORT_MS else f"{math.ceil(wait * 10) / 10:.1f} s"


def size_of(block: Block) -> int:
    """Bytes of a block in this process: the object and everything that only it refers to."""
    parts = [getattr(block, name) for name in type(block).__slots__]  # type: ignore[attr-defined]
    held = [one for part in parts if not isinstance(part, int | float | str) for one in part]
    return sys.getsizeof(block) + sum(map(sys.getsizeof, parts)) + sum(map(sys.getsizeof, held))


ALGORITHMS: dict[str, type[Algorithm]] = {
    "token_bucket": ByTokenBucket,
    "leaky_bucket": ByLeakyBucket,
    "fixed_window": ByFixedWindow,
    "sliding_log": BySlidingLog,
    "sliding_counter": BySlidingCounter,
    "gcra": ByGcra,
}
