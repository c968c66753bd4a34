"""Top-k heavy hitters, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.top_k.api import router
from designs.top_k.config import Config
from designs.top_k.engine import TopK
from designs.top_k.lesson import LESSON
from designs.top_k.numbers import ESTIMATE
from designs.top_k.quiz import QUIZ
from designs.top_k.toggles import KNOBS, TOGGLES
from designs.top_k.workloads import WORKLOADS
from sdlab.lab import Design, Example

EXAMPLES = (
    Example("Count a view", "POST", "/api/top-k/v1/views", body={"video_id": "v1"}, status=202),
    Example("Count one of another video", "POST", "/api/top-k/v1/views", body={"video_id": "v2"}, status=202),
    Example("The last minute", "GET", "/api/top-k/v1/top-videos?window=1m&k=5"),
    Example("The last five minutes", "GET", "/api/top-k/v1/top-videos?window=5m&k=5"),
    Example(
        "The last hour",
        "GET",
        "/api/top-k/v1/top-videos?window=1h&k=5",
        note="its method says exact or estimated",
    ),
    Example(
        "Another window",
        "GET",
        "/api/top-k/v1/top-videos?window=5h",
        status=422,
        note="there is no such window",
    ),
)

DESIGN = Design(
    slug="top-k",
    number=2,
    title="Top-K heavy hitters",
    problem="Say which videos are viewed most in the last minute, five minutes and hour, while millions watch.",
    group="Streams and counts",
    question="How do you know the ten most viewed of millions without counting all of them?",
    structures="Count-min sketch, heap, sub-windows, k-way merge, consistent hashing",
    teaser="Kill a host and see whose views are gone; give a sketch eight kilobytes and see what it gets wrong.",
    folder=Path(__file__).parent,
    engine=TopK,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.top_k.page:page",
    router=router,
    lesson=LESSON,
)
