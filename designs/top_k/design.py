"""Top-k heavy hitters, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.top_k.api.api import router
from designs.top_k.api.schemas import EXAMPLES
from designs.top_k.config import Config
from designs.top_k.engine.engine import TopK
from designs.top_k.engine.traffic import TopKTraffic
from designs.top_k.inside.snapshot import build_snapshot, build_tallies
from designs.top_k.lesson.comparisons import COMPARISONS
from designs.top_k.lesson.concepts import CONCEPTS
from designs.top_k.lesson.lesson import LESSON
from designs.top_k.lesson.missions import MISSIONS
from designs.top_k.lesson.numbers import ESTIMATE
from designs.top_k.lesson.quiz import QUIZ
from designs.top_k.lesson.script import SCRIPT
from designs.top_k.toggles import KNOBS, TOGGLES
from designs.top_k.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="top-k",
    number=2,
    title="Top-K heavy hitters",
    problem="Say which videos are viewed most in the last minute, five minutes and hour, while millions watch.",
    group="Streams and counts",
    question="How do you know the ten most viewed of millions without counting all of them?",
    structures="Count-min sketch, heap, sub-windows, k-way merge, consistent hashing",
    teaser="Kill a host and see whose views are gone; give a sketch eight kilobytes and see what it gets wrong.",
    folder=Path(__file__).parent,
    engine=TopK,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.top_k.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=TopKTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
