"""The parts of the system under a configuration, and their ids."""

from __future__ import annotations

from designs.rate_limiter.config import Config
from sdlab.lab import STANDARD_FAULTS, Card, FaultSpec, NodeSpec

STORE = "redis"
SERVICE = "service"
SKEW = FaultSpec(
    "skew",
    "clock skewed",
    "stamps its requests with a wrong time",
    "ms",
    -120_000,
    120_000,
    20_000,
    verb="Skew",
)

FLOWS = (
    ("visitor", "gateway-*"),
    ("gateway-*", STORE),
    ("gateway-*", SERVICE),
)

CARDS = {
    "gateway": Card(
        what="Works out whose request it is, asks the counter, and passes it on or answers 429.",
        why="What is refused here costs the service nothing.",
        without="The service would have to count, just when it is busy.",
        instead="A limiter in each service; one in the CDN.",
    ),
    STORE: Card(
        what="The state of each client and rule; a script reads, decides and writes in one step.",
        why="All gateways see the same count.",
        without="Each gateway counts alone, and a client has its limit once per gateway.",
        instead="A share of the limit for each gateway; a database row with a lock.",
    ),
    SERVICE: Card(
        what="What is protected: it sees only what has passed.",
        why="What it can do in a second is why there is a limit.",
        without="There would be nothing to protect.",
        instead="Any API.",
    ),
}


def gateway_ids(config: Config) -> list[str]:
    """The gateways, in order."""
    return [f"gateway-{number}" for number in range(1, config.gateways + 1)]


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts of the system, left to right."""
    store = (
        []
        if config.store == "local"
        else [NodeSpec(STORE, "counter store", "cache", 2, card=CARDS[STORE], miss="over limit")]
    )
    return (
        *[
            NodeSpec(
                one,
                f"gateway {one[-1]}",
                "gateway",
                1,
                faults=(*STANDARD_FAULTS, SKEW),
                card=CARDS["gateway"],
            )
            for one in gateway_ids(config)
        ],
        *store,
        NodeSpec(SERVICE, "service", "service", 3, faults=(), card=CARDS[SERVICE]),
    )
