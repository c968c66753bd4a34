"""Twitter, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.twitter.api.api import router
from designs.twitter.api.schemas import EXAMPLES
from designs.twitter.config import Config
from designs.twitter.engine.engine import Twitter
from designs.twitter.engine.traffic import TwitterTraffic
from designs.twitter.inside.snapshot import build_snapshot, build_tallies
from designs.twitter.lesson.comparisons import COMPARISONS
from designs.twitter.lesson.concepts import CONCEPTS
from designs.twitter.lesson.lesson import LESSON
from designs.twitter.lesson.missions import MISSIONS
from designs.twitter.lesson.numbers import ESTIMATE
from designs.twitter.lesson.quiz import QUIZ
from designs.twitter.lesson.script import SCRIPT
from designs.twitter.toggles import KNOBS, TOGGLES
from designs.twitter.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="twitter",
    number=12,
    title="Twitter",
    problem="Let millions tweet, like and search, without writing a popular row for each of its likes.",
    group="Feeds and people",
    question="When does the database hear of a like?",
    structures="Two-stage counter, inverted index, cursor pages",
    teaser="A million likes, twenty writes.",
    folder=Path(__file__).parent,
    engine=Twitter,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.twitter.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=TwitterTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
