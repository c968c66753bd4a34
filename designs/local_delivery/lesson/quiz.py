"""Questions about local delivery; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.local_delivery.engine.world import (
    CENTRES,
    HOT_CENTRE,
    PIN,
    crow_m,
    ride_min,
)
from designs.local_delivery.lesson.numbers import ESTIMATE
from sdlab.lab import Choice, Question


def looks_of_ten_million() -> float:
    """Looks a second at ten million orders a day, without a peak."""
    values = {"orders": 1e7, "peak": 1.0}
    return next(one.value for one in ESTIMATE.compute(values) if one.id == "looks")


def detour_to_the_pin() -> float:
    """Metres per minute as the crow flies, from Harbour to the pin of a fresh room."""
    harbour = CENTRES[1]
    return crow_m(harbour.x, harbour.y, *PIN) / ride_min(1, *PIN)


def ride_from_old_town() -> float:
    """Minutes along the streets from Old Town to the pin of a fresh room."""
    return ride_min(HOT_CENTRE, *PIN)


QUIZ = (
    Question(
        id="looks",
        text="Ten million orders a day, ten pages looked at by each visitor, 5 % of visitors order. How many looks are that "
        "a second, without a peak?",
        explanation="116 orders a second × 10 pages ÷ 5 %. With one million orders it is a tenth of that: 20,000 do not "
        "follow from ten orders a second.",
        answer=looks_of_ten_million,
        tolerance=0.05,
        unit="per s",
    ),
    Question(
        id="retry",
        text="A SERIALIZABLE transaction ends with SQLSTATE 40001. What has to be done?",
        explanation="Nothing of it happened, and what it read may be wrong by now. All of it, reads included, begins again.",
        choices=(
            Choice("Send the last statement again", "The transaction is over, with all of its statements."),
            Choice(
                "Begin the whole transaction again, reads included", "With a rest that grows.", right=True
            ),
            Choice("Tell the shopper that the thing is gone", "Nobody knows that yet: it may be there."),
        ),
    ),
    Question(
        id="skip",
        text="Twenty units of one thing are left, and twenty orders look for one with ORDER BY id LIMIT 1. What do they see?",
        explanation="All see the same unit, and one of them gets it. With SKIP LOCKED each sees another.",
        choices=(
            Choice("Each another unit", "Nothing tells them apart: they all sort alike."),
            Choice("All the same unit", "Nineteen begin again, then eighteen …", right=True),
            Choice("None, as the rows are locked", "A plain SELECT waits for no lock."),
        ),
    ),
    Question(
        id="index",
        text="Sales of different units collide at SERIALIZABLE. The index is on (centre, item, state). Why?",
        explanation="A sale moves the unit's entry within the index, and whoever looked for free units has read that page of "
        "it. Without the state in the index a sale changes no index at all.",
        choices=(
            Choice("The table is too small", "Size matters little where an index is used."),
            Choice(
                "Each sale writes into the index pages that all others have read",
                "Reads of an index are noted by page.",
                right=True,
            ),
            Choice("SERIALIZABLE lets one transaction run at a time", "They run at once, on snapshots."),
        ),
    ),
    Question(
        id="crash",
        text="Orders and stock are two stores. The service writes the order, then dies. What is left, without a coordinator?",
        explanation="The order is committed and its units are free: they are sold again to the next.",
        choices=(
            Choice("Nothing: it is rolled back", "No transaction spans both stores."),
            Choice("An order whose units are still free", "Whoever comes next buys them, too.", right=True),
            Choice("Units that are sold and in no order", "That is the other order of writing."),
        ),
    ),
    Question(
        id="sweeper",
        text="Reservations are a status with a time, and the sweeper is killed. What happens to a cart that was left?",
        explanation="A status does not change by itself. A reader may compare the time with now, or somebody must sweep.",
        choices=(
            Choice("Its units are free when the time is over", "Only if every reader looks at the time."),
            Choice("Its units stay reserved until a sweeper runs again", "Over, and blocked.", right=True),
            Choice("Its units are sold", "Nobody paid."),
        ),
    ),
    Question(
        id="ride",
        text="From Old Town to the pin of a fresh room it is half a kilometre as the crow flies. How many minutes by cargo "
        "bike along the streets?",
        explanation="To the nearest crossing and along the grid, at 8 to 13 km/h.",
        answer=ride_from_old_town,
        tolerance=0.1,
        unit="min",
    ),
    Question(
        id="detour",
        text="Harbour is 2.9 km from the pin of a fresh room and about 20 minutes along the streets. How many metres as the "
        "crow flies does its courier make in a minute?",
        explanation="Main streets are ridden at 210 m/min, and nobody rides as the crow flies. A circle drawn with 170 m/min "
        "promises what this centre does not keep.",
        answer=detour_to_the_pin,
        tolerance=0.05,
        unit="m/min",
    ),
    Question(
        id="late",
        text="Orders wait in one line for all centres and are bound when a picker is free. A centre closes. What is lost?",
        explanation="Only what its pickers have in hand. What is bound at the order waits in its line, and has to move.",
        choices=(
            Choice("Everything that was promised in its name", "Nothing was bound to it yet."),
            Choice("Only what its pickers have in hand", "The rest never belonged to it.", right=True),
            Choice("Nothing at all", "What is half picked has to be picked again."),
        ),
    ),
)
