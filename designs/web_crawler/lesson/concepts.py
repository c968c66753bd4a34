"""The structures and patterns that this lab runs, each with the panel that shows it and its question."""

from __future__ import annotations

from sdlab.lab import Runs

CONCEPTS = (
    Runs("url-frontier", "frontier", "politeness"),
    Runs("lease-fencing", "frontier", "lease"),
    Runs("bloom-filter", "seen", "seen"),
    Runs("simhash", "copies", "content"),
    Runs("back-off", "retries", "jitter"),
    Runs("work-queue", "stages", "stages"),
    Runs("atomic-script", "frontier", "politeness"),
    Runs("state-machine", "graph", "guard"),
)
