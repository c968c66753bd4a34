"""Dropbox, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.dropbox.api.api import router
from designs.dropbox.api.schemas import EXAMPLES
from designs.dropbox.config import Config
from designs.dropbox.engine.engine import Dropbox
from designs.dropbox.engine.traffic import DropboxTraffic
from designs.dropbox.inside.snapshot import build_snapshot, build_tallies
from designs.dropbox.lesson.comparisons import COMPARISONS
from designs.dropbox.lesson.concepts import CONCEPTS
from designs.dropbox.lesson.lesson import LESSON
from designs.dropbox.lesson.missions import MISSIONS
from designs.dropbox.lesson.numbers import ESTIMATE
from designs.dropbox.lesson.quiz import QUIZ
from designs.dropbox.lesson.script import SCRIPT
from designs.dropbox.toggles import KNOBS, TOGGLES
from designs.dropbox.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="dropbox",
    number=10,
    title="Dropbox",
    problem="Keep a folder the same on every device, and send only what changed.",
    group="Media and files",
    question="Which bytes travel when one letter changes?",
    structures="Content-defined chunks, fingerprints, change log with cursors, versions, reference counts",
    teaser="Two folders, one letter typed, one chunk on its way.",
    folder=Path(__file__).parent,
    engine=Dropbox,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.dropbox.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=DropboxTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
