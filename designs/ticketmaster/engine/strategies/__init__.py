"""All approaches of this lab, by toggle."""

from designs.ticketmaster.engine.strategies.choices import (
    ADMISSIONS,
    CACHES,
    DELIVERIES,
    ISOLATIONS,
    SEARCHES,
)
from designs.ticketmaster.engine.strategies.seat_locks import SEAT_LOCKS

__all__ = ["ADMISSIONS", "CACHES", "DELIVERIES", "ISOLATIONS", "SEARCHES", "SEAT_LOCKS"]
