"""Tinder, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.tinder.api.api import router
from designs.tinder.api.schemas import EXAMPLES
from designs.tinder.config import Config
from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.traffic import TinderTraffic
from designs.tinder.inside.snapshot import build_snapshot, build_tallies
from designs.tinder.lesson.comparisons import COMPARISONS
from designs.tinder.lesson.concepts import CONCEPTS
from designs.tinder.lesson.lesson import LESSON
from designs.tinder.lesson.missions import MISSIONS
from designs.tinder.lesson.numbers import ESTIMATE
from designs.tinder.lesson.quiz import QUIZ
from designs.tinder.lesson.script import SCRIPT
from designs.tinder.toggles import KNOBS, TOGGLES
from designs.tinder.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="tinder",
    number=19,
    title="Tinder",
    problem="Show people nearby one card at a time without a wait, nobody twice, and tell both when they like each other.",
    group="Feeds and people",
    question="How do you never show a face twice?",
    structures="Geohash partitions, prepared feeds, Bloom filters, change capture, an atomic match",
    teaser="Two phones, real swipes, and every match that a slow replica would have missed.",
    folder=Path(__file__).parent,
    engine=Tinder,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.tinder.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=TinderTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
