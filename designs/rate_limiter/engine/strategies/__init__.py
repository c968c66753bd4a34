"""The choices of the rate limiter, each behind a protocol, each naming its price."""

from designs.rate_limiter.engine.strategies.algorithms import ALGORITHMS
from designs.rate_limiter.engine.strategies.choices import CLOCKS, FAILURES, HIERARCHIES, SHADOWS
from designs.rate_limiter.engine.strategies.client_keys import CLIENT_KEYS
from designs.rate_limiter.engine.strategies.stores import STORES

__all__ = ["ALGORITHMS", "CLIENT_KEYS", "CLOCKS", "FAILURES", "HIERARCHIES", "SHADOWS", "STORES"]
