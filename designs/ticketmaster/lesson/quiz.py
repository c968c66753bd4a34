"""Questions about the box office; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.ticketmaster.engine.programme import PER_ROW, ROWS, cents_of
from designs.ticketmaster.engine.seat_maps import Seat, SeatMap
from designs.ticketmaster.lesson.numbers import blocked_s, in_line_s
from sdlab.lab import Choice, Question


def changes_sent() -> float:
    """Seats in the update for a viewer who has version 1, when D10 was held, freed and sold since."""
    seat_map = SeatMap()
    free = dict(seat_map.seats)
    for step, state in enumerate(("held", "free", "sold")):
        seat_map.apply({**free, "D10": Seat(state)}, float(step))
    return float(len(seat_map.since(f"{seat_map.log.epoch}-0", 3.0).seats))


QUIZ = (
    Question(
        id="why_constraint",
        text="Seats are locked in Redis with a TTL. Why does the table of sales need a unique key as well?",
        explanation="A lock can be lost: by a restart, by a failover, or by a payment slower than its time.",
        choices=(
            Choice("It does not; one of them is enough", "One of them is: the key. The lock spares people the refusal."),
            Choice("To make looking up a seat faster", "It does that too, but a plain index would."),
            Choice(
                "The lock may be gone while its owner still pays",
                "Then two pay, and the key lets one sale through; the other gets the money back.",
                right=True,
            ),
        ),
    ),
    Question(
        id="give_back",
        text="A buyer's lock has expired, and somebody else has taken the seat. Now the first one gives the seat back. "
        "What must the store do?",
        explanation="Compare the owner and delete in one step. A plain delete frees what belongs to somebody else.",
        choices=(
            Choice("Delete the key", "It is the second buyer's key by now."),
            Choice(
                "Delete it if its value is the first buyer's id",
                "In one script: between a get and a delete it may change hands.",
                right=True,
            ),
            Choice("Set its time to zero", "The same as deleting it."),
        ),
    ),
    Question(
        id="crash",
        text="The service dies after the money was taken and before the seats were sold. What finds it?",
        explanation="The payment bears the id of its hold, so settling it again can neither pay nor sell twice.",
        choices=(
            Choice("The buyer, who writes to support", "Some will. The money of the others is kept for nothing."),
            Choice(
                "A reconciler that looks for payments without a booking",
                "It sells if the seats are there, and refunds if they are not.",
                right=True,
            ),
            Choice("Nobody needs to: the transaction rolls back", "A provider's payment is no part of it."),
        ),
    ),
    Question(
        id="dual",
        text="A title is written to the database; the process dies before it writes the index. When is the index right?",
        explanation="Nobody knows that a write is missing. An outbox row of the same transaction would still be there.",
        choices=(
            Choice("With the next search", "Searching does not compare the two."),
            Choice(
                "When somebody changes that event once more, or indexes all again",
                "Until then it stays wrong.",
                right=True,
            ),
            Choice("After a refresh of the index", "A refresh shows what was written. This was not."),
        ),
    ),
    Question(
        id="line",
        text="2,000 buyers are ahead of you. Batches of 100, each stays two minutes. How many minutes do you wait at most?",
        explanation="Twenty whole batches go before yours: 20 × 2 min.",
        answer=lambda: in_line_s(2_000, 100, 120) / 60,
        tolerance=0.01,
        unit="min",
    ),
    Question(
        id="sweeper",
        text="Holds last 10 minutes, a job frees expired ones every 10 minutes. For how many minutes is an abandoned seat "
        "blocked, on average?",
        explanation="The hold itself, then half an interval until the job comes: 10 + 5.",
        answer=lambda: blocked_s(600, 600) / 60,
        tolerance=0.01,
        unit="min",
    ),
    Question(
        id="price",
        text="Two seats in row C and one in row D of this hall: how many euros?",
        explanation="Rows A to C cost 89 euros, D to G 59. A hold is priced by the server, never by the page.",
        answer=lambda: cents_of(["C1", "C2", "D1"]) / 100,
        tolerance=0.001,
        unit="€",
    ),
    Question(
        id="coalesced",
        text="While a seat map was away for a second, one seat was held, freed and sold. How many seats are in the update "
        "that it gets when it asks with its version?",
        explanation="What counts is the state now. Three changes of one seat are one line.",
        answer=changes_sent,
        tolerance=0.01,
        unit="seats",
    ),
    Question(
        id="all_or_nothing",
        text=f"A hall of {len(ROWS)} rows of {PER_ROW}. A buyer wants D10 and D11; D11 is taken. What should the hold do?",
        explanation="All or nothing, in one script. Holding half and apologising keeps seats from others for nothing.",
        choices=(
            Choice("Hold D10 and say so", "Who wants two seats together does not want one."),
            Choice("Hold neither", "D10 stays free for others; the answer names D11.", right=True),
            Choice("Hold D10 and wait for D11", "Two buyers who wait for each other's seat wait until both expire."),
        ),
    ),
)  # fmt: skip
