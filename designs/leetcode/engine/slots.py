"""How many jobs run at once in this server, over all rooms: who is beyond that waits, and its lease is made longer."""

from __future__ import annotations

import asyncio
import os
from contextlib import AbstractAsyncContextManager
from weakref import WeakKeyDictionary

MOST_AT_ONCE = max(4, 2 * (os.cpu_count() or 1))

_OF_LOOP: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def slot() -> AbstractAsyncContextManager[None]:
    """Within the block one of the slots is taken; entering it waits until one is free."""
    loop = asyncio.get_running_loop()
    if loop not in _OF_LOOP:
        _OF_LOOP[loop] = asyncio.Semaphore(MOST_AT_ONCE)
    return _OF_LOOP[loop]
