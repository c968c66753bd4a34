"""Cron expressions in their time zones, across the days on which clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from designs.job_scheduler.engine.schedule import check, next_due
from sdlab.lab import Invalid

BERLIN = ZoneInfo("Europe/Berlin")


def times(cron: str, after: datetime, count: int) -> list[str]:
    at, found = round(after.timestamp() * 1000), []
    for _ in range(count):
        at = next_due(cron, "Europe/Berlin", at) or 0
        found.append(datetime.fromtimestamp(at / 1000, BERLIN).isoformat())
    return found


def test_an_hour_that_is_left_out_comes_when_the_clock_goes_on() -> None:
    assert times("30 2 * * *", datetime(2026, 3, 28, 12, tzinfo=BERLIN), 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_an_hour_that_comes_twice_counts_once() -> None:
    assert times("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=BERLIN), 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_every_so_many_seconds() -> None:
    assert next_due("@every 10s", "UTC", 1_800_000_003_000) == 1_800_000_010_000
    assert next_due("@every 10s", "UTC", 1_800_000_010_000) == 1_800_000_020_000


@pytest.mark.parametrize(
    ("cron", "zone", "field"),
    [
        ("* * * * * *", "UTC", "cron"),
        ("61 * * * *", "UTC", "cron"),
        ("0 0 30 2 *", "UTC", "cron"),
        ("", "UTC", "cron"),
        ("@every 0s", "UTC", "cron"),
        ("@daily", "UTC", "cron"),
        ("@every 99999s", "UTC", "cron"),
        ("* * * * *" + " " * 40 + "x" * 100, "UTC", "cron"),
        ("* * * * *", "Europe/Nowhere", "zone"),
        ("* * * * *", "../etc/passwd", "zone"),
        ("* * * * *", "Europe", "zone"),
    ],
)
def test_what_is_no_expression_or_no_zone_is_refused(cron: str, zone: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(cron, zone)
    assert refused.value.extra["field"] == field


def test_names_of_days_are_taken_in_any_case() -> None:
    assert check(" 0 9 * * mon-fri ", "Europe/Berlin") == "0 9 * * MON-FRI"
