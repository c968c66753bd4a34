"""A worker for tests: counts in its own memory and in Redis."""

from __future__ import annotations

import os
from typing import Any

from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer


async def counter(parent: Peer, *, redis: str, key: str, fails: bool = False) -> dict[str, Handler]:
    """Makes a counter."""
    if fails:
        raise ValueError("as it was told")
    store = connected(redis)
    own = 0

    async def count(by: int = 1) -> dict[str, int]:
        nonlocal own
        own += by
        return {"own": own, "all": await store.incrby(key, by), "pid": os.getpid()}

    async def relay(what: str) -> Any:
        return await parent.ask("said", what=what)

    async def wrong() -> None:
        raise KeyError("nothing")

    return {"count": count, "relay": relay, "wrong": wrong}
