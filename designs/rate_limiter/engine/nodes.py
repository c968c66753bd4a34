"""The parts of the system under a configuration, and their ids."""

from __future__ import annotations

from designs.rate_limiter.config import Config
from sdlab.lab import STANDARD_FAULTS, FaultSpec, NodeSpec

STORE = "redis"
SERVICE = "service"
SKEW = FaultSpec(
    "skew", "clock skewed", "stamps its requests with a wrong time", "ms", -120_000, 120_000, 20_000
)


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
