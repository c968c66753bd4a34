"""How many long connections each address holds, whatever they carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sdlab.lab import TooMany
from sdlab.settings import settings

_open: Counter[str] = Counter()


@contextmanager
def connection_of(address: str) -> Iterator[None]:
    """Count one long connection for as long as the block runs. `TooMany` when the address holds its share."""
    if _open[address] >= settings().sockets_per_address:
        raise TooMany("too many connections from your address")
    _open[address] += 1
    try:
        yield
    finally:
        _open[address] -= 1
        if not _open[address]:
            del _open[address]
