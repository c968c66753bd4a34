"""A check on its way: the request, what each algorithm says of it, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sdlab.blocks.rate_rule import Rule, Verdict

NOBODY, BY_CLIENT_RULE, BY_GLOBAL_RULE = 0, 1, 2

PASSED, DELAYED, REFUSED, UNCHECKED, UNANSWERED = "1", "h", "0", "u", "d"
NOT_EVALUATED = "-"


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A request as it is counted: under `key`, on behalf of `caller`.

    `algorithms` evaluate it, the first decides. `global_limit` is 0 for none. `stamp` is the
    gateway's own time in Unix seconds, None where the store's counts.
    """

    key: str
    gateway: str
    algorithms: tuple[str, ...]
    rule: Rule
    global_limit: int = 0
    stamp: float | None = None
    caller: str = ""

    @property
    def decider(self) -> str:
        """The algorithm whose verdict is acted on."""
        return self.algorithms[0]


class Outcome(NamedTuple):
    """What an algorithm said: refused by the client's rule, the global rule, or nobody.

    `number` counts what this key got through, as the store has it. `stamp` is the time that was
    decided with, `at` the true one.
    """

    verdict: Verdict
    refused_by: int
    number: int
    stamp: float
    at: float

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
            reset_s=round(verdict.reset_after, 3),
            retry_after_s=round(verdict.retry_after, 3),
            delay_s=round(verdict.delay, 3),
            reason=reason,
            refused_by={BY_CLIENT_RULE: "client", BY_GLOBAL_RULE: "global"}.get(outcome.refused_by, ""),
            decided_by=decided_by,
            number=outcome.number if decided_by == "counter store" else 0,
            at=round(outcome.at, 6),
        )
