"""Looks after the servers that this process has started: one that dies is started again on the same data."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

log = logging.getLogger("sdlab.stores")

LOOK_EVERY = 0.1
LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A server by name: whether its process is there (`alive` also reaps it), and how to start it again."""

    name: str
    alive: Callable[[], bool]
    revive: Callable[[], Awaitable[None]]


async def keep(one: Kept, *, revived: Callable[[], Awaitable[None]]) -> None:
    """Start it again whenever it is gone, until cancelled; `revived` is called each time that it is back."""
    pause = LOOK_EVERY
    while True:
        await asyncio.sleep(pause)
        if one.alive():
            pause = LOOK_EVERY
            continue
        log.error("%s is gone; it is started again", one.name)
        try:
            await one.revive()
        except Exception as error:
            pause = min(max(2 * pause, 0.5), LONGEST_PAUSE)
            log.error("%s does not start: %s", one.name, error)
            continue
        log.warning("%s is back", one.name)
        try:
            await revived()
        except Exception:
            log.exception("rooms could not all be opened again after %s was back", one.name)
