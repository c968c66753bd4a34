"""What a visitor wants: one handler for each verb of the product."""

from __future__ import annotations

import math
from typing import Any

from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.job_request import JobRequest
from sdlab.lab import Invalid, LabError
from sdlab.live.state import VerbState, verbs_of

SOON_MS = 5_000

verb = verbs_of("job-scheduler", JobScheduler)


class JobSchedulerState(VerbState):
    """The last refusal of what was asked for; jobs are in the live frames."""

    wrong: str = ""

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.wrong = error.detail

    @verb
    async def soon(self, engine: JobScheduler) -> None:
        """Something small, in five seconds."""
        await engine.schedule(JobRequest(callback="/bin", payload="in five seconds", delay_ms=SOON_MS))

    @verb(unusable="a delay is a number of seconds")
    async def schedule(  # noqa: PLR0917 - the fields of the form, in their order
        self, engine: JobScheduler, when: str, value: str, callback: str, policy: str, payload: str
    ) -> None:
        """After a delay, or by a cron expression in UTC."""
        if when == "cron":
            request = JobRequest(callback=callback, payload=payload, cron=value, policy=policy)
        else:
            request = JobRequest(callback=callback, payload=payload, delay_ms=_ms(value), policy=policy)
        await engine.schedule(request)

    @verb
    async def cancel(self, engine: JobScheduler, id: str) -> None:
        """Take a job back."""
        await engine.cancel(id)

    @verb
    async def requeue(self, engine: JobScheduler, id: str) -> None:
        """Have a dead job tried anew."""
        await engine.requeue(id)


def _ms(value: str) -> int:
    seconds = float(value.replace(",", ""))
    if not math.isfinite(seconds):
        raise Invalid("a delay is a number of seconds", field="delay_s")
    return round(seconds * 1000)
