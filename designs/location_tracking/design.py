"""Location tracking, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.location_tracking.api.api import router
from designs.location_tracking.config import Config
from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.lesson.lesson import LESSON
from designs.location_tracking.lesson.numbers import ESTIMATE
from designs.location_tracking.lesson.quiz import QUIZ
from designs.location_tracking.toggles import KNOBS, TOGGLES
from designs.location_tracking.workloads import WORKLOADS
from sdlab.lab import Design, Example

ROOT = "/api/location-tracking"
HERE = {"lat": 48.0301, "lng": 11.0502}

EXAMPLES = (
    Example("A bus says where it is", "PUT", f"{ROOT}/buses/my-bus/location", body=HERE),
    Example(
        "An older position is dropped",
        "PUT",
        f"{ROOT}/buses/my-bus/location",
        body={"lat": 48.04, "lng": 11.06, "t": 1_700_000_000},
        note="stored is false",
    ),
    Example("Which buses are near?", "GET", f"{ROOT}/nearby?lat=48.03&lng=11.05&k=3"),
    Example("Within 500 m", "GET", f"{ROOT}/nearby?lat=48.03&lng=11.05&radius_m=500"),
    Example(
        "Ring when it comes",
        "POST",
        f"{ROOT}/geofences",
        body={"name": "School", **HERE, "radius_m": 200, "bus": "my-bus"},
        status=201,
    ),
    Example("When is it at a stop?", "GET", f"{ROOT}/buses/my-bus/eta?stop=s12"),
    Example("Where it was", "GET", f"{ROOT}/buses/my-bus/track?limit=5"),
    Example(
        "A place out of range is refused",
        "PUT",
        f"{ROOT}/buses/my-bus/location",
        body={"lat": 95, "lng": 11},
        status=422,
    ),
)

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
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.location_tracking.product.page:page",
    router=router,
    lesson=LESSON,
)
