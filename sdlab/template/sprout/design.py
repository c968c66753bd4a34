"""The counter, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from sdlab.template.sprout.api.api import router
from sdlab.template.sprout.api.schemas import EXAMPLES
from sdlab.template.sprout.config import Config
from sdlab.template.sprout.engine.engine import Sprout
from sdlab.template.sprout.engine.traffic import SproutTraffic
from sdlab.template.sprout.inside.snapshot import build_snapshot, build_tallies
from sdlab.template.sprout.lesson.comparisons import COMPARISONS
from sdlab.template.sprout.lesson.concepts import CONCEPTS
from sdlab.template.sprout.lesson.lesson import LESSON
from sdlab.template.sprout.lesson.missions import MISSIONS
from sdlab.template.sprout.lesson.numbers import ESTIMATE
from sdlab.template.sprout.lesson.quiz import QUIZ
from sdlab.template.sprout.lesson.script import SCRIPT
from sdlab.template.sprout.toggles import KNOBS, TOGGLES
from sdlab.template.sprout.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="sprout",
    number=99,
    title="Sprout",
    problem="Count what many add at once, and lose nothing.",
    group="Web basics",
    question="How is one added?",
    structures="An atomic counter, a journal",
    teaser="One number, many hands.",
    folder=Path(__file__).parent,
    engine=Sprout,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="sdlab.template.sprout.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="easy",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=SproutTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
