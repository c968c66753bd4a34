"""The box office, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.ticketmaster.api.api import router
from designs.ticketmaster.api.schemas import EXAMPLES
from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.traffic import TicketmasterTraffic
from designs.ticketmaster.inside.snapshot import build_snapshot, build_tallies
from designs.ticketmaster.lesson.comparisons import COMPARISONS
from designs.ticketmaster.lesson.concepts import CONCEPTS
from designs.ticketmaster.lesson.lesson import LESSON
from designs.ticketmaster.lesson.missions import MISSIONS
from designs.ticketmaster.lesson.numbers import ESTIMATE
from designs.ticketmaster.lesson.quiz import QUIZ
from designs.ticketmaster.lesson.script import SCRIPT
from designs.ticketmaster.toggles import KNOBS, TOGGLES
from designs.ticketmaster.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="ticketmaster",
    number=9,
    title="Ticketmaster",
    problem="Sell numbered seats to a crowd: each at most once, none lost, and never money without a ticket.",
    group="Places and trips",
    question="How is one seat sold once?",
    structures="Seat locks with TTL, row locks, waiting queue, outbox, inverted index, idempotency keys",
    teaser="Two buyers, one seat, and a thousand more at the door.",
    folder=Path(__file__).parent,
    engine=Ticketmaster,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.ticketmaster.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=TicketmasterTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    database="postgres",
)
