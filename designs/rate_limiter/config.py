"""The switches and numbers of the running system."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sdlab.blocks.rate_rule import Rule


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
    ipv6_prefix: int = 64

    @property
    def rule(self) -> Rule:
        """The rule of each client."""
        return Rule(self.limit, float(self.window_s), self.burst)

    @property
    def share(self) -> Rule:
        """What one gateway may let through when it counts alone for a while."""
        limit, burst = (max(1, math.floor(one / self.gateways)) for one in (self.limit, self.burst))
        return Rule(limit, float(self.window_s), burst)
