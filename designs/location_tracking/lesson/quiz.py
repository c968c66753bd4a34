"""Questions about location tracking; numbers are computed by the code that runs."""

from __future__ import annotations

from random import Random

from designs.location_tracking.lesson.numbers import ESTIMATE
from sdlab.blocks.geohash import cell_size, neighbours
from sdlab.blocks.hash_ring import HashRing, ModuloMap, share_moved
from sdlab.lab import Choice, Question

WORD = "u281zs"


def cells_looked_into() -> float:
    """The own cell and those around it."""
    return float(1 + len(neighbours(WORD)))


def width_of_six() -> float:
    """How wide a cell of six letters is at the equator, metres."""
    return cell_size(6)[1]


def moved_by_remainder() -> float:
    """Percent of cells that move when a fifth shard joins four and the remainder decides."""
    words = [f"cell {Random(n).random()}" for n in range(4000)]
    return 100 * share_moved(words, ModuloMap(range(4)), ModuloMap(range(5)))


def moved_by_ring() -> float:
    """The same with consistent hashing."""
    words = [f"cell {Random(n).random()}" for n in range(4000)]
    return 100 * share_moved(words, HashRing(range(4)), HashRing(range(5)))


def updates_per_second() -> float:
    """Of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "updates")


QUIZ = (
    Question(
        id="prefix",
        text="Two buses stand on either side of a street. How much of their geohash words is sure to agree?",
        explanation="The street may be the edge of the largest cells. A search by prefix alone misses the neighbour.",
        choices=(
            Choice("all but the last letter", "Only if no edge of a larger cell runs between them."),
            Choice("at least the first letter", "Not at the equator or at the prime meridian."),
            Choice("nothing at all", "Near places mostly share a prefix, and need not.", right=True),
        ),
    ),
    Question(
        id="nine",
        text="How many cells does a geohash search have to look into, so that nobody within one cell's width is missed?",
        explanation="The own cell and the eight around it.",
        answer=cells_looked_into,
        tolerance=0.0,
        unit="cells",
    ),
    Question(
        id="width",
        text="How wide is a geohash cell of six letters at the equator?",
        explanation="Thirty bits, fifteen of them for longitude: 40,030 km ÷ 2¹⁵.",
        answer=width_of_six,
        tolerance=0.1,
        unit="m",
    ),
    Question(
        id="tree",
        text="Buses report every second. Why is a quadtree dearer to keep up to date than a grid?",
        explanation="A quadtree shines where points stay: shops, stops. For what moves a grid changes less.",
        choices=(
            Choice("It is larger than the others", "It has about as many boxes as a grid has cells."),
            Choice(
                "A bus that crosses an edge leaves one leaf and enters another, and boxes split and merge",
                "Each crossing is a walk from the root, twice, and sometimes a rebuild of a box.",
                right=True,
            ),
            Choice("Distances are dearer to compute in it", "The distance is the same formula everywhere."),
        ),
    ),
    Question(
        id="late",
        text="A position arrives six seconds after it was measured; newer ones are stored already. What is right?",
        explanation="The place belongs into the history, and not into the last position. The comparison and the "
        "write must be one step, or two late ones overtake each other.",
        choices=(
            Choice("Store it: it came last", "The bus would jump back on every parent's map."),
            Choice("Compare times in the store, and drop it", "Store-if-newer, in one step.", right=True),
            Choice("Read the stored time, compare, then write", "Between reading and writing another comes."),
        ),
    ),
    Question(
        id="shards",
        text="Four shards hold the cells by hash mod 4. A fifth joins. What part of the cells moves?",
        explanation="A cell stays only if its hash leaves the same remainder by 4 and by 5. With a ring about a fifth moves.",
        answer=moved_by_remainder,
        tolerance=0.08,
        unit="%",
    ),
    Question(
        id="updates",
        text="100,000 buses report every five seconds. How many updates per second is that?",
        explanation="Buses ÷ interval. Halving the interval doubles everything behind it.",
        answer=updates_per_second,
        unit="per s",
    ),
)
