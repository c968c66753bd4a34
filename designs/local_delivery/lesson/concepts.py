"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("serializable-isolation", "conflicts", "ordering"),
    Runs("two-phase-commit", "conflicts", "ordering"),
    Runs("skip-locked", "conflicts", "picking"),
    Runs("hot-key", "conflicts", "picking"),
    Runs("row-lock", "conflicts", "picking"),
    Runs("reservation", "carts", "reservation"),
    Runs("ttl-lock", "carts", "reservation"),
    Runs("isochrone", "reach", "reach"),
    Runs("replica-lag", "regions", "availability"),
    Runs("idempotency-key", "conflicts", "ordering"),
)
