"""Questions about Yelp; numbers are computed by the code that runs."""

from __future__ import annotations

import numpy as np

from designs.yelp.engine.place import SearchQuery
from designs.yelp.engine.sphere import boxes_around, covering
from designs.yelp.engine.strategies.ranking import rated
from designs.yelp.engine.strategies.searching import Circle
from sdlab.lab import Choice, Question


def cells_of_a_circle() -> float:
    """Cells of six letters that cover a circle of 600 m at 48° north."""
    return float(len(Circle.reach(SearchQuery("", 48.03, 11.05, 600), 6).cells))


def boxes_at_the_antimeridian() -> float:
    """Boxes in degrees that hold a circle of 1 km around 180° east."""
    return float(len(boxes_around(0.0, 180.0, 1_000)))


def points_of_one_five_star_rating() -> float:
    """What a single rating of five stars counts as, in stars."""
    return float(rated(np.array([1.0]), np.array([5.0]))[0] * 4 + 1)


def cells_near_the_pole() -> float:
    """Letters that are left of six for a circle of 5 km around a point a kilometre from the pole."""
    return float(len(covering(89.99, 0.0, 5_000, 6)[0]))


QUIZ = (
    Question(
        id="cells",
        text="A circle of 600 m at 48° north, geohashes of six letters (815 m by 610 m there). How many cells does the "
        "search of this lab ask for at 48.03, 11.05?",
        explanation="The circle is 1,200 m across: it touches up to three cells each way. Not one, and not always nine.",
        answer=cells_of_a_circle,
        tolerance=0.01,
        unit="cells",
    ),
    Question(
        id="edge",
        text="A search looks only into the cell that it is asked in. What is missed?",
        explanation="Two places on either side of an edge may share no letter at all, however near they are.",
        choices=(
            Choice(
                "Nothing, if the cell is larger than the radius",
                "Whoever stands at its edge looks into the next one.",
            ),
            Choice("Places across the edge of the cell", "Some of them are the nearest of all.", right=True),
            Choice("Places with a shorter geohash", "All places have geohashes of one length here."),
        ),
    ),
    Question(
        id="antimeridian",
        text="A bounding box holds a circle of 1 km around (0°, 180°). How many boxes in degrees are needed?",
        explanation="West of the line longitudes are near 180, east of it near −180. A single box would go around the earth.",
        answer=boxes_at_the_antimeridian,
        tolerance=0.01,
        unit="boxes",
    ),
    Question(
        id="lost",
        text="Two people rate a place at once. Each reads count and sum, adds one, and writes both back. What is stored?",
        explanation="Both read the same. The second write is computed from what was there before the first.",
        choices=(
            Choice(
                "Both ratings: the database locks the row",
                "For each statement only; nobody holds it in between.",
            ),
            Choice(
                "One of them, in the sums",
                "The rows of both ratings are there. The average lacks one.",
                right=True,
            ),
            Choice("None: the database refuses both", "It sees two plain updates and has no reason to."),
        ),
    ),
    Question(
        id="version",
        text="An UPDATE … WHERE version = 7 changes no row. What has to happen?",
        explanation="Optimistic locking: who finds another version undoes the whole transaction and reads anew.",
        choices=(
            Choice("Write again without the condition", "That overwrites what the faster one has written."),
            Choice(
                "Undo all of it, read the sums again, and try once more",
                "Also the inserted rating goes back.",
                right=True,
            ),
            Choice("Answer that it worked", "Nothing was stored."),
        ),
    ),
    Question(
        id="prior",
        text="Ranking counts ten ratings of 3.7 stars beside the real ones. A place has one rating, of five stars. As how "
        "many stars does it count?",
        explanation="(5 + 10 × 3.7) ÷ 11. One enthusiastic person does not beat a hundred satisfied ones.",
        answer=points_of_one_five_star_rating,
        tolerance=0.01,
        unit="stars",
    ),
    Question(
        id="unique",
        text="The application looks whether somebody has rated a place, and inserts if not. When are there two ratings?",
        explanation="Between looking and inserting there is time. Only a key where the row is written has the last word.",
        choices=(
            Choice(
                "When the request is sent twice at once", "A double click, or a retry, is enough.", right=True
            ),
            Choice("Never, since it looks first", "It looks at a moment that is over when it inserts."),
            Choice("Only with several servers", "One server has many requests under way."),
        ),
    ),
    Question(
        id="pole",
        text="Near a pole a circle of 5 km touches thousands of cells of six letters. This lab asks for at most 512 and "
        "shortens the word until they are enough. How many letters are left at 89.99° north?",
        explanation="A circle that holds the pole has every longitude, so each row of cells is a whole ring.",
        answer=cells_near_the_pole,
        tolerance=0.01,
        unit="letters",
    ),
)
