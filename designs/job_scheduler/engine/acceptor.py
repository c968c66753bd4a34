"""The acceptor: checks what is asked for, and writes it down before it answers."""

from __future__ import annotations

from collections.abc import Sequence

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.backlog import Backlog
from designs.job_scheduler.engine.counters import Counters
from designs.job_scheduler.engine.job_request import JobRequest, PlacedJob
from designs.job_scheduler.engine.job_store import JobStore, JobStory
from designs.job_scheduler.engine.nodes import ACCEPTOR, DATABASE
from designs.job_scheduler.engine.ready_queue import run_name
from sdlab.lab import EngineContext, TooMany, acting

MOST_WAITING = 40_000


class Acceptor:
    """Takes jobs, shows them, takes them back, and has dead ones tried anew."""

    def __init__(
        self, context: EngineContext[Config], store: JobStore, backlog: Backlog, counters: Counters
    ) -> None:
        self._context, self._store, self._backlog, self._counters = context, store, backlog, counters

    async def accept(self, requests: Sequence[JobRequest]) -> list[PlacedJob]:
        """All of them, or none: `Invalid` for the first that is wrong, `TooMany` when too many wait."""
        if self._backlog.waiting + len(requests) > MOST_WAITING:
            self._context.decide(f"{self._backlog.waiting:,} wait already: no more are taken")
            raise TooMany(f"at most {MOST_WAITING:,} runs may wait in a room", retry_after=5)
        now_ms, owner = int(self._context.clock.time() * 1000), acting().name
        placed = [one.placed(owner, now_ms, self._store.number + n) for n, one in enumerate(requests, 1)]
        self._store.number += len(placed)
        self._context.decide(f"its id gives it partition {placed[0].job.partition}, whoever owns that")
        await self._context.node(DATABASE).call(
            "insert job and run", lambda: self._store.insert(placed), source=ACCEPTOR
        )
        self._counters.accepted += len(placed)
        self._backlog.add((run_name(one.job.id, one.due_ms), one.due_ms) for one in placed)
        return placed

    async def story(self, id: str) -> JobStory:
        """The acting user's job with its attempts."""
        found = await self._context.node(DATABASE).call(
            "job and attempts", lambda: self._store.story(acting().name, id), source=ACCEPTOR
        )
        self._context.decide("owner and id are both asked for: another's job is not found")
        return found

    async def cancel(self, id: str) -> None:
        """Take it back, while it waits."""
        taken = await self._context.node(DATABASE).call(
            "cancel", lambda: self._store.cancel(acting().name, id), source=ACCEPTOR
        )
        self._context.decide("its row was still waiting, so no extractor has it")
        self._backlog.gone(taken)

    async def requeue(self, id: str) -> None:
        """Have its dead runs tried anew."""
        again = await self._context.node(DATABASE).call(
            "wait again", lambda: self._store.requeue(acting().name, id), source=ACCEPTOR
        )
        self._context.decide("its dead runs wait again, with all their tries")
        self._backlog.gone(run for run, _ in again)
        self._backlog.add(again)
