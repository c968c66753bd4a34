"""The programme of a room, made from its seed, and the seats of the hall."""

from __future__ import annotations

from random import Random

from designs.ticketmaster.search import Event

ROWS, PER_ROW = "ABCDEFGHIJ", 20
SEATS = tuple(f"{row}{number}" for row in ROWS for number in range(1, PER_ROW + 1))
EVENTS = 24
DAY = 86_400
CITIES = ("Berlin", "Lisbon", "Oslo", "Kraków", "Dublin", "Lyon")
HALLS = ("Harbour Hall", "Old Gasworks", "Northern Arena", "Glass Theatre")
KINDS = ("Live", "Farewell Tour", "Unplugged", "in Concert", "Winter Tour", "One Night Only")
NAMES = (
    "The Paper Lanterns", "Velvet Static", "Mira Holm", "Quiet Engines", "Salt & Amber", "Northbound",
    "The Long Weekend", "Ivo Marsh",
)  # fmt: skip


def programme(chance: Random, now: float) -> list[Event]:
    """The events; the first one is the one everybody wants."""
    found = []
    for number in range(1, EVENTS + 1):
        performer = chance.choice(NAMES)
        found.append(
            Event(
                id=f"e{number}",
                title=f"{performer} {chance.choice(KINDS)}",
                performer=performer,
                venue=chance.choice(HALLS),
                city=chance.choice(CITIES),
                starts=now + DAY * chance.randint(7, 200),
                popular=number == 1,
            )
        )
    return found
