"""Questions about rides; numbers are computed by the code that runs."""

from __future__ import annotations

import numpy as np

from designs.uber.config import Config
from designs.uber.engine.driver_locks import MARGIN_S
from designs.uber.engine.rides import NEXT
from designs.uber.lesson.numbers import ESTIMATE
from sdlab.blocks.assignment import assign
from sdlab.lab import Choice, Question

PICKUPS = np.array([[2.0, 3.0], [3.0, 12.0]])  # minutes of two cars to two riders


def updates_per_second() -> float:
    """Of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "updates")


def nodes_for_updates() -> float:
    """Of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "nodes")


def best_total() -> float:
    """Minutes of both pick-ups together, assigned together."""
    return float(sum(PICKUPS[row, column] for row, column in enumerate(assign(PICKUPS))))


def lock_lasts() -> float:
    """How long the lock of a driver is kept at most, seconds."""
    return Config().offer_s + MARGIN_S


def ways_out() -> float:
    """Into how many states a ride may go that waits for a driver."""
    return float(len(NEXT["requested"]))


QUIZ = (
    Question(
        id="updates",
        text="Three million drivers say where they are every five seconds. How many updates a second is that?",
        explanation="Drivers ÷ interval. Whatever is behind it has to take that rate all day.",
        answer=updates_per_second,
        unit="per s",
    ),
    Question(
        id="nodes",
        text="A Redis node takes 100,000 of these updates a second. How many nodes are needed at least?",
        explanation="Updates ÷ updates per node, rounded up; split by city, so that a search asks one node.",
        answer=nodes_for_updates,
        tolerance=0.0,
        unit="nodes",
    ),
    Question(
        id="lock",
        text="Two matchers keep in memory which drivers they are asking. What can happen?",
        explanation="A promise that two processes must keep has to be where both look before they act.",
        choices=(
            Choice(
                "Nothing: each looks before it asks", "Each looks into its own memory, not into the other's."
            ),
            Choice(
                "A driver is asked for two rides at a time",
                "Neither knows of the other's question.",
                right=True,
            ),
            Choice("A ride is lost", "Rides are in the queue; the memory holds who is asked."),
        ),
    ),
    Question(
        id="ttl",
        text="The lock of a driver has a time to live. For how many seconds at most is it held, at the defaults here?",
        explanation="The time of an offer and two seconds. Shorter, and the next offer could begin before this one is over.",
        answer=lock_lasts,
        tolerance=0.0,
        unit="s",
    ),
    Question(
        id="all",
        text="A ride is offered to six drivers at once, and each answer looks whether the ride is free before it writes.",
        explanation="Looking and writing are two steps. One by one only one driver may answer, so nobody comes between.",
        choices=(
            Choice(
                "The first one gets it, all others are refused", "Only if looking and writing are one step."
            ),
            Choice(
                "Two who answer together may both be told yes", "Both looked before either wrote.", right=True
            ),
            Choice("Nobody gets it", "Whoever writes last has it, and another was told so as well."),
        ),
    ),
    Question(
        id="batch",
        text="Car A is 2 and 3 minutes from riders 1 and 2; car B is 3 and 12. How many minutes do both pick-ups take "
        "together, assigned together?",
        explanation="Greedy gives rider 1 car A, and rider 2 waits 12 minutes for B. The other way round it is 3 and 3.",
        answer=best_total,
        tolerance=0.0,
        unit="min",
    ),
    Question(
        id="crash",
        text="A matcher ends while a driver thinks about its offer. Who sees to the ride?",
        explanation="The job stays in the queue until it is acknowledged; the old offer is withdrawn and counts no more.",
        choices=(
            Choice("The driver's app asks again", "It has an answer to give, and nobody to wait for it."),
            Choice("Nobody: the ride is lost", "So it is without a queue."),
            Choice(
                "Another matcher claims it from the queue and offers it anew",
                "And an old yes is refused.",
                right=True,
            ),
        ),
    ),
    Question(
        id="states",
        text="Into how many states may a ride go that waits for a driver?",
        explanation="Accepted, cancelled by its rider, or failed after its time. Everything else is a 409.",
        answer=ways_out,
        tolerance=0.0,
        unit="states",
    ),
)
