"""WhatsApp, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.whatsapp.api.api import router
from designs.whatsapp.api.schemas import EXAMPLES
from designs.whatsapp.config import Config
from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.engine.traffic import WhatsappTraffic
from designs.whatsapp.inside.snapshot import build_snapshot, build_tallies
from designs.whatsapp.lesson.comparisons import COMPARISONS
from designs.whatsapp.lesson.concepts import CONCEPTS
from designs.whatsapp.lesson.lesson import LESSON
from designs.whatsapp.lesson.missions import MISSIONS
from designs.whatsapp.lesson.numbers import ESTIMATE
from designs.whatsapp.lesson.quiz import QUIZ
from designs.whatsapp.lesson.script import SCRIPT
from designs.whatsapp.toggles import KNOBS, TOGGLES
from designs.whatsapp.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="whatsapp",
    number=22,
    title="WhatsApp",
    problem="Bring every message to every device once, in order.",
    group="Feeds and people",
    question="How does a message reach phones that are mostly away?",
    structures="Inboxes, channels per user, sequence numbers, client ids, signed media",
    teaser="Three phones, three servers, and one of them dies.",
    folder=Path(__file__).parent,
    engine=Whatsapp,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.whatsapp.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=WhatsappTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
