"""The choices of the rate limiter: pure, each behind a protocol, each naming its price."""

from designs.rate_limiter.strategies.algorithms import ALGORITHMS
from designs.rate_limiter.strategies.clients import CLIENT_KEYS
from designs.rate_limiter.strategies.switches import CLOCKS, FAILURES, HIERARCHIES, SHADOWS

__all__ = ["ALGORITHMS", "CLIENT_KEYS", "CLOCKS", "FAILURES", "HIERARCHIES", "SHADOWS"]
