"""Who is who in evidence: a lane for every request, also when one user makes several at once."""

from __future__ import annotations

from sdlab.lab import acting
from sdlab.lab.trace import current


def lane() -> str:
    """The acting user, and which request it is."""
    trace = current.get()
    return f"{acting().name}, {trace.id}" if trace is not None else acting().name


def short(url: str) -> str:
    """A URL as far as evidence has room for it."""
    return url if len(url) <= 60 else f"{url[:57]}…"
