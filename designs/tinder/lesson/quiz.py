"""Questions about Tinder; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.tinder.config import Config
from designs.tinder.engine.bloom_filters import filter_of
from designs.tinder.engine.feed_cache import MOST_PREPARED
from designs.tinder.engine.regions import PRECISION
from designs.tinder.lesson.numbers import ESTIMATE
from sdlab.blocks.geohash import cell_size
from sdlab.lab import Choice, Question


def swipes_per_second() -> float:
    """Of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "mean")


def wrong_yeses() -> float:
    """Per cent after 800 swipes in the default filter, which is made for 400."""
    one = filter_of(Config().bloom_bits)
    for number in range(800):
        one.add(str(number))
    return 100 * one.expected_error


def cell_height() -> float:
    """How tall a cell of the location index is, km."""
    return cell_size(PRECISION)[0] / 1000


def requests_for_200() -> float:
    """Refills for a day's swipes with the default batch."""
    return 200 / Config().batch


QUIZ = (
    Question(
        id="rate",
        text="Twenty million people swipe two hundred times a day. How many swipes is that per second, on average?",
        explanation="4 × 10⁹ a day over 86,400 seconds. The busiest hour is some three times that.",
        answer=swipes_per_second,
        tolerance=0.05,
        unit="per s",
    ),
    Question(
        id="zero",
        text="Why does the next card come without a wait?",
        explanation="The phone holds some twenty cards, and asks for more while there are still a few.",
        choices=(
            Choice(
                "The feed cache answers in about a millisecond", "The network alone takes longer than that."
            ),
            Choice(
                "It is on the phone already, and a swipe asks for nothing",
                "Requests only bring more cards.",
                right=True,
            ),
            Choice("A web socket pushes it when the finger moves", "Possible, and slower than having it."),
        ),
    ),
    Question(
        id="requests",
        text="With twenty cards per refill, how many feed requests do two hundred swipes cost, day after day?",
        explanation="One for each twenty cards. On the first day one more: five are still on the phone when it asks.",
        answer=requests_for_200,
        tolerance=0.0,
        unit="requests",
    ),
    Question(
        id="bloom_side",
        text="A Bloom filter keeps swiped people out of the feed. Which mistake can it make?",
        explanation="Bits are only ever set: what was added is found. Others may happen to find all their bits set.",
        choices=(
            Choice("It shows somebody a second time", "Whoever was added is always answered with yes."),
            Choice(
                "It never shows somebody who was not swiped",
                "And it keeps doing so: the bits stay set.",
                right=True,
            ),
            Choice("It forgets the oldest swipes", "Nothing can be taken out of it."),
        ),
    ),
    Question(
        id="overfull",
        text="The default filter is made for 400 swipes. What share of wrong yeses does theory give after 800?",
        explanation="(1 − e^(−kn/m))^k: twice as full is far more than twice as wrong.",
        answer=wrong_yeses,
        tolerance=0.1,
        unit="%",
    ),
    Question(
        id="missed",
        text="Two people swipe right on each other at the same moment, each at a replica of their own. Who finds the match?",
        explanation="Both reads come before the other write arrives. Nobody looks again.",
        choices=(
            Choice("Whoever writes last", "Not when the other write is still on its way."),
            Choice("Both, and it is made twice", "That is harmless, and needs each to see the other."),
            Choice("Perhaps nobody", "Each reads before the other's like has arrived.", right=True),
        ),
    ),
    Question(
        id="pair",
        text="Why does a partition per pair miss no match although it uses plain reads and writes?",
        explanation="Both directions hash to one partition, whose one writer takes them one after the other.",
        choices=(
            Choice("Its reads are faster", "Speed makes the gap narrower, and does not close it."),
            Choice(
                "Both swipes of a pair have one writer, so one comes after the other",
                "Order is enough.",
                right=True,
            ),
            Choice("It locks both people", "A lock per person would do too, and two of them could deadlock."),
        ),
    ),
    Question(
        id="cells",
        text="The location index cuts the map into geohash words of five letters. How tall is such a cell?",
        explanation="Twenty-five bits, twelve of them for latitude: 20,015 km ÷ 2¹².",
        answer=cell_height,
        tolerance=0.05,
        unit="km",
    ),
    Question(
        id="ttl",
        text="Cards may be up to an hour old. You move to another town. What should happen to your prepared feed?",
        explanation="Only your own feed is wrong, and you are there to notice. Others' changes may wait for the TTL.",
        choices=(
            Choice("It stays until its hour is over", "You would swipe people you have just left."),
            Choice(
                "Drop it and make another at once", "One feed, made for somebody who is looking.", right=True
            ),
            Choice("All feeds are made again", f"Nobody else's {MOST_PREPARED} cards have changed."),
        ),
    ),
)
