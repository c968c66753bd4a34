"""Location tracking, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.location_tracking.api.api import router
from designs.location_tracking.api.schemas import EXAMPLES
from designs.location_tracking.config import Config
from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.traffic import TrackingTraffic
from designs.location_tracking.inside.snapshot import build_snapshot, build_tallies
from designs.location_tracking.lesson.comparisons import COMPARISONS
from designs.location_tracking.lesson.concepts import CONCEPTS
from designs.location_tracking.lesson.lesson import LESSON
from designs.location_tracking.lesson.missions import MISSIONS
from designs.location_tracking.lesson.numbers import ESTIMATE
from designs.location_tracking.lesson.quiz import QUIZ
from designs.location_tracking.lesson.script import SCRIPT
from designs.location_tracking.toggles import KNOBS, TOGGLES
from designs.location_tracking.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="location-tracking",
    number=3,
    title="Location tracking",
    problem="Know where thousands of buses are, tell parents when theirs comes, and find the nearest at once.",
    group="Places and trips",
    question="Who is near?",
    structures="Geohash, quadtree, S2 cells, H3 hexagons, consistent hashing",
    teaser="Five indexes over one moving city, each beside the full scan.",
    folder=Path(__file__).parent,
    engine=Tracking,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.location_tracking.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=TrackingTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
