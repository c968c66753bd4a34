"""A check on its way: the request, what each algorithm says of it, and the decision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from sdlab.blocks.rate_rule import Rule, Verdict

NOBODY, BY_CLIENT_RULE, BY_GLOBAL_RULE = 0, 1, 2

PASSED, DELAYED, REFUSED, UNCHECKED, UNANSWERED = "1", "h", "0", "u", "d"
NOT_EVALUATED = "-"
DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A request as it is counted: under `key`, on behalf of `caller`.

    `algorithms` evaluate it, the first decides. `global_limit` is 0 for none. `stamp` is the
    gateway's own time in Unix seconds, None where one clock counts for all. `id` tells it from all
    others; `rules` is how many changes of the rule it came after.
    """

    key: str
    gateway: str
    algorithms: tuple[str, ...]
    rule: Rule
    global_limit: int = 0
    stamp: float | None = None
    caller: str = ""
    id: int = 0
    rules: int = 0

    @property
    def decider(self) -> str:
        """The algorithm whose verdict is acted on."""
        return self.algorithms[0]

    def global_log(self, algorithm: str) -> str:
        """The name of the log by which that algorithm keeps the global rule.

        What is acted on is in one log, whichever algorithm decides; those that only look on have a log each.
        """
        return DECIDED if algorithm == self.algorithms[0] else algorithm


class Access(NamedTuple):
    """One trip to the counters, from `start` to `end` (Unix seconds): what was seen, or what was written."""

    kind: Literal["read", "write"]
    start: float
    end: float
    value: str


class Branch(NamedTuple):
    """The line that decided, by the name that it bears in that file."""

    file: Path
    name: str


class Outcome(NamedTuple):
    """What an algorithm said: refused by the client's rule, the global rule, or nobody.

    `number` counts what this key got through, as the store has it. `stamp` is the time that was
    decided with, `at` the true one. `trips` are kept for the algorithm that decides.
    """

    verdict: Verdict
    refused_by: int
    number: int
    stamp: float
    at: float
    branch: Branch | None = None
    trips: tuple[Access, ...] = ()

    @property
    def sign(self) -> str:
        """One letter for it; see `SenderView`."""
        if not self.verdict.allowed:
            return REFUSED
        return DELAYED if self.verdict.delay > 0 else PASSED


Outcomes = dict[str, Outcome]
"""By id of the algorithm."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a check. Seconds are None where nobody counted."""

    allowed: bool
    client: str
    counted_as: str
    algorithm: str
    gateway: str
    limit: int
    remaining: int | None
    reset_s: float | None
    retry_after_s: float
    delay_s: float
    reason: str
    refused_by: str
    decided_by: str
    number: int
    at: float

    @classmethod
    def unchecked(cls, request: CheckRequest, *, at: float, reason: str) -> Decision:
        """It passes although nobody counted it."""
        return cls(
            allowed=True,
            client=request.caller,
            counted_as=request.key,
            algorithm=request.decider,
            gateway=request.gateway,
            limit=request.rule.limit,
            remaining=None,
            reset_s=None,
            retry_after_s=0.0,
            delay_s=0.0,
            reason=reason,
            refused_by="",
            decided_by="nobody",
            number=0,
            at=at,
        )

    @classmethod
    def counted(
        cls, request: CheckRequest, outcome: Outcome, *, limit: int, reason: str, decided_by: str
    ) -> Decision:
        """What the deciding algorithm said, rounded for people. Only the counter store numbers requests."""
        verdict = outcome.verdict
        return cls(
            allowed=verdict.allowed,
            client=request.caller,
            counted_as=request.key,
            algorithm=request.decider,
            gateway=request.gateway,
            limit=limit,
            remaining=verdict.remaining,
            reset_s=rounded_up(verdict.reset_after),
            retry_after_s=rounded_up(verdict.retry_after),
            delay_s=rounded_up(verdict.delay),
            reason=reason,
            refused_by={BY_CLIENT_RULE: "client", BY_GLOBAL_RULE: "global"}.get(outcome.refused_by, ""),
            decided_by=decided_by,
            number=outcome.number if decided_by == "counter store" else 0,
            at=round(outcome.at, 6),
        )


def rounded_up(seconds: float) -> float:
    """A wait in whole microseconds, so that nobody who waits so long comes too early.

    >>> rounded_up(0.03333334), rounded_up(1.0)
    (0.033334, 1.0)
    """
    return math.ceil(seconds * 1e6) / 1e6
