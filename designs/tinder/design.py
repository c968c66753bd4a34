"""Tinder, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.tinder.api.api import router
from designs.tinder.config import Config
from designs.tinder.engine.engine import Tinder
from designs.tinder.lesson.lesson import LESSON
from designs.tinder.lesson.numbers import ESTIMATE
from designs.tinder.lesson.quiz import QUIZ
from designs.tinder.toggles import KNOBS, TOGGLES
from designs.tinder.workloads import WORKLOADS
from sdlab.lab import Design, Example

ROOT = "/api/tinder"

EXAMPLES = (
    Example("Cards to swipe", "GET", f"{ROOT}/feed?location=48.0264,11.0581&distance=10"),
    Example("Like somebody", "POST", f"{ROOT}/swipe/sam", body={"intent": "Like"}),
    Example(
        "Say it again: it counts once",
        "POST",
        f"{ROOT}/swipe/sam",
        body={"intent": "Dislike"},
        note="the answer is what stands: Like, repeated",
    ),
    Example(
        "Look for people of an age, nearby",
        "PUT",
        f"{ROOT}/profile",
        body={"age_min": 24, "age_max": 38, "distance_km": 8},
    ),
    Example(
        "Go to the countryside",
        "PUT",
        f"{ROOT}/profile",
        body={"location": {"lat": 47.9311, "lng": 10.8886}},
        note="the prepared feed is dropped, and another one made",
    ),
    Example("Who likes me back?", "GET", f"{ROOT}/matches?limit=5"),
    Example("Oneself is refused", "POST", f"{ROOT}/swipe/visitor", body={"intent": "Like"}, status=409),
    Example("Nobody is called that", "POST", f"{ROOT}/swipe/p9999999", body={"intent": "Like"}, status=404),
)

DESIGN = Design(
    slug="tinder",
    number=19,
    title="Tinder",
    problem="Show people nearby one card at a time without a wait, nobody twice, and tell both when they like each other.",
    group="Feeds and people",
    question="How do you never show a face twice?",
    structures="Geohash partitions, prepared feeds, Bloom filters, change capture, an atomic match",
    teaser="Two phones, real swipes, and every match that a slow replica would have missed.",
    folder=Path(__file__).parent,
    engine=Tinder,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.tinder.product.page:page",
    router=router,
    lesson=LESSON,
)
