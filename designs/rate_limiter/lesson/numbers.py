"""The estimate: bytes for all clients by algorithm, checks per second, and the nodes for both."""

from __future__ import annotations

import math
from collections.abc import Mapping

from designs.rate_limiter.engine.strategies.algorithms import ALGORITHMS
from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("clients", "Clients with state at a time", "clients", 10e6, 1, 1e10),
    Assumption("requests_per_day", "Requests per day", "requests", 10e9, 1, 1e14),
    Assumption("peak", "Peak over average", "×", 3, 1, 100),
    Assumption("limit", "Limit per window", "requests", 100, 1, 1e6),
    Assumption(
        "key_bytes", "A key with its entry in Redis", "bytes", 80, 40, 1000, note="name, header, expiry"
    ),
    Assumption("number_bytes", "A number as text", "bytes", 18, 1, 64, note="17 digits and a separator"),
    Assumption("entry_bytes", "An entry of the log", "bytes", 20, 8, 500, note="17 digits in a list"),
    Assumption("checks_per_core", "Checks per Redis core", "per s", 100_000, 1000, 1e7),
    Assumption("node_memory", "Memory of a node for this", "GB", 16, 1, 4096),
)

NUMBERS = {name: len(one.state) for name, one in ALGORITHMS.items() if not one.listed}
"""How many numbers each script keeps per client; the log keeps one entry per request instead."""


def bytes_per_client(algorithm: str, values: Mapping[str, float]) -> float:
    """Bytes of one client that uses its limit."""
    if ALGORITHMS[algorithm].listed:
        return values["key_bytes"] + values["limit"] * values["entry_bytes"]
    return values["key_bytes"] + NUMBERS[algorithm] * values["number_bytes"]


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    average = values["requests_per_day"] / DAY
    checks = average * values["peak"]
    log = bytes_per_client("sliding_log", values)
    small = bytes_per_client("sliding_counter", values)
    return (
        Result("average", "Checks, averaged over a day", average, "per s", "requests per day ÷ 86,400 s"),
        Result("checks", "Checks at the peak", checks, "per s", "average × peak"),
        *[_memory(name, values) for name in ALGORITHMS],
        Result(
            "ratio",
            "The log against the sliding counter",
            log / small,
            "×",
            "bytes of the log ÷ bytes of the counter",
            "Exactness is paid per request in the window; the counter costs the same for any limit.",
        ),
        Result(
            "nodes_speed",
            "Nodes, for speed",
            math.ceil(checks / values["checks_per_core"]),
            "nodes",
            "⌈checks at the peak ÷ checks per core⌉",
            "Redis runs scripts on one core: more cores in one node do not help, more shards do.",
        ),
        Result(
            "nodes_memory",
            "Nodes, for memory of the log",
            math.ceil(log * values["clients"] / (values["node_memory"] * 1e9)),
            "nodes",
            "⌈bytes of the log × clients ÷ memory of a node⌉",
        ),
        Result(
            "boundary",
            "Most through a fixed window's edge",
            2 * values["limit"],
            "requests per window",
            "2 × limit",
            "“At most the limit per window” holds for aligned windows only.",
        ),
    )


def _memory(name: str, values: Mapping[str, float]) -> Result:
    algorithm = ALGORITHMS[name]
    formula = (
        "clients × (key + limit × entry)"
        if algorithm.listed
        else f"clients × (key + {NUMBERS[name]} × number)"
    )
    total = bytes_per_client(name, values) * values["clients"]
    return Result(f"memory_{name}", f"Memory: {algorithm.label}", total / 1e9, "GB", formula)


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("checks", "Checks of the last seconds", "per s", "traffic.rate", "checks"),),
)
