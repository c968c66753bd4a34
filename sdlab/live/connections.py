"""Long connections, whatever they carry: how many each address holds, and how the parts of one end together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from sdlab.lab import TooMany
from sdlab.rooms.lab import RunningLab
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


async def until_one_ends(lab: RunningLab, *parts: Coroutine[Any, Any, None]) -> None:
    """Run the parts of a connection until one of them ends or the lab closes; then none runs any more.

    What made a part fail is raised.
    """
    tasks = {asyncio.create_task(one) for one in (*parts, _closed(lab))}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _closed(lab: RunningLab) -> None:
    await lab.frames.closed.wait()
