"""Questions about the rate limiter; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.rate_limiter.engine.strategies.algorithms import ALGORITHMS
from designs.rate_limiter.lesson.numbers import ESTIMATE
from sdlab.blocks.rate_rule import Rule
from sdlab.lab import Choice, Question

RULE = Rule(limit=10, window=10.0, burst=5)


def passed(algorithm: str, times: list[float], rule: Rule = RULE) -> int:
    """How many requests at these times pass a fresh block."""
    block = ALGORITHMS[algorithm].block()
    return sum(block.check(t, rule).allowed for t in times)


def boundary_burst(algorithm: str) -> float:
    """What passes of 30 requests just before the edge of two windows and 30 just after."""
    return float(passed(algorithm, [99.9] * 30 + [100.1] * 30))


def most_in_a_window() -> float:
    """What a client gets out of a full token bucket that asks all the time for one window."""
    return float(passed("token_bucket", [100 + n / 64 for n in range(641)]))


def last_leaves() -> float:
    """Seconds until the last of six requests at once leaves a leaky bucket."""
    block = ALGORITHMS["leaky_bucket"].block()
    return max(block.check(100.0, RULE).delay for _ in range(6))


def estimate_at_a_quarter() -> float:
    """The estimate of a sliding counter a quarter into a window, eight before the edge and two after."""
    block = ALGORITHMS["sliding_counter"].block()
    for t in [95.0] * 8 + [101.0] * 2:
        block.check(t, RULE)
    return block.check(102.5, RULE, take=False).level - 1


def gigabytes_of_logs() -> float:
    """Memory of the log for the estimate's clients."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "memory_sliding_log")


QUIZ = (
    Question(
        id="race",
        text="Three gateways share one counter in Redis. Each reads it, adds one, writes it back. What goes wrong?",
        explanation="Reading and writing are two steps, and somebody else's steps fit between them. A script is "
        "one step for Redis, whoever calls it.",
        choices=(
            Choice(
                "Requests are refused too early", "A lost update makes the count too small, not too large."
            ),
            Choice(
                "More pass than the limit allows",
                "Two read 9 of 10, both write 10: eleven passed.",
                right=True,
            ),
            Choice(
                "Nothing, Redis runs one command at a time", "Each command is atomic; two in a row are not."
            ),
        ),
    ),
    Question(
        id="gateways",
        text="Four gateways keep counters of their own, each with the full limit. What can one client get?",
        explanation="Each gateway sees a quarter of the traffic and takes it for all of it. Dividing the limit by "
        "four is right only while the balancer spreads each client evenly.",
        choices=(
            Choice("the limit", "No gateway knows what passed at the others."),
            Choice("four times the limit", "A full allowance at each of them.", right=True),
            Choice("a quarter of the limit", "Only if the limit had been divided among them."),
        ),
    ),
    Question(
        id="address",
        text="Allowances belong to IP addresses. An office of forty people goes out through one. What do they see?",
        explanation="An address is neither a person nor a program. It is the right key only where nothing better "
        "is known, with a limit that leaves room for many behind one address.",
        choices=(
            Choice("Nobody notices", "Forty people spend one allowance."),
            Choice("429 for all when one of them is busy", "The allowance is the address's.", right=True),
            Choice("429 only for the one that is busy", "The limiter cannot tell them apart."),
        ),
    ),
    Question(
        id="down",
        text="The counter store is down. The limiter protects a login form against guessing. What should it do?",
        explanation="Failing open is right where the limiter protects comfort, failing closed where it protects a "
        "secret. A local fallback with a share of the limit is the middle.",
        choices=(
            Choice(
                "Fail open: users first",
                "An attacker who can overload the store may then guess without limit.",
            ),
            Choice("Fail closed, or count locally", "No guess passes uncounted.", right=True),
            Choice("Queue the requests until it is back", "The queue grows for as long as the outage lasts."),
        ),
    ),
    Question(
        id="same",
        text="Which two algorithms give the same answers for the same rule?",
        explanation="Tokens are time in another unit: a bucket with k tokens missing is a due time k gaps ahead. "
        "GCRA keeps that one number and needs no refilling.",
        choices=(
            Choice(
                "Fixed window and sliding counter",
                "They differ as soon as the previous window was not empty.",
            ),
            Choice("Token bucket and GCRA", "One is the other's state written as a time.", right=True),
            Choice(
                "Sliding log and sliding counter",
                "The counter only guesses where in the window requests were.",
            ),
        ),
    ),
    Question(
        id="boundary",
        text="Limit 10 in 10 s, fixed window. 30 requests come 0.1 s before an edge, 30 more 0.1 s after it. "
        "How many pass?",
        explanation="Ten in each of the two windows, within 0.2 s. Computed by the fixed window itself.",
        answer=lambda: boundary_burst("fixed_window"),
        tolerance=0.01,
        unit="requests",
    ),
    Question(
        id="boundary_log",
        text="The same sixty requests through a sliding-window log: how many pass?",
        explanation="The window reaches back over the edge and still holds the first ten.",
        answer=lambda: boundary_burst("sliding_log"),
        tolerance=0.01,
        unit="requests",
    ),
    Question(
        id="greedy",
        text="Token bucket, 10 in 10 s, burst 5, full at the start. A client asks all the time for 10 s. "
        "How many pass?",
        explanation="The five it had saved, and one each second, both ends included: limit + burst is the most "
        "that a window can hold.",
        answer=most_in_a_window,
        tolerance=0.01,
        unit="requests",
    ),
    Question(
        id="leaves",
        text="Leaky bucket of the same rule, empty. Six requests come at once. After how many seconds does the "
        "last one leave?",
        explanation="The first leaves at once, the others a second apart.",
        answer=last_leaves,
        tolerance=0.01,
        unit="s",
    ),
    Question(
        id="estimate",
        text="Sliding counter, window 10 s: 8 requests in the last window, 2 in this one, 2.5 s into it. "
        "What is its estimate?",
        explanation="Three quarters of the last window still count: 8 × 0.75 + 2.",
        answer=estimate_at_a_quarter,
        tolerance=0.01,
        unit="requests",
    ),
    Question(
        id="memory",
        text="10 million clients, limit 100, 20 bytes per entry and 80 per key: how much memory do exact logs need?",
        explanation="(80 + 100 × 20) bytes each: against 1.5 GB for a sliding counter.",
        answer=gigabytes_of_logs,
        unit="GB",
    ),
)
