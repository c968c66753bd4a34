"""Claims that must hold, checked while the system runs, with the smallest evidence when they break."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab.snapshot import EvidenceView, InvariantView

MAX_EVIDENCE = 12


@dataclass(frozen=True, slots=True)
class Claim:
    """What must hold. `id` is stable, `text` is a plain sentence without the word 'always'."""

    id: str
    text: str


class Monitor:
    """Counts checks and violations of one claim; keeps the shortest history that broke it."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.applies = True
        self.checked = 0
        self.violations = 0
        self._evidence: tuple[EvidenceView, ...] = ()

    def passed(self, count: int = 1) -> None:
        """The claim was checked and held."""
        self.checked += count

    def violated(self, evidence: list[EvidenceView]) -> None:
        """The claim was checked and did not hold; `evidence` is what happened, in order."""
        self.checked += 1
        self.violations += 1
        if not self._evidence or len(evidence) < len(self._evidence):
            self._evidence = tuple(evidence[:MAX_EVIDENCE])

    def reset(self) -> None:
        """Forget everything counted so far."""
        self.checked = self.violations = 0
        self._evidence = ()

    def view(self) -> InvariantView:
        """The verdict so far."""
        return InvariantView(
            id=self.claim.id,
            claim=self.claim.text,
            holds=self.violations == 0,
            applies=self.applies,
            checked=self.checked,
            violations=self.violations,
            evidence=self._evidence,
        )
