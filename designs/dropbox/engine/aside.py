"""Work with a disk or a cipher: what is small is done at once, since to ask a thread takes longer than the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

SMALL = 64 << 10  # bytes
T = TypeVar("T")


async def aside(size: int, work: Callable[..., T], *args: object) -> T:
    """What `work` gives; in a thread where it has to do with more than a few bytes."""
    if size <= SMALL:
        return work(*args)
    return await asyncio.to_thread(work, *args)
