"""Claims that must hold, checked while the system runs, with the smallest evidence when they break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from sdlab.lab.clock import Clock, SystemClock
from sdlab.lab.node import Node
from sdlab.lab.snapshot import EvidenceView, InvariantView
from sdlab.lab.spelling import Spelling

MAX_EVIDENCE = 12
MAX_NAME = 24
QUIET_S = 5.0
UNKNOWN = "is not known"


@dataclass(frozen=True, slots=True)
class Claim:
    """What must hold. `id` is stable, `text` is a plain sentence without the word 'always'.

    `name` says it in at most `MAX_NAME` characters, for where a sentence has no room.
    """

    id: str
    name: str
    text: str


def read_step(
    actor: str, text: str, start: float, end: float, *, saw: object = "", lost: bool = False
) -> EvidenceView:
    """`actor` read from `start` to `end` (seconds of the room's clock) and saw that."""
    return EvidenceView(start, actor, text, end, "read", str(saw), lost)


def write_step(
    actor: str, text: str, start: float, end: float, *, wrote: object = "", lost: bool = False
) -> EvidenceView:
    """`actor` wrote that from `start` to `end`; `lost` when somebody overwrote it unseen."""
    return EvidenceView(start, actor, text, end, "write", str(wrote), lost)


def cause_step(actor: str, text: str, at: float) -> EvidenceView:
    """What made it possible: a worker ended, a lock expired, a fault was set."""
    return EvidenceView(at, actor, text, at, "cause")


def unknown_cause(at: float) -> EvidenceView:
    """Nothing was recorded that explains what was seen at that time."""
    return cause_step("cause", UNKNOWN, at)


def fault_steps(nodes: Iterable[Node | None], since: float, until: float) -> list[EvidenceView]:
    """The faults that these nodes had between the two times, as they were set; those that there are not have none.

    One that was set before `since` is shown at `since`: it was so by then.
    """
    return [
        cause_step(node.spec.label, f"has a fault: {one.label}", max(one.began, since))
        for node in nodes
        if node is not None
        for one in node.troubles(since, until)
    ]


class Protections(Protocol):
    """Who knows which settings protect what."""

    def missing(self, claim: str, since: float, until: float) -> list[EvidenceView]:
        """Of the settings that protect this claim, those that did not at some time between these two, as causes."""
        ...


def _is_unknown(step: EvidenceView) -> bool:
    return step.kind == "cause" and step.text == UNKNOWN


def _shortened(evidence: list[EvidenceView]) -> tuple[EvidenceView, ...]:
    """In order of their beginning; of too many, causes and lost steps stay, and the latest of the others."""
    ordered = sorted(evidence, key=lambda step: step.t)
    spare = len(ordered) - MAX_EVIDENCE
    kept = []
    for step in ordered:
        if spare > 0 and step.kind != "cause" and not step.lost:
            spare -= 1
        else:
            kept.append(step)
    return tuple(kept[-MAX_EVIDENCE:])


class Monitor:
    """Counts checks and violations of one claim; keeps the shortest history that broke it.

    After a violation it holds again once a check has passed and `QUIET_S` seconds went by without another.
    Where a history names no cause, what did not protect the claim meanwhile, by its `protections`, is one.
    """

    def __init__(
        self,
        claim: Claim,
        *,
        clock: Clock | None = None,
        spelling: Spelling | None = None,
        protections: Protections | None = None,
    ) -> None:
        self.claim = claim
        self.applies = True
        self.checked = 0
        self.violations = 0
        self._clock = clock or SystemClock()
        self._spelling = spelling or Spelling()
        self._protections = protections
        self._broke = self._passed_since = 0.0
        self._evidence: tuple[EvidenceView, ...] = ()

    def passed(self, count: int = 1) -> None:
        """The claim was checked and held."""
        self.checked += count
        if self.violations and count and not self._passed_since:
            self._passed_since = self._clock.time()

    def violated(self, evidence: list[EvidenceView]) -> None:
        """The claim was checked and did not hold; `evidence` is what happened, as steps in time."""
        self.checked += 1
        self.violations += 1
        self._broke, self._passed_since = self._clock.monotonic(), 0.0
        if not self._evidence or len(evidence) < len(self._evidence):
            self._evidence = _shortened([self._spelled(one) for one in self._explained(evidence)])

    def reset(self) -> None:
        """Forget everything counted so far."""
        self.checked = self.violations = 0
        self._broke = self._passed_since = 0.0
        self._evidence = ()

    def view(self) -> InvariantView:
        """The verdict so far."""
        return InvariantView(
            id=self.claim.id,
            name=self.claim.name,
            claim=self.claim.text,
            holds=self.violations == 0,
            applies=self.applies,
            checked=self.checked,
            violations=self.violations,
            again=self._again(),
            evidence=self._evidence,
        )

    def _explained(self, evidence: list[EvidenceView]) -> list[EvidenceView]:
        """With settings as its cause, where it names none and there are such."""
        if self._protections is None or not evidence:
            return evidence
        if any(one.kind == "cause" and not _is_unknown(one) for one in evidence):
            return evidence
        since, until = min(one.t for one in evidence), max(max(one.t, one.end) for one in evidence)
        missing = self._protections.missing(self.claim.id, since, until)
        return [*missing, *(one for one in evidence if not _is_unknown(one))] if missing else evidence

    def _spelled(self, step: EvidenceView) -> EvidenceView:
        return replace(step, actor=self._spelling.of(step.actor), text=self._spelling.of(step.text))

    def _again(self) -> float:
        quiet = self._clock.monotonic() - self._broke >= QUIET_S
        return self._passed_since if self._passed_since and quiet else 0.0
