"""The box office, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.ticketmaster.api import router
from designs.ticketmaster.config import Config
from designs.ticketmaster.engine import Ticketmaster
from designs.ticketmaster.lesson import LESSON
from designs.ticketmaster.numbers import ESTIMATE
from designs.ticketmaster.quiz import QUIZ
from designs.ticketmaster.toggles import KNOBS, TOGGLES
from designs.ticketmaster.workloads import WORKLOADS
from sdlab.lab import Design, Example

BASE = "/api/ticketmaster"

EXAMPLES = (
    Example("What is on, soonest first", "GET", f"{BASE}/events?limit=3", saves={"cursor": "next_cursor"}),
    Example("The page behind it", "GET", f"{BASE}/events?limit=3&cursor={{cursor}}"),
    Example("Search by word and city", "GET", f"{BASE}/events?term=live&city=Berlin"),
    Example("One event with its seats", "GET", f"{BASE}/events/e2"),
    Example(
        "Hold two seats",
        "POST",
        f"{BASE}/holds",
        body={"event_id": "e2", "seats": ["D10", "D11"]},
        status=201,
        saves={"hold": "hold_id"},
        note="they are yours for 30 s; watch with curl -N " + BASE + "/events/e2/seats/stream",
    ),
    Example(
        "Nobody else gets one of them",
        "POST",
        f"{BASE}/holds",
        body={"event_id": "e2", "seats": ["D11", "D12"]},
        status=409,
        note="all or nothing: D12 stays free",
    ),
    Example(
        "A card that is declined",
        "POST",
        f"{BASE}/bookings",
        body={"hold_id": "{hold}", "payment": {"outcome": "declined"}},
        status=402,
    ),
    Example(
        "Pay",
        "POST",
        f"{BASE}/bookings",
        body={"hold_id": "{hold}", "payment": {"outcome": "ok"}},
        headers={"Idempotency-Key": "{hold}-1"},
        status=201,
        saves={"booking": "booking_id"},
        note="once more gives the same ticket",
    ),
    Example(
        "Stand in line for the popular one",
        "POST",
        f"{BASE}/events/e1/queue",
        status=201,
        saves={"token": "token"},
        note="X-Queue-Token of a hold, once it is admitted",
    ),
    Example("Where do I stand?", "GET", f"{BASE}/events/e1/queue/{{token}}"),
    Example(
        "Without an admitted place",
        "POST",
        f"{BASE}/holds",
        body={"event_id": "e1", "seats": ["A1"]},
        status=403,
    ),
)

DESIGN = Design(
    slug="ticketmaster",
    number=9,
    title="Ticketmaster",
    problem="Sell numbered seats to a crowd: each at most once, none lost, and never money without a ticket.",
    group="Places and trips",
    question="How is one seat sold once?",
    structures="Seat locks with TTL, waiting queue, outbox, inverted index, idempotency keys",
    teaser="Two buyers, one seat, and a thousand more at the door.",
    folder=Path(__file__).parent,
    engine=Ticketmaster,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.ticketmaster.page:page",
    router=router,
    lesson=LESSON,
)
