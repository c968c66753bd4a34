"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("geohash", "map", "index"),
    Runs("quadtree", "map", "index"),
    Runs("s2-cells", "costs", "index"),
    Runs("h3-hexagons", "map", "index"),
    Runs("late-data", "connections", "ordering"),
    Runs("consistent-hashing", "shards", "placement"),
)
