"""What must hold, looked for in the stores."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sdlab.template.sprout.config import Config
from sdlab.template.sprout.engine.journal import Journal, Sums
from sdlab.lab import Claim, EngineContext, EvidenceView

CLAIMS = (
    Claim("counted", "Every acknowledged add is in the counter"),
    Claim("no_more", "The counter has nothing that nobody added"),
    Claim("forward", "The counter never goes back"),
)
REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Looked:
    """Counter and journal at one look."""

    total: int = 0
    sums: Sums = Sums()


class ClaimChecker:
    """Reads journal and counter; the journal first, so that adds under way can only make the counter larger."""

    def __init__(self, context: EngineContext[Config], journal: Journal) -> None:
        self._context = context
        self._journal = journal
        self._recent: deque[EvidenceView] = deque(maxlen=REMEMBERED)
        self._missing = 0
        self._news = False
        self.begun = 0
        self.looked = Looked()

    async def open(self) -> None:
        """What is in the stores now is where checking begins."""
        self.looked = await self._look()
        self.begun = max(self.looked.total, self.looked.sums.amount)
        self._missing = self.looked.sums.amount - self.looked.total

    def begins(self, amount: int) -> None:
        """Somebody is about to add."""
        self.begun += amount
        self._news = True

    def added(self, by: str, total: int) -> None:
        """Somebody was told this total; kept as evidence."""
        self._news = True
        self._recent.append(EvidenceView(self._context.clock.time(), by, f"was told {total:,}"))

    async def check(self) -> None:
        """One look at the stores, when something has happened since the last one."""
        if not self._news:
            return
        self._news = False
        before, self.looked = self.looked, await self._look()
        missing = self.looked.sums.amount - self.looked.total
        self._verdict(
            "counted", missing <= max(0, self._missing), f"{missing:,} of the journal are not counted"
        )
        self._missing = max(self._missing, missing)
        self._verdict(
            "no_more", self.looked.total <= self.begun, f"{self.looked.total:,}, {self.begun:,} begun"
        )
        self._verdict(
            "forward", self.looked.total >= before.total, f"from {before.total:,} to {self.looked.total:,}"
        )

    async def _look(self) -> Looked:
        sums = await self._journal.sums()
        room = self._context.room
        return Looked(int(await room.redis.get(room.key("total")) or 0), sums)

    def _verdict(self, claim: str, holds: bool, what: str) -> None:
        monitor = self._context.monitors[claim]
        if holds:
            monitor.passed()
        else:
            found = EvidenceView(self._context.clock.time(), "claim checker", what)
            monitor.violated([*self._recent, found])
