"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("geohash", "map", "proximity"),
    Runs("quadtree", "map", "proximity"),
    Runs("h3-hexagons", "surge", "surge"),
    Runs("ttl-lock", "locks", "lock"),
    Runs("work-queue", "queue", "intake"),
    Runs("assignment-problem", "match", "matching"),
    Runs("state-machine", "rides", "offers"),
    Runs("server-sent-events", "offers"),
)
