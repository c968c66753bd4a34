"""The gateways that requests arrive at, in turn, each with a clock that may be wrong."""

from __future__ import annotations

import itertools

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.nodes import gateway_ids
from designs.rate_limiter.engine.steady_clock import SteadyClock
from designs.rate_limiter.engine.strategies import CLOCKS
from sdlab.lab import EngineContext, Node, Unavailable

RETRY_S = 1.0


class Gateways:
    """Those of the configuration of now."""

    def __init__(self, context: EngineContext[Config], clock: SteadyClock) -> None:
        self._context, self._clock = context, clock
        self._turn = itertools.count()

    def all(self) -> list[Node]:
        """In order."""
        return [self._context.node(one) for one in gateway_ids(self._context.config)]

    def next(self) -> Node:
        """Whose turn it is among those that are up; `Unavailable` when none is."""
        alive = [one for one in self.all() if not one.down]
        if not alive:
            raise Unavailable("no gateway is up", retry_after=RETRY_S)
        return alive[next(self._turn) % len(alive)]

    def stamp(self, gateway: Node) -> float | None:
        """The gateway's own time in Unix seconds; None where one clock counts for all."""
        if not CLOCKS[self._context.config.clock].skewed:
            return None
        skew = skew_of(gateway)
        self._context.decide(f"stamped by the clock of {gateway.spec.label}, which is {skew:+.1f} s")
        return self._clock.now() + skew


def skew_of(node: Node) -> float:
    """Seconds by which a node's clock is ahead."""
    return next((fault.value / 1000 for fault in node.faults() if fault.kind == "skew"), 0.0)
