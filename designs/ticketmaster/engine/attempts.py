"""Who did what when: the steps of recent attempts, and of those that met over one seat.

A step is measured where it happens, so that lanes show a race as it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.nodes import BOOKING
from sdlab.lab import EngineContext, EvidenceView, LabError, acting, read_step, write_step

T = TypeVar("T")

KEPT_ATTEMPTS = 400
LOOKED_AT = 64
MOST_STEPS = 8
MOST_LANES = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One step; times are seconds of the engine's clock."""

    label: str
    began: float
    ended: float
    tone: str


@dataclass(slots=True)
class Attempt:
    """One try to hold or to buy."""

    actor: str
    event_id: str
    seats: frozenset[str]
    hold_id: str
    began: float
    ended: float = 0.0
    refused: bool = False
    steps: list[Step] = field(default_factory=list)

    def meets(self, other: Attempt) -> bool:
        """Whether somebody else wanted one of the same seats at the same time."""
        return (
            self is not other
            and self.actor != other.actor
            and self.event_id == other.event_id
            and bool(self.seats & other.seats)
            and self.began < other.ended
            and other.began < self.ended
        )


WRITES = {"note": "writes the payment down", "sell": "sells"}


def _proof(one: Attempt, step: Step, shift: float) -> EvidenceView:
    began, ended, seats = step.began + shift, step.ended + shift, ", ".join(sorted(one.seats))
    if step.label == "look":
        return read_step(one.actor, f"looks whether {seats} is sold", began, ended, saw="not sold")
    if step.label in WRITES:
        sells = step.label == "sell"
        return write_step(one.actor, f"{WRITES[step.label]}: {seats}", began, ended, wrote=seats, lost=sells)
    return EvidenceView(began, one.actor, f"{step.label}s", ended)


_under_way: ContextVar[Attempt | None] = ContextVar("ticketmaster_attempt", default=None)


class AttemptLog:
    """The newest attempts; `shown` are the lanes of the last winner and loser, or of a double sale."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._clock = context, context.clock
        self._recent: deque[Attempt] = deque(maxlen=KEPT_ATTEMPTS)
        self.shown: tuple[Attempt, ...] = ()
        self.doubled = False
        self.met = 0

    @contextmanager
    def attempt(self, event_id: str, seats: Sequence[str], *, hold_id: str = "") -> Iterator[Attempt]:
        """Steps inside belong to this attempt of the acting user."""
        one = Attempt(acting().name, event_id, frozenset(seats), hold_id, self._clock.monotonic())
        token = _under_way.set(one)
        self._recent.append(one)
        try:
            yield one
        except LabError:
            one.refused = True
            raise
        finally:
            _under_way.reset(token)
            one.ended = self._clock.monotonic()
            self._look_for_a_meeting(one)

    def _look_for_a_meeting(self, one: Attempt) -> None:
        if self.doubled or not one.steps:
            return
        newest = islice(reversed(self._recent), LOOKED_AT)
        others = [
            other
            for other in newest
            if other.refused != one.refused and other.steps and other.ended and one.meets(other)
        ]
        if others:
            self.met += 1
            self.shown = (*reversed(others[: MOST_LANES - 1]), one)

    async def step(self, node_id: str, label: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do a step at that node, and remember when it began and ended, and whether it was refused."""
        attempt, began, tone = _under_way.get(), self._clock.monotonic(), "error"
        try:
            result = await self._context.node(node_id).call(label, work, source=BOOKING)
            tone = "ok"
        finally:
            if attempt is not None and len(attempt.steps) < MOST_STEPS:
                attempt.steps.append(Step(label, began, self._clock.monotonic(), tone))
        return result

    def steps_of(self, hold_ids: Sequence[str]) -> list[EvidenceView]:
        """What the attempts to buy these holds did, on the clock of all evidence, while they are remembered."""
        shift = self._clock.time() - self._clock.monotonic()
        found = [one for one in self._recent if one.hold_id in hold_ids and not one.refused]
        return [_proof(one, step, shift) for one in found for step in one.steps]

    def sold_twice(self, hold_ids: Sequence[str]) -> None:
        """Show the attempts that sold one seat twice, while they are remembered."""
        found = [one for one in self._recent if one.hold_id in hold_ids and not one.refused]
        if len(found) > 1:
            self.shown, self.doubled = tuple(found[:MOST_LANES]), True
