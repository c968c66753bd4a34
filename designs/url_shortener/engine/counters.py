"""How often what happened, since the engine was opened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """What the verbs did and refused."""

    creates: int = 0
    reused: int = 0
    redirects: int = 0
    not_found: int = 0
    gone: int = 0
    unavailable: int = 0
    collisions: int = 0
    retries: int = 0
    exhausted: int = 0
    repeated: int = 0
