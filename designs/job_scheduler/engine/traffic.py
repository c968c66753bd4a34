"""Performs what the workloads want: somebody schedules something."""

from __future__ import annotations

from typing import Any

from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.job_request import JobRequest
from sdlab.lab import Operation, Traffic, performs


class JobSchedulerTraffic(Traffic[JobScheduler]):
    """Delays count from the operation; of a wave they count from its first operation, so that all are due at once."""

    def __init__(self, engine: JobScheduler) -> None:
        super().__init__(engine)
        self._waves: dict[int, int] = {}

    @property
    def _now_ms(self) -> int:
        return int(self.engine.clock.time() * 1000)

    @performs("schedule")
    async def schedule(self, operation: Operation) -> dict[str, Any]:
        """One job, after a delay; below 0 it was due before it was asked for."""
        args = operation.args
        request = JobRequest(
            callback=args.get("callback", "/bin"),
            payload=args.get("payload", ""),
            run_at_ms=self._now_ms + args["delay_ms"],
            policy=args.get("policy", ""),
            relevance_s=args.get("relevance_s", 0.0),
        )
        placed = await self.engine.schedule(request)
        return {"jobs": [placed.job.id]}

    @performs("wave")
    async def wave(self, operation: Operation) -> dict[str, Any]:
        """Many jobs, all due at the moment of their wave."""
        args = operation.args
        due = self._waves.setdefault(args["wave"], self._now_ms + args["after_ms"])
        while len(self._waves) > 4:
            del self._waves[min(self._waves)]
        requests = [
            JobRequest(callback="/bin", payload=f"newsletter {args['first'] + n}", run_at_ms=due)
            for n in range(args["count"])
        ]
        placed = await self.engine.schedule_many(requests)
        return {"jobs": [placed[0].job.id, placed[-1].job.id]}

    @performs("cron")
    async def cron(self, operation: Operation) -> dict[str, Any]:
        """A job that comes again and again, and has an end."""
        args = operation.args
        request = JobRequest(
            callback="/bin",
            payload=args["payload"],
            cron=args["cron"],
            until_ms=self._now_ms + round(args["for_s"] * 1000),
        )
        placed = await self.engine.schedule(request)
        return {"jobs": [placed.job.id]}

    async def honours(self, answer: Any) -> bool:
        """A job that was accepted is in the store."""
        for id in answer.get("jobs", ()):
            if not await self.engine.store.has(id):
                return False
        return True
