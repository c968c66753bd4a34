"""The back-of-the-envelope estimate: from links per day to machines, bytes and characters."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400
DAYS_PER_YEAR = 365
BASE = 62

ASSUMPTIONS = (
    Assumption("writes_per_day", "New links per day", "links", 100e6, 1, 1e12),
    Assumption("reads_per_write", "Opens per link", "opens", 100, 1, 1e6, note="a read-heavy system"),
    Assumption("bytes_per_link", "Size of a stored link", "bytes", 2500, 50, 100_000),
    Assumption("years", "Links are kept for", "years", 5, 0.1, 100),
    Assumption("copies", "Copies of every link", "copies", 3, 1, 9),
    Assumption("signs", "Code length", "base62 characters", 7, 1, 12),
    Assumption("hot_share", "Share of a day's links worth caching", "%", 20, 0.1, 100),
    Assumption("range_size", "Tokens per lease", "tokens", 1000, 1, 1e6),
)


def birthday(space: float, *, chance: float = 0.5) -> float:
    """After how many random draws from `space` the first collision has that chance: √(2·N·ln(1/(1-p))).

    >>> round(birthday(365))
    22
    """
    return math.sqrt(2 * space * math.log(1 / (1 - chance)))


def writes_per_second(values: Mapping[str, float]) -> float:
    """Creates per second, averaged over a day."""
    return values["writes_per_day"] / DAY


def stored_bytes(values: Mapping[str, float]) -> float:
    """Bytes of one copy of everything that is kept."""
    return values["bytes_per_link"] * values["writes_per_day"] * DAYS_PER_YEAR * values["years"]


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    return (*_rates(values), *_bytes(values), *_keys(values))


def _rates(values: Mapping[str, float]) -> tuple[Result, ...]:
    writes = writes_per_second(values)
    reads = writes * values["reads_per_write"]
    return (
        Result(
            "writes",
            "Creates",
            writes,
            "per s",
            "new links per day ÷ 86,400 s",
            "100 million a day is 1,157 per second; the usual “1,000” is 14 % short.",
        ),
        Result("reads", "Redirects", reads, "per s", "creates per second × opens per link"),
        Result(
            "leases",
            "Leases of the counter service",
            writes / values["range_size"],
            "per s",
            "creates per second ÷ tokens per lease",
        ),
    )


def _bytes(values: Mapping[str, float]) -> tuple[Result, ...]:
    stored = stored_bytes(values)
    cached = values["bytes_per_link"] * values["writes_per_day"] * values["hot_share"] / 100
    return (
        Result(
            "storage",
            "Storage, one copy",
            stored / 1e12,
            "TB",
            "bytes × new links per day × 365 × years",
            "A year has 365 days: 456 TB. With 300 days, as often written, it would be 375 TB, not 450.",
        ),
        Result(
            "replicated",
            "Storage, all copies",
            stored * values["copies"] / 1e15,
            "PB",
            "one copy × copies",
            "Three times 450 TB is 1.35 PB, not 135 PB; with 456 TB it is 1.37 PB.",
        ),
        Result(
            "cache",
            "Memory for the hot links of a day",
            cached / 1e12,
            "TB",
            "bytes × new links per day × share worth caching",
        ),
    )


def _keys(values: Mapping[str, float]) -> tuple[Result, ...]:
    characters = values["signs"]
    space = math.pow(BASE, characters)
    kept = values["writes_per_day"] * DAYS_PER_YEAR * values["years"]
    fill = kept / space
    return (
        Result("space", "Codes of that length", space, "codes", "62 ^ code length"),
        Result(
            "lasts",
            "The code space lasts",
            space / (values["writes_per_day"] * DAYS_PER_YEAR),
            "years",
            "62 ^ code length ÷ new links per year",
        ),
        Result("fill", "Share of the space in use at the end", 100 * fill, "%", "links kept ÷ codes"),
        Result(
            "collision",
            "First collision of random codes is as likely as not after",
            birthday(space),
            "links",
            "√(2 · ln 2 · codes)",
            "Long before the space is full: 2.2 million codes of seven characters, half an hour's worth.",
        ),
        Result(
            "tries",
            "Tries per random code at the end",
            1 / (1 - fill) if fill < 1 else math.inf,
            "tries",
            "1 ÷ (1 − share in use)",
        ),
        Result(
            "md5_space",
            "Codes when cut from the front of an MD5 digest",
            _md5_space(characters),
            "codes",
            "2^128 ÷ 62 ^ (22 − code length)",
            "22 characters hold 131 bits; the first is one of 8, so cutting in front costs 7/8 of the space.",
        ),
        Result(
            "machines",
            "Machines that Snowflake's 10 bits can name",
            2**6 * 2**4,
            "machines",
            "2^6 data centres × 2^4 workers",
            "1,024, not 1,000.",
        ),
        Result("snowflake", "Snowflake ids per worker", 2**12 * 1000, "per s", "2^12 per ms × 1,000"),
        Result(
            "snowflake_signs",
            "Characters of a 64-bit id",
            math.ceil(64 / math.log2(BASE)),
            "base62 characters",
            "⌈64 ÷ log2 62⌉",
            "64 bits are 8 bytes, but one base62 character holds 5.954 bits: up to 11 of them, not 8.",
        ),
    )


def _md5_space(characters: float) -> float:
    return min(2.0**128, 2.0**128 / math.pow(BASE, 22 - characters))


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured("reads", "Redirects of the last seconds", "per s", "totals.redirects_per_s", "reads"),
        Measured("writes", "Creates of the last seconds", "per s", "totals.creates_per_s", "writes"),
    ),
)
