"""The program of a transcoder: takes a job, has its cells encoded and written down, acknowledges. A process of its own."""

from __future__ import annotations

from typing import Any

from designs.youtube.engine.cell_queue import CellQueue, TakenJob
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer


class Transcoder:
    """Holds one job at a time, with the token of its lease. What it believes of that lease is all it knows."""

    def __init__(self, parent: Peer, *, name: str, redis: str, base: str) -> None:
        self._parent, self._me = parent, name
        self._queue = CellQueue(connected(redis), base)
        self._hand: TakenJob | None = None

    async def take(self, *, now: int, until: int, tries: int) -> dict[str, Any]:
        """Take what is there."""
        took = await self._queue.take(self._me, now_ms=now, until_ms=until, tries=tries)
        self._hand = one = took.taken
        job = (
            {}
            if one is None
            else {**one.job, "id": one.id, "token": one.token, "tried": one.tried, "again": one.again}
        )
        return {"job": job, "next": took.next_ms, "gone": list(took.gone)}

    async def extend(self, *, until: int) -> None:
        """It is alive, and at work."""
        if self._hand is not None:
            await self._queue.extend(self._me, self._hand.id, until)

    async def work(self) -> dict[str, Any]:
        """Do what is in the hand, cell by cell: encode, write down, and at the end acknowledge."""
        hand = self._hand
        assert hand is not None
        done: list[str] = []
        cells = hand.job["cells"] or [None]
        for cell in cells:
            what = {"video": hand.job["video"], "cell": cell, "token": hand.token}
            made = await self._parent.ask("make", **what)
            if made.get("failed"):
                return {"failed": made["failed"], "cells": done}
            if cell is not None:
                done.append(await self._parent.ask("write", made=made, **what))
        mine = await self._queue.finish(self._me, hand.id)
        self._hand = None
        return {"failed": "", "cells": done, "mine": mine}

    async def fail(self, *, tries: int, again: int) -> int:
        """It did not work: back to the queue, or to the dead letters."""
        hand, self._hand = self._hand, None
        return await self._queue.fail(self._me, hand.id, tries=tries, again_ms=again) if hand else 0


async def make(parent: Peer, **setup: Any) -> dict[str, Handler]:
    """What a transcoder can be asked."""
    one = Transcoder(parent, **setup)
    return {"take": one.take, "work": one.work, "extend": one.extend, "fail": one.fail}
