"""How often what happened, since the engine was opened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class CreateCounters:
    """What creates did, and why they were refused. Of the `creates` so many codes were `drawn`, the others named."""

    creates: int = 0
    drawn: int = 0
    reused: int = 0
    repeated: int = 0
    collisions: int = 0
    retries: int = 0
    exhausted: int = 0
    unavailable: int = 0


@dataclass(slots=True)
class RedirectCounters:
    """What redirects did, and why they were refused."""

    redirects: int = 0
    permanent: int = 0
    temporary: int = 0
    not_found: int = 0
    gone: int = 0
    unavailable: int = 0
