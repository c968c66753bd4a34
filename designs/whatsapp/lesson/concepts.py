"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("pub-sub", "channels", "reach"),
    Runs("event-log", "channels", "reach"),
    Runs("idempotency-key", "delivery", "resend"),
    Runs("atomic-script", "numbers", "numbering"),
    Runs("lru-cache", "people", "participants"),
    Runs("fan-out", "inboxes", "footprint"),
)
