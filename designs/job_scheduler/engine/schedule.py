"""When a job is due next: cron in a named time zone, across the days on which clocks change.

Five fields as Debian's cron takes them (https://github.com/cuu508/cronsim), or `@every 10s` as Dkron does.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from sdlab.lab.errors import Invalid

FIELDS = 5
MOST_CRON = 100
MOST_ZONE = 64
LONGEST_EVERY_S = 86_400
_EVERY = re.compile(r"@every ([1-9]\d{0,4})s")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*")


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name, as in the IANA data base. `Invalid` for none."""
    try:
        if len(name) <= MOST_ZONE and _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder of zones is none
        pass
    raise Invalid(f"there is no time zone {name[:MOST_ZONE]!r}", field="zone")


def next_due(cron: str, zone: str, after_ms: int) -> int | None:
    """The first time after that moment, in ms; none when there is none within fifty years.

    A time that the clocks leave out comes when they go on, one that they show twice comes once.

    >>> at = int(datetime(2026, 3, 29, 0, tzinfo=UTC).timestamp() * 1000)
    >>> datetime.fromtimestamp(next_due("30 2 * * *", "Europe/Berlin", at) / 1000, ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-29T03:00:00+02:00'
    """
    if seconds := _every(cron):
        return (after_ms // (1000 * seconds) + 1) * 1000 * seconds
    after = datetime.fromtimestamp(after_ms / 1000, UTC).astimezone(zone_of(zone))
    try:
        found = next(CronSim(cron, after))
    except StopIteration:
        return None
    return round(found.timestamp() * 1000)


def check(cron: str, zone: str) -> str:
    """The expression as it is kept. `Invalid` for what is none, with what is wrong about it."""
    zone_of(zone)
    text = " ".join(cron.split())
    if len(text) > MOST_CRON:
        raise Invalid(f"a cron expression has at most {MOST_CRON} characters", field="cron")
    if text.startswith("@"):
        if not 0 < (_every(text) or 0) <= LONGEST_EVERY_S:
            raise Invalid("an interval is written @every 10s, of 1 to 86400 seconds", field="cron")
        return text
    if len(text.split(" ")) != FIELDS:
        raise Invalid("a cron expression has five fields: minute, hour, day, month, weekday", field="cron")
    try:
        CronSim(text.upper(), datetime(2026, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError) as error:
        raise Invalid(f"that is no cron expression: {str(error) or 'bad field'}", field="cron") from None
    return text.upper()


def _every(cron: str) -> int | None:
    found = _EVERY.fullmatch(cron)
    return int(found[1]) if found else None
