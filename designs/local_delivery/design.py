"""Local delivery, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.local_delivery.api.api import router
from designs.local_delivery.api.schemas import EXAMPLES
from designs.local_delivery.config import Config
from designs.local_delivery.engine.engine import LocalDelivery
from designs.local_delivery.engine.traffic import LocalDeliveryTraffic
from designs.local_delivery.inside.snapshot import build_snapshot, build_tallies
from designs.local_delivery.lesson.comparisons import COMPARISONS
from designs.local_delivery.lesson.concepts import CONCEPTS
from designs.local_delivery.lesson.lesson import LESSON
from designs.local_delivery.lesson.missions import MISSIONS
from designs.local_delivery.lesson.numbers import ESTIMATE
from designs.local_delivery.lesson.quiz import QUIZ
from designs.local_delivery.lesson.script import SCRIPT
from designs.local_delivery.toggles import KNOBS, TOGGLES
from designs.local_delivery.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="local-delivery",
    number=18,
    title="Local delivery",
    problem="Sell the last unit once, and bring it within the hour.",
    group="Places and trips",
    question="How is stock sold once, and promised in time?",
    structures="Serialisable transactions, SKIP LOCKED, reservations, reach along streets, region replicas",
    teaser="Two hundred shoppers, twenty consoles, one hour.",
    folder=Path(__file__).parent,
    engine=LocalDelivery,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.local_delivery.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=LocalDeliveryTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    database="postgres",
)
