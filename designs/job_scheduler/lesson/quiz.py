"""Questions about the job scheduler; numbers are computed by the code that runs."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from designs.job_scheduler.engine.schedule import next_due
from designs.job_scheduler.engine.strategies import RETRIES
from designs.job_scheduler.lesson.numbers import ESTIMATE
from sdlab.lab import Choice, Question

BERLIN = "Europe/Berlin"
SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)


def jobs_per_second() -> float:
    """Of the estimate, on average."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "average")


def longest_wait() -> float:
    """Seconds from the first failure to the fifth try, when chance takes nothing off."""
    policy = RETRIES["exponential"]
    waits = [policy.after_ms(tried, 5, 500, 1.0) or 0 for tried in range(1, 5)]
    return sum(waits) / 1000


def hour_in_spring() -> float:
    """The hour in Berlin at which "30 2 * * *" comes on the night when clocks go forward."""
    due = next_due("30 2 * * *", BERLIN, int(SPRING.timestamp() * 1000)) or 0
    return float(datetime.fromtimestamp(due / 1000, ZoneInfo(BERLIN)).hour)


QUIZ = (
    Question(
        id="owner",
        text="Three scanners read the same table without any agreement. What is the first thing to go wrong?",
        explanation="Each reads rows that the others have read and not yet changed, and publishes them as well.",
        choices=(
            Choice("Jobs are forgotten", "Somebody always reads them; that is not what is missing."),
            Choice("Jobs enter the queue more than once", "Reading and marking are two steps.", right=True),
            Choice("The database refuses connections", "Three are not many."),
        ),
    ),
    Question(
        id="fencing",
        text="An extractor checks that its lease is valid, is stopped for ten seconds, and then writes. What stops it?",
        explanation="Only who is written to can know, at the moment of the write, that there is a newer owner.",
        choices=(
            Choice("The check before", "It was right when it was made."),
            Choice("A longer lease", "Then the pause is longer, some day."),
            Choice("A token that the store compares on writing", "It is lower than the newest.", right=True),
        ),
    ),
    Question(
        id="ack",
        text="A worker acknowledges before it calls, and dies in between. What becomes of the job?",
        explanation="The queue has forgotten it and the worker's memory is gone. That is what at most once means.",
        choices=(
            Choice("It is delivered again", "Nobody has it any more who could deliver it."),
            Choice("It is lost", "The queue forgot it as it was taken.", right=True),
            Choice("It is a dead letter", "For that somebody would have to know that it failed."),
        ),
    ),
    Question(
        id="key",
        text="Why is job and timestamp a good idempotency key, and the id of the delivery a bad one?",
        explanation="The key has to be the same each time the same thing is tried, and different for each next time.",
        choices=(
            Choice("It is shorter", "Length is not the point."),
            Choice(
                "A repeated delivery has another id", "So the receiver would not know it again.", right=True
            ),
            Choice("Ids can be guessed", "That is a question of access, not of repetition."),
        ),
    ),
    Question(
        id="pressure",
        text="Callbacks are slower than jobs fall due. What does pausing the scans change?",
        explanation="Callbacks get no faster. Work waits somewhere else: in rows instead of in the queue's memory.",
        choices=(
            Choice("Jobs are called sooner", "The receiver is as slow as before."),
            Choice(
                "They wait in the store, where they can be cancelled",
                "And the queue stays short.",
                right=True,
            ),
            Choice("Jobs are dropped", "Only a relevance window drops."),
        ),
    ),
    Question(
        id="relevance",
        text="A one-time password is valid for 30 s, and its job is found after 40 s. What should the worker do?",
        explanation="Its callback can only do harm: a user who gets a password that does not work.",
        choices=(
            Choice("Call at once, it is late already", "Nobody can use it."),
            Choice("Try again later", "It gets no younger."),
            Choice("Drop it and write that down", "The window is over.", right=True),
        ),
    ),
    Question(
        id="rate",
        text="A thousand million jobs a day: how many per second, on average?",
        explanation="1,000,000,000 ÷ 86,400 s.",
        answer=jobs_per_second,
        unit="jobs/s",
    ),
    Question(
        id="ladder",
        text="Base 0.5 s, doubled each time, five tries in all, no jitter. How long from the first failure to the last try?",
        explanation="0.5 + 1 + 2 + 4 s.",
        answer=longest_wait,
        unit="s",
    ),
    Question(
        id="spring",
        text="A job is due at 2:30 each night in Berlin. On 29 March 2026 clocks go from 2:00 to 3:00. When does it run?",
        explanation="2:30 is left out that night. Debian's cron, and this one, run it when the clock goes on: at 3:00.",
        answer=hour_in_spring,
        unit="o'clock",
    ),
)
