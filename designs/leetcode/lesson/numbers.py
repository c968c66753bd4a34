"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

ASSUMPTIONS = (
    Assumption("people", "People in a contest", "people", 100_000, 1, 1e8),
    Assumption("tries", "Submissions of each", "submissions", 20, 1, 1_000),
    Assumption("minutes", "The contest lasts", "min", 90, 1, 10_000),
    Assumption("peak", "Peak over average", "×", 4, 1, 100, "everybody sends in the last minutes"),
    Assumption("cases", "Tests of a problem", "tests", 100, 1, 10_000),
    Assumption("case_ms", "CPU time of a test", "ms", 10, 0.01, 60_000),
    Assumption("start_ms", "Start of a sandbox", "ms", 40, 0, 60_000),
    Assumption("at_once", "Jobs at once on a machine", "jobs", 8, 1, 1_000),
    Assumption("interval", "Between two polls of the leaderboard", "s", 3, 0.1, 3_600),
    Assumption("watching", "Of them look at the leaderboard", "%", 50, 0, 100),
    Assumption("code_bytes", "A submission with its row", "bytes", 4_000, 100, 1e6),
)


def submissions_per_s(people: float, tries: float, minutes: float) -> float:
    """On average over a contest."""
    return people * tries / (minutes * 60)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    average = submissions_per_s(values["people"], values["tries"], values["minutes"])
    peak = average * values["peak"]
    job_s = (values["start_ms"] + values["cases"] * values["case_ms"]) / 1000
    busy = peak * job_s
    polls = values["people"] * values["watching"] / 100 / values["interval"]
    return (
        Result(
            "average", "Submissions, on average", average, "/s", "people × submissions ÷ (minutes × 60)",
            "A hundred thousand who send twenty each within ninety minutes are 370 a second, not a few.",
        ),
        Result("peak_rate", "Submissions at the peak", peak, "/s", "average × peak"),
        Result("job", "A job takes", job_s * 1000, "ms", "start + tests × time of a test"),
        Result(
            "runners", "Jobs at the same time", float(math.ceil(busy)), "jobs", "submissions at the peak × time of a job",
            "With no queue so many sandboxes would have to run at once.",
        ),
        Result("machines", "Machines", float(math.ceil(busy / values["at_once"])), "machines", "jobs ÷ jobs at once"),
        Result(
            "polls", "Reads of the leaderboard", polls, "/s", "people × share ÷ interval",
            "Far more than submissions: that is why they must not each be a query.",
        ),
        Result(
            "storage", "Stored of a contest", values["people"] * values["tries"] * values["code_bytes"] / 1e9, "GB",
            "people × submissions × bytes",
        ),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("judged", "Judged in the last seconds", "/s", "queue.per_s", "peak_rate"),),
)
