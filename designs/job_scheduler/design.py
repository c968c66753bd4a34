"""The job scheduler, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.job_scheduler.api.api import router
from designs.job_scheduler.api.schemas import EXAMPLES
from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.traffic import JobSchedulerTraffic
from designs.job_scheduler.inside.snapshot import build_snapshot, build_tallies
from designs.job_scheduler.lesson.comparisons import COMPARISONS
from designs.job_scheduler.lesson.concepts import CONCEPTS
from designs.job_scheduler.lesson.lesson import LESSON
from designs.job_scheduler.lesson.missions import MISSIONS
from designs.job_scheduler.lesson.numbers import ESTIMATE
from designs.job_scheduler.lesson.quiz import QUIZ
from designs.job_scheduler.lesson.script import SCRIPT
from designs.job_scheduler.toggles import KNOBS, TOGGLES
from designs.job_scheduler.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="job-scheduler",
    number=7,
    title="Job scheduler",
    problem="Run every job at its time, once, whoever dies meanwhile.",
    group="Machines at work",
    question="How is a job run at its time, and not twice, by machines that die?",
    structures="Leases with fencing tokens, SKIP LOCKED, work queue, idempotency keys, cron across time zones",
    teaser="Press “Run in 5 s”. Then kill the worker between its callback and its acknowledgement.",
    folder=Path(__file__).parent,
    engine=JobScheduler,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.job_scheduler.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=JobSchedulerTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    database="postgres",
)
