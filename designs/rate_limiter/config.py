"""The switches and numbers of the running system, and the parts that they call for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from designs.rate_limiter.engine.strategies import HIERARCHIES
from sdlab.blocks.rate_rule import Rule
from sdlab.lab import STANDARD_FAULTS, FaultSpec, NodeSpec

STORE = "redis"
SERVICE = "service"
SKEW = FaultSpec(
    "skew", "clock skewed", "stamps its requests with a wrong time", "ms", -120_000, 120_000, 20_000
)


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers)."""

    algorithm: str = "token_bucket"
    store: str = "shared"
    client_key: str = "user"
    on_failure: str = "closed"
    clock: str = "store"
    hierarchy: str = "client"
    shadow: str = "on"
    limit: int = 10
    window_s: int = 10
    burst: int = 5
    global_limit: int = 40
    gateways: int = 3

    @property
    def rule(self) -> Rule:
        """The rule of each client."""
        return Rule(self.limit, float(self.window_s), self.burst)

    @property
    def together(self) -> int:
        """The limit of all clients together per window; 0 for none."""
        return self.global_limit if HIERARCHIES[self.hierarchy].together else 0

    @property
    def share(self) -> Rule:
        """What one gateway may let through when it counts alone for a while."""
        limit, burst = (max(1, math.floor(one / self.gateways)) for one in (self.limit, self.burst))
        return Rule(limit, float(self.window_s), burst)


def gateway_ids(config: Config) -> list[str]:
    """The gateways, in order."""
    return [f"gateway-{number}" for number in range(1, config.gateways + 1)]


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    store = [] if config.store == "local" else [NodeSpec(STORE, "counter store", "cache", 2)]
    return (
        *[
            NodeSpec(one, f"gateway {one[-1]}", "gateway", 1, faults=(*STANDARD_FAULTS, SKEW))
            for one in gateway_ids(config)
        ],
        *store,
        NodeSpec(SERVICE, "service", "service", 3, faults=()),
    )
