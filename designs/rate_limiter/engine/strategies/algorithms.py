"""The six algorithms as approaches: block, script, promise, and the reason in words."""

from __future__ import annotations

import sys
from typing import Protocol

from designs.rate_limiter.engine.strategies import lua
from sdlab.blocks.fixed_window import FixedWindow
from sdlab.blocks.gcra import Gcra
from sdlab.blocks.leaky_bucket import LeakyBucket
from sdlab.blocks.rate_rule import Rule, Verdict
from sdlab.blocks.sliding_counter import SlidingCounter
from sdlab.blocks.sliding_log import SlidingLog
from sdlab.blocks.token_bucket import TokenBucket


class Block(Protocol):
    """The state of one client; see `sdlab.blocks`."""

    def check(self, now: float, rule: Rule, *, take: bool = True) -> Verdict:
        """Whether a request at `now` (seconds) passes."""
        ...


class Algorithm(Protocol):
    """How an algorithm is offered, kept and explained.

    `promise` is the most that may pass for one client in any window, `exact` whether that
    is the plain limit or follows from limit and burst without error; `delays` says that requests
    are held back. `dump` and `load` write a
    block's state as its script does; the log is a list of times instead (`listed`).
    """

    label: str
    tradeoff: str
    exact: bool
    delays: bool
    listed: bool
    lua: str

    @staticmethod
    def block() -> Block: ...

    @staticmethod
    def promise(rule: Rule) -> int: ...

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str: ...

    @staticmethod
    def dump(block: Block) -> str: ...

    @staticmethod
    def load(text: str) -> Block: ...


class ByTokenBucket:
    """See `sdlab.blocks.token_bucket`."""

    label = "Token bucket"
    tradeoff = "Two numbers per client, bursts allowed on purpose; a window may hold burst + limit."
    exact, delays, listed = True, False, False
    lua = lua.script(lua.TOKEN_BUCKET)

    @staticmethod
    def block() -> TokenBucket:
        return TokenBucket()

    @staticmethod
    def promise(rule: Rule) -> int:
        return rule.burst + rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        if verdict.allowed:
            return f"took a token, {verdict.level:.1f} of {rule.burst} left"
        return f"bucket has {verdict.level:.1f} of 1 token, next in {seconds(verdict.retry_after)}"

    @staticmethod
    def dump(block: Block) -> str:
        assert isinstance(block, TokenBucket)
        return f"{block.tokens!r} {block.at!r}"

    @staticmethod
    def load(text: str) -> TokenBucket:
        block = TokenBucket()
        block.tokens, block.at = (float(part) for part in text.split())
        return block


class ByLeakyBucket:
    """See `sdlab.blocks.leaky_bucket`."""

    label = "Leaky bucket"
    tradeoff = "Requests leave evenly, never in a burst; the price is waiting in the queue."
    exact, delays, listed = True, True, False
    lua = lua.script(lua.LEAKY_BUCKET)

    @staticmethod
    def block() -> LeakyBucket:
        return LeakyBucket()

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

    @staticmethod
    def dump(block: Block) -> str:
        assert isinstance(block, LeakyBucket)
        return repr(block.leaves)

    @staticmethod
    def load(text: str) -> LeakyBucket:
        block = LeakyBucket()
        block.leaves = float(text)
        return block


class ByFixedWindow:
    """See `sdlab.blocks.fixed_window`."""

    label = "Fixed window"
    tradeoff = "One counter, simplest of all; across the edge of two windows 2 × limit can pass."
    exact, delays, listed = False, False, False
    lua = lua.script(lua.FIXED_WINDOW)

    @staticmethod
    def block() -> FixedWindow:
        return FixedWindow()

    @staticmethod
    def promise(rule: Rule) -> int:
        return 2 * rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        return f"{verdict.level:.0f} of {rule.limit} in this window, which ends in {seconds(verdict.reset_after)}"

    @staticmethod
    def dump(block: Block) -> str:
        assert isinstance(block, FixedWindow)
        return f"{block.number} {block.width!r} {block.counted}"

    @staticmethod
    def load(text: str) -> FixedWindow:
        block = FixedWindow()
        number, width, counted = (float(part) for part in text.split())
        block.number, block.width, block.counted = int(number), width, int(counted)
        return block


class BySlidingLog:
    """See `sdlab.blocks.sliding_log`."""

    label = "Sliding-window log"
    tradeoff = "Exact in every window; keeps one time per request, so memory grows with the limit."
    exact, delays, listed = True, False, True
    lua = lua.script(lua.SLIDING_LOG)

    @staticmethod
    def block() -> SlidingLog:
        return SlidingLog()

    @staticmethod
    def promise(rule: Rule) -> int:
        return rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        text = f"{verdict.level:.0f} of {rule.limit} in the last {rule.window:g} s"
        return text if verdict.allowed else f"{text}, the oldest leaves in {seconds(verdict.retry_after)}"

    @staticmethod
    def dump(block: Block) -> str:
        assert isinstance(block, SlidingLog)
        return " ".join(map(repr, block.times))

    @staticmethod
    def load(text: str) -> SlidingLog:
        block = SlidingLog()
        block.times.extend(float(part) for part in text.split())
        return block


class BySlidingCounter:
    """See `sdlab.blocks.sliding_counter`."""

    label = "Sliding-window counter"
    tradeoff = "Two counters and an estimate: good for even traffic, wrong by up to 2 × for spiteful one."
    exact, delays, listed = False, False, False
    lua = lua.script(lua.SLIDING_COUNTER)

    @staticmethod
    def block() -> SlidingCounter:
        return SlidingCounter()

    @staticmethod
    def promise(rule: Rule) -> int:
        return 2 * rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        text = f"estimate {verdict.level:.1f} of {rule.limit} in the last {rule.window:g} s"
        return text if verdict.allowed else f"{text}, room in {seconds(verdict.retry_after)}"

    @staticmethod
    def dump(block: Block) -> str:
        assert isinstance(block, SlidingCounter)
        return f"{block.number} {block.width!r} {block.counted} {block.previous}"

    @staticmethod
    def load(text: str) -> SlidingCounter:
        block = SlidingCounter()
        number, width, counted, previous = (float(part) for part in text.split())
        block.number, block.width, block.counted, block.previous = (
            int(number),
            width,
            int(counted),
            int(previous),
        )
        return block


class ByGcra:
    """See `sdlab.blocks.gcra`."""

    label = "GCRA"
    tradeoff = "A token bucket in a single number; harder to explain, cheapest to keep."
    exact, delays, listed = True, False, False
    lua = lua.script(lua.GCRA)

    @staticmethod
    def block() -> Gcra:
        return Gcra()

    @staticmethod
    def promise(rule: Rule) -> int:
        return rule.burst + rule.limit

    @staticmethod
    def reason(verdict: Verdict, rule: Rule) -> str:
        early = (rule.burst - 1) * rule.gap
        if verdict.allowed:
            return f"next is due in {seconds(verdict.level)}, may come {seconds(early)} early"
        return f"due in {seconds(verdict.level)}, may come at most {seconds(early)} early"

    @staticmethod
    def dump(block: Block) -> str:
        assert isinstance(block, Gcra)
        return repr(block.due)

    @staticmethod
    def load(text: str) -> Gcra:
        block = Gcra()
        block.due = float(text)
        return block


def seconds(value: float) -> str:
    """A wait as one says it.

    >>> seconds(0.6), seconds(0.0421)
    ('0.6 s', '42 ms')
    """
    return f"{value:.1f} s" if value >= 0.095 else f"{value * 1000:.0f} ms"


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
