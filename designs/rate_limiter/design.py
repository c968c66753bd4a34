"""The rate limiter, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.rate_limiter.api.api import router
from designs.rate_limiter.api.schemas import EXAMPLES
from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.engine import RateLimiter
from designs.rate_limiter.engine.traffic import LimiterTraffic
from designs.rate_limiter.inside.snapshot import build_snapshot, build_tallies
from designs.rate_limiter.lesson.comparisons import COMPARISONS
from designs.rate_limiter.lesson.concepts import CONCEPTS
from designs.rate_limiter.lesson.lesson import LESSON
from designs.rate_limiter.lesson.missions import MISSIONS
from designs.rate_limiter.lesson.numbers import ESTIMATE
from designs.rate_limiter.lesson.quiz import QUIZ
from designs.rate_limiter.lesson.script import SCRIPT
from designs.rate_limiter.toggles import KNOBS, TOGGLES
from designs.rate_limiter.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="rate-limiter",
    number=6,
    title="Rate limiter",
    problem="Let each client through so often and no oftener, on many gateways at once, "
    "and say when to come back.",
    group="Web basics",
    question="Who may pass, and who remembers?",
    structures="Token bucket, leaky bucket, sliding windows, GCRA, atomic Redis scripts",
    teaser="Six algorithms on one stream of requests, and the true count beside each.",
    folder=Path(__file__).parent,
    engine=RateLimiter,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.rate_limiter.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="easy",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=LimiterTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
