"""Uber, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.uber.api.api import router
from designs.uber.api.schemas import EXAMPLES
from designs.uber.config import Config
from designs.uber.engine.engine import Uber
from designs.uber.engine.traffic import UberTraffic
from designs.uber.inside.snapshot import build_snapshot, build_tallies
from designs.uber.lesson.comparisons import COMPARISONS
from designs.uber.lesson.concepts import CONCEPTS
from designs.uber.lesson.lesson import LESSON
from designs.uber.lesson.missions import MISSIONS
from designs.uber.lesson.numbers import ESTIMATE
from designs.uber.lesson.quiz import QUIZ
from designs.uber.lesson.script import SCRIPT
from designs.uber.toggles import KNOBS, TOGGLES
from designs.uber.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="uber",
    number=11,
    title="Uber",
    problem="Find a free driver near a rider at once, ask one after the other, and promise nobody twice.",
    group="Places and trips",
    question="How do you find a driver in seconds, and never promise one of them twice?",
    structures="Redis GEO, H3 rings, TTL locks, offers with numbers, batched assignment",
    teaser="Ask for a ride and sit in a car. Then ask all drivers at once, and see two of them get the same ride.",
    folder=Path(__file__).parent,
    engine=Uber,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.uber.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=UberTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
