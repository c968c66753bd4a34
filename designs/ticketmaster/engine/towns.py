"""The towns of the programme, each with the zone that its clocks show."""

from __future__ import annotations

from zoneinfo import ZoneInfo

ZONES = {
    city: ZoneInfo(zone)
    for city, zone in (
        ("Berlin", "Europe/Berlin"),
        ("Lisbon", "Europe/Lisbon"),
        ("Oslo", "Europe/Oslo"),
        ("Kraków", "Europe/Warsaw"),
        ("Dublin", "Europe/Dublin"),
        ("Lyon", "Europe/Paris"),
    )
}
UNKNOWN = ZoneInfo("UTC")


def zone_of(city: str) -> ZoneInfo:
    """The zone of a town; UTC for one that the programme does not have."""
    return ZONES.get(city, UNKNOWN)
