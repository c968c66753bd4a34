"""Questions about stock alerts; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.stock_alerts.engine.alert_request import AlertRequest
from designs.stock_alerts.engine.stocks import CENTS
from designs.stock_alerts.lesson.numbers import ESTIMATE
from sdlab.blocks.thresholds import Threshold, Thresholds
from sdlab.lab import Choice, Question

MANY = 20_000


def ticks_per_second() -> float:
    """Of the estimate, on average."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "average")


def touched_by_a_move() -> float:
    """Entries that a move across three of 20,000 thresholds looks at."""
    held = Thresholds(Threshold(True, price, price) for price in range(1, MANY + 1))
    return float(held.crossed(MANY // 2, MANY // 2 + 3).touched)


def threshold_of_two_and_a_half_percent() -> float:
    """Where "up 2.5 %" fires for a stock at 140.00."""
    return AlertRequest("pct_up", percent=2.5).threshold(140 * CENTS) / CENTS


QUIZ = (
    Question(
        id="direction",
        text="A stock goes from 138 to 141 in one tick. Which alerts does the sorted index look at?",
        explanation="Two bisections find 138 and 141 in the array of those that wait for a rise. What lies between fires.",
        choices=(
            Choice("All alerts of the stock", "That is the scan: its cost grows with the number of alerts."),
            Choice("Those above 138 and up to 141", "And a logarithm of the rest, to find them.", right=True),
            Choice("Only one at exactly 141", "A price jumps; most thresholds are never hit exactly."),
        ),
    ),
    Question(
        id="order",
        text="Two consumers share the ticks of one stock. An alert “above 140” is set at 138 and fires, and the price "
        "has not been above 140 since. How?",
        explanation="An old tick of 141 was taken after the one of 138. In one partition per stock it would have come first.",
        choices=(
            Choice("The alert was stored twice", "Then it would fire twice, and rightly."),
            Choice("An older tick was taken last", "It looked like a rise from 138 to 141.", right=True),
            Choice("The clock of a consumer is wrong", "No clock is asked: prices are compared."),
        ),
    ),
    Question(
        id="drop",
        text="So consumers drop every tick that is older than the last one they took. What is wrong now?",
        explanation="A number turns false alerts into missed ones. Only an order keeps both away.",
        choices=(
            Choice("Nothing", "A spike lives in one tick; overtaken, it is dropped."),
            Choice("It costs too much", "It is one comparison."),
            Choice(
                "A spike that was overtaken is never told",
                "Its tick is older than what was taken.",
                right=True,
            ),
        ),
    ),
    Question(
        id="status",
        text="The notifier sets the status to “fired”, then sends. It dies in between, and comes back. What happens?",
        explanation="The message is delivered again, the row says that it has fired, and so it is dropped. Nobody was told.",
        choices=(
            Choice("It is sent when it comes back", "The row says that it was."),
            Choice("It is never sent", "The mark came first, so the crash lost it.", right=True),
            Choice("It is sent twice", "That is what happens when the mark comes last."),
        ),
    ),
    Question(
        id="ttl",
        text="Dedupe keys live for 60 seconds. When is that too short?",
        explanation="The key has to outlive everything that may find the alert again: a replica that is behind, a restart.",
        choices=(
            Choice(
                "When the replica is two minutes behind", "It still shows the alert as armed.", right=True
            ),
            Choice("When a user has many alerts", "Each has a key of its own."),
            Choice("When the market is calm", "Then hardly anything is found."),
        ),
    ),
    Question(
        id="poll",
        text="A poller asks every five seconds. The price is above 140 for half a second. What can bring the alert?",
        explanation="What is between two looks leaves no trace in the price of now.",
        choices=(
            Choice("A larger machine", "It would ask for the same price of now."),
            Choice("More consumers", "They get what the poller saw."),
            Choice(
                "A feed that pushes, or a high and a low since the last look",
                "The spike has to be in what is read.",
                right=True,
            ),
        ),
    ),
    Question(
        id="rate",
        text="20 million ticks come in eight hours. How many per second is that, on average?",
        explanation="20,000,000 ÷ 28,800 s.",
        answer=ticks_per_second,
        unit="ticks/s",
    ),
    Question(
        id="touched",
        text=f"Of {MANY:,} sorted thresholds a move crosses three. How many entries are looked at, at most?",
        explanation="Two bisections of fifteen steps each, and the three.",
        answer=touched_by_a_move,
        unit="entries",
    ),
    Question(
        id="percent",
        text="A stock is at 140.00, and somebody wants to be told when it is up 2.5 %. At which price is that?",
        explanation="The percentage becomes a price when the alert is set; from then on it is a threshold like any other.",
        answer=threshold_of_two_and_a_half_percent,
        tolerance=0.001,
    ),
)
