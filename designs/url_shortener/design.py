"""The URL shortener, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.url_shortener.api.api import root_router, router
from designs.url_shortener.config import Config
from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.lesson.lesson import LESSON
from designs.url_shortener.lesson.numbers import ESTIMATE
from designs.url_shortener.lesson.quiz import QUIZ
from designs.url_shortener.toggles import KNOBS, TOGGLES
from designs.url_shortener.workloads import WORKLOADS
from sdlab.lab import Design, Example

EXAMPLES = (
    Example(
        "Shorten a URL",
        "POST",
        "/api/url-shortener/shorturl/generate",
        body={"url": "https://docs.python.org/3/library/asyncio-task.html"},
        saves={"code": "code"},
    ),
    Example("Follow it", "GET", "/s/{code}", status=302, note="301 when the redirect policy says so"),
    Example("My links", "GET", "/api/url-shortener/links"),
    Example("Clicks per minute", "GET", "/api/url-shortener/links/{code}/stats"),
    Example("Its QR code", "GET", "/api/url-shortener/links/{code}/qr.svg"),
    Example("Delete it", "DELETE", "/api/url-shortener/links/{code}", status=204),
    Example("It is gone", "GET", "/s/{code}", status=404),
)

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
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.url_shortener.product.page:page",
    router=router,
    lesson=LESSON,
    root_router=root_router,
)
