"""Questions about the ad click aggregator; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.ad_click_aggregator.engine.strategies import PARTITIONS, home_of
from designs.ad_click_aggregator.lesson.numbers import ESTIMATE
from sdlab.blocks.event_windows import EventWindows
from sdlab.lab import Choice, Question

TIMES = (3.0, 11.0, 62.0, 58.0, 71.0, 59.0)
MANY = 1_000


def clicks_per_day() -> float:
    """Of the estimate, in millions."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "per_day") / 1e6


def counted_in_time() -> float:
    """Of six clicks, those whose window is still open; windows of a minute, lateness of ten seconds."""
    windows: EventWindows[str] = EventWindows(width=60, lateness=10)
    return float(sum(windows.add(at, "ad") for at in TIMES))


def share_of_the_fullest_partition() -> float:
    """Percent of a thousand ads that the fullest of the partitions has."""
    homes = [home_of(ad) for ad in range(MANY)]
    return max(homes.count(one) for one in range(PARTITIONS)) * 100 / MANY


QUIZ = (
    Question(
        id="redirect",
        text="The link of an ad leads to the advertiser, and a pixel tells us. Which clicks do we not know of?",
        explanation="The pixel is a request of its own, and browsers and extensions may drop it. A redirect is on the way.",
        choices=(
            Choice("None, pixels are small", "Small and blocked."),
            Choice(
                "Those of readers that block pixels", "They are with the advertiser all the same.", right=True
            ),
            Choice("Those of slow phones", "They are late, not lost."),
        ),
    ),
    Question(
        id="unsigned",
        text="Ids of impressions are remembered for a day and not signed. What can a forger do?",
        explanation="A made-up id was never seen, so it counts. Remembering stops repeats; a signature stops inventions.",
        choices=(
            Choice("Click one ad twice", "That is what remembering stops."),
            Choice("Invent an id for each click", "Each of them is new.", right=True),
            Choice("Nothing, ids are long", "Nobody asks whether we made them."),
        ),
    ),
    Question(
        id="position",
        text="An aggregator writes how far it has read, then flushes its counts. It dies in between. What is lost?",
        explanation="It goes on from the position; what it had counted before was only in its memory.",
        choices=(
            Choice(
                "What it had counted since the last flush",
                "The position says that it was dealt with.",
                right=True,
            ),
            Choice("Nothing, the log has it", "The log has it, and nobody reads it again."),
            Choice("The whole window", "What was flushed before is in the store, until it is written over."),
        ),
    ),
    Question(
        id="idle",
        text="Nobody has clicked in one of four partitions for a minute. What happens to the watermark of all?",
        explanation="The lowest counts. Without a click it stands still, unless the clock moves it.",
        choices=(
            Choice(
                "It stands still, unless the clock moves it",
                "So an idle partition follows the clock.",
                right=True,
            ),
            Choice("It follows the other three", "Then a click of the fourth that comes now would be late."),
            Choice("It jumps to now", "That is no lateness at all."),
        ),
    ),
    Question(
        id="spread",
        text="A hot ad is shared out over four partitions. What does its advertiser's query do?",
        explanation="Each partition has a total of its own; they are added when somebody asks.",
        choices=(
            Choice("Reads one row per window", "There are up to four."),
            Choice("Adds up to four rows per window", "A sum that the store makes.", right=True),
            Choice("Reads the raw log", "That is what totals are there to avoid."),
        ),
    ),
    Question(
        id="reconcile",
        text="A batch overrides totals that differ from the raw log. When does that not help?",
        explanation="It knows what the log knows.",
        choices=(
            Choice("When a flush was wrong", "The log is right: overridden."),
            Choice("When late clicks were dropped", "They are in the log, so they come back."),
            Choice("When a click was never logged", "Nobody can count what is nowhere.", right=True),
        ),
    ),
    Question(
        id="clicks",
        text="10,000 clicks a second at the peak, a fifth of that on average. How many million clicks a day?",
        explanation="10,000 × 0.2 × 86,400 s.",
        answer=clicks_per_day,
        unit="million",
    ),
    Question(
        id="in_time",
        text="Windows of a minute, allowed lateness ten seconds. Clicks of the seconds 3, 11, 62, 58, 71, 59 come in this "
        "order. How many are counted in time?",
        explanation="After the one of second 71 the watermark is at 61 and the first minute is closed: 59 comes too late.",
        answer=counted_in_time,
        unit="clicks",
    ),
    Question(
        id="fullest",
        text=f"{MANY:,} ads are hashed to {PARTITIONS} partitions. What percentage has the fullest?",
        explanation="A hash spreads ads, not clicks: a quarter each, nearly, and still one ad may be most of the clicks.",
        answer=share_of_the_fullest_partition,
        tolerance=0.15,
        unit="%",
    ),
)
