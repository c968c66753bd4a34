"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY_S = 86_400

ASSUMPTIONS = (
    Assumption("jobs_per_day", "Jobs per day", "jobs", 1e9, 1, 1e13),
    Assumption("peak", "Peak over average", "×", 3, 1, 100, "people choose full hours"),
    Assumption("interval", "Between two scans", "ms", 1_000, 10, 60_000),
    Assumption("read_per_s", "Rows that one scanner reads and publishes", "rows/s", 4_000, 1, 1e6),
    Assumption("rows_per_partition", "Due rows per partition and scan", "rows", 500, 1, 1e6),
    Assumption("call_ms", "A callback takes", "ms", 50, 1, 60_000),
    Assumption("at_once", "Callbacks at once per worker", "calls", 100, 1, 100_000),
    Assumption("job_bytes", "A job with its runs and attempts", "bytes", 600, 50, 1e6),
    Assumption("kept_days", "Finished jobs are kept", "days", 7, 0, 3_650),
    Assumption("ahead_days", "Scheduled ahead, on average", "days", 3, 0, 366),
)


def rate(jobs_per_day: float) -> float:
    """Jobs per second, averaged over a day."""
    return jobs_per_day / DAY_S


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    average = rate(values["jobs_per_day"])
    peak = average * values["peak"]
    per_scan = peak * values["interval"] / 1000
    stored = values["jobs_per_day"] * (values["kept_days"] + values["ahead_days"])
    return (
        Result(
            "average", "Jobs due, averaged over a day", average, "jobs/s", "jobs per day ÷ 86,400 s",
            "A thousand million a day are 11,574 a second on average; at a full hour there are many more.",
        ),
        Result("peak_rate", "Jobs due at the peak", peak, "jobs/s", "average × peak"),
        Result(
            "delay", "Delay by the scan, on average", values["interval"] / 2, "ms", "interval ÷ 2",
            "The interval bounds the delay only while one scan finds everything that is due within it.",
        ),
        Result(
            "scanners", "Scanners", float(math.ceil(peak / values["read_per_s"])), "scanners",
            "jobs at the peak ÷ rows that one publishes",
        ),
        Result(
            "partitions", "Partitions", float(math.ceil(per_scan / values["rows_per_partition"])), "partitions",
            "jobs at the peak × interval ÷ due rows per partition and scan",
            "More partitions than scanners, or a dead one's cannot be shared out evenly.",
        ),
        Result(
            "workers", "Workers", float(math.ceil(peak * values["call_ms"] / 1000 / values["at_once"])), "workers",
            "jobs at the peak × time of a call ÷ calls at once",
        ),
        Result("rows", "Jobs in the store", stored, "jobs", "jobs per day × (days kept + days ahead)"),
        Result(
            "storage", "Storage", stored * values["job_bytes"] / 1e12, "TB", "jobs in the store × bytes of each"
        ),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("fired", "Called in the last seconds", "jobs/s", "firing.fired_per_s", "peak_rate"),),
)
