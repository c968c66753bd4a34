"""Questions about the counter; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.web_crawler.lesson.numbers import ESTIMATE, lost_by
from sdlab.lab import Choice, Question

OVERLAPPING = 8


def peak_rate() -> float:
    """Adds per second at the peak, by the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "peak_rate")


def lost_of_eight() -> float:
    """What eight overlapping adds lose."""
    return float(lost_by(OVERLAPPING))


QUIZ = (
    Question(
        id="race",
        text="Two servers read 41, both write 42. What is wrong?",
        explanation="Each wrote what was right when it read. Between its read and its write the other came.",
        choices=(
            Choice(
                "Nothing, 42 is the newest value", "Two adds were acknowledged and one is in the counter."
            ),
            Choice("One add is lost", "41 and two adds make 43.", right=True),
            Choice("The counter is too large", "A lost update makes it too small."),
        ),
    ),
    Question(
        id="one_thread",
        text="The store runs commands one at a time. Does that protect GET followed by SET?",
        explanation="One command is one step. Two commands are two, with room for others between them.",
        choices=(
            Choice("Yes, no two commands overlap", "The commands do not, the pairs do."),
            Choice("No, others fit between the two", "Only what is one command is one step.", right=True),
            Choice("Only with a faster network", "The gap becomes smaller and never closes."),
        ),
    ),
    Question(
        id="journal",
        text="Why is there a journal beside the counter?",
        explanation="A counter cannot tell what it has forgotten. The journal is a record of its own.",
        choices=(
            Choice("To add faster", "It costs a write for each add."),
            Choice("To know what the counter should be", "It is what the claim is judged by.", right=True),
            Choice("To lock the counter", "It locks nothing."),
        ),
    ),
    Question(
        id="order",
        text="The checker reads the journal first, then the counter. Why in this order?",
        explanation="An add that is under way may be counted and not yet written down. Read this way round, it can "
        "only make the counter larger.",
        choices=(
            Choice("The order does not matter", "Then a healthy add under way would look lost."),
            Choice(
                "So that adds under way do not look lost",
                "They are counted before they are written.",
                right=True,
            ),
            Choice("The journal is slower", "It is, and that is not why."),
        ),
    ),
    Question(
        id="lost",
        text=f"{OVERLAPPING} adds read before any of them writes. How many are lost?",
        explanation="All write the same total; one of them is in it.",
        answer=lost_of_eight,
        unit="adds",
    ),
    Question(
        id="peak",
        text="How many adds per second come at the peak, by the defaults of the estimate?",
        explanation="Adds per day over 86,400 seconds, times the peak over the average.",
        answer=peak_rate,
        unit="per s",
    ),
)
