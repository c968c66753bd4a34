"""The parts of the system, left to right."""

from __future__ import annotations

from sdlab.template.sprout.config import Config
from sdlab.lab import DOWN, STANDARD_FAULTS, NodeSpec

SERVER, STORE, JOURNAL = "server", "store", "journal"


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The same parts whatever the configuration."""
    return (
        NodeSpec(SERVER, "server", "gateway", 1, faults=(DOWN,)),
        NodeSpec(STORE, "counter store", "store", 2, faults=STANDARD_FAULTS),
        NodeSpec(JOURNAL, "journal", "database", 3, faults=STANDARD_FAULTS),
    )
