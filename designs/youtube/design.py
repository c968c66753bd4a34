"""YouTube, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.youtube.api.api import router
from designs.youtube.api.schemas import EXAMPLES
from designs.youtube.config import Config
from designs.youtube.engine.engine import Youtube
from designs.youtube.engine.traffic import YoutubeTraffic
from designs.youtube.inside.snapshot import build_snapshot, build_tallies
from designs.youtube.lesson.comparisons import COMPARISONS
from designs.youtube.lesson.concepts import CONCEPTS
from designs.youtube.lesson.lesson import LESSON
from designs.youtube.lesson.missions import MISSIONS
from designs.youtube.lesson.numbers import ESTIMATE
from designs.youtube.lesson.quiz import QUIZ
from designs.youtube.lesson.script import SCRIPT
from designs.youtube.toggles import KNOBS, TOGGLES
from designs.youtube.workloads import SAMPLE, WORKLOADS
from sdlab.lab import FFMPEG, Design

DESIGN = Design(
    slug="youtube",
    number=4,
    title="YouTube",
    problem="Take in videos of any size, and play them on any network.",
    group="Media and files",
    question="How does a file become a stream that never stalls?",
    structures="Chunks with fingerprints, signed addresses, a queue of cells, fenced leases, adaptive bitrate",
    teaser="A clip is cut into cells, and two transcoders share them.",
    folder=Path(__file__).parent,
    engine=Youtube,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.youtube.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=YoutubeTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    needs=(FFMPEG,),
)
