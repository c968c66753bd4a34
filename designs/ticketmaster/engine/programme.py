"""The programme of a room, made from its seed, the seats of the hall, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random

from designs.ticketmaster.engine.search_index import Event
from designs.ticketmaster.engine.towns import ZONES

ROWS, PER_ROW = "ABCDEFGHIJ", 20
SEATS = tuple(f"{row}{number}" for row in ROWS for number in range(1, PER_ROW + 1))
EVENTS = 24
FIRST_EVENT = "e2"
BEGINS_AT = 20
CITIES = tuple(ZONES)
HALLS = ("Harbour Hall", "Old Gasworks", "Northern Arena", "Glass Theatre")
KINDS = ("Live", "Farewell Tour", "Unplugged", "in Concert", "Winter Tour", "One Night Only")
NAMES = (
    "The Paper Lanterns", "Velvet Static", "Mira Holm", "Quiet Engines", "Salt & Amber", "Northbound",
    "The Long Weekend", "Ivo Marsh",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tier:
    """Rows that cost the same."""

    name: str
    rows: str
    cents: int


TIERS = (Tier("front", "ABC", 8_900), Tier("middle", "DEFG", 5_900), Tier("back", "HIJ", 3_900))
_CENTS = {row: tier.cents for tier in TIERS for row in tier.rows}


def cents_of(seats: Sequence[str]) -> int:
    """What these seats cost together."""
    return sum(_CENTS[seat[0]] for seat in seats)


def euros(cents: int) -> str:
    """An amount as it is printed on a ticket."""
    return f"€{cents / 100:.2f}"


def programme(chance: Random, now: float) -> list[Event]:
    """The events, each at eight in the evening of its town; the first one is the one everybody wants."""
    found = []
    today = datetime.fromtimestamp(now, UTC).date()
    for number in range(1, EVENTS + 1):
        performer = chance.choice(NAMES)
        title = f"{performer} {chance.choice(KINDS)}"
        venue, city = chance.choice(HALLS), chance.choice(CITIES)
        day = today + timedelta(days=chance.randint(7, 200))
        found.append(
            Event(
                id=f"e{number}",
                title=title,
                performer=performer,
                venue=venue,
                city=city,
                starts=datetime.combine(day, time(BEGINS_AT), ZONES[city]).timestamp(),
                popular=number == 1,
            )
        )
    return found
