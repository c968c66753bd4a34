"""Yelp, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.yelp.api.api import router
from designs.yelp.api.schemas import EXAMPLES
from designs.yelp.config import Config
from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.traffic import YelpTraffic
from designs.yelp.inside.snapshot import build_snapshot, build_tallies
from designs.yelp.lesson.comparisons import COMPARISONS
from designs.yelp.lesson.concepts import CONCEPTS
from designs.yelp.lesson.lesson import LESSON
from designs.yelp.lesson.missions import MISSIONS
from designs.yelp.lesson.numbers import ESTIMATE
from designs.yelp.lesson.quiz import QUIZ
from designs.yelp.lesson.script import SCRIPT
from designs.yelp.toggles import KNOBS, TOGGLES
from designs.yelp.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="yelp",
    number=17,
    title="Yelp",
    problem="Find places by words near a point, anywhere on earth, and keep one honest rating per person.",
    group="Places and trips",
    question="How does a search meet words and distance?",
    structures="Geohash terms, inverted lists, grid of cells, optimistic locking, outbox, result cache",
    teaser="Coffee within 600 metres: which cells, which words, which score?",
    folder=Path(__file__).parent,
    engine=Yelp,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.yelp.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=YelpTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    database="postgres",
)
