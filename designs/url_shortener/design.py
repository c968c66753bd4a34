"""The URL shortener, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.url_shortener.api.api import root_router, router
from designs.url_shortener.api.schemas import EXAMPLES
from designs.url_shortener.config import Config
from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.traffic import ShortenerTraffic
from designs.url_shortener.inside.snapshot import build_snapshot, build_tallies
from designs.url_shortener.lesson.comparisons import COMPARISONS
from designs.url_shortener.lesson.concepts import CONCEPTS
from designs.url_shortener.lesson.lesson import LESSON
from designs.url_shortener.lesson.missions import MISSIONS
from designs.url_shortener.lesson.numbers import ESTIMATE
from designs.url_shortener.lesson.quiz import QUIZ
from designs.url_shortener.lesson.script import SCRIPT
from designs.url_shortener.toggles import KNOBS, TOGGLES
from designs.url_shortener.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="url-shortener",
    number=1,
    title="URL shortener",
    problem="Give every long URL a short, unguessable code, "
    "and redirect a hundred times more often than you create.",
    group="Web basics",
    question="How do you give out billions of short codes without two of them meeting?",
    structures="Token ranges, Feistel shuffle, consistent hashing, LRU cache, Bloom filter",
    teaser="Four ways to make a key, and what happens to each when the lock is off.",
    folder=Path(__file__).parent,
    engine=UrlShortener,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.url_shortener.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="easy",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    root_router=root_router,
    traffic=ShortenerTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
