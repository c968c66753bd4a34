"""What must hold, looked for in the stores."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from designs.whatsapp.config import Config
from designs.whatsapp.engine.reader import Looked, StoreReader
from sdlab.lab import Claim, EngineContext, EvidenceView, read_step, write_step

CLAIMS = (
    Claim("counted", "no add lost", "Every acknowledged add is in the counter"),
    Claim("no_more", "nothing invented", "The counter has nothing that nobody added"),
    Claim("forward", "never back", "The counter never goes back"),
)
REMEMBERED = 8


class ClaimChecker:
    """Compares journal and counter, as the stores have them, with what was begun and with the look before."""

    def __init__(self, context: EngineContext[Config], reader: StoreReader) -> None:
        self._context = context
        self._reader = reader
        self._recent: deque[EvidenceView] = deque(maxlen=REMEMBERED)
        self._missing = 0
        self._news = False
        self._looked_from = 0.0
        self._before = Looked()
        self.begun = 0

    async def open(self) -> None:
        """What is in the stores now is where checking begins."""
        looked = await self._reader.look.refresh(now=True)
        self.begun = max(looked.total, looked.sums.amount)
        self._missing = looked.sums.amount - looked.total
        self._before = looked

    def begins(self, amount: int) -> None:
        """Somebody is about to add."""
        self.begun += amount
        self._news = True

    def added(self, by: str, total: int, *, began: float) -> None:
        """Somebody's add made it this total; kept as evidence."""
        self._news = True
        self._recent = deque((_lost(one, total) for one in self._recent), maxlen=REMEMBERED)
        self._recent.append(write_step(by, "added", began, self._context.clock.time(), wrote=f"{total:,}"))

    async def check(self) -> None:
        """One look at the stores, when something has happened since the last one."""
        if not self._news:
            return
        self._news = False
        before, began = self._before, self._context.clock.time()
        looked = self._before = await self._reader.look.refresh(now=True)
        self._looked_from = began
        missing = looked.sums.amount - looked.total
        self._verdict(
            "counted", missing <= max(0, self._missing), f"{missing:,} of the journal are not counted"
        )
        self._missing = max(self._missing, missing)
        self._verdict("no_more", looked.total <= self.begun, f"{looked.total:,}, {self.begun:,} begun")
        self._verdict("forward", looked.total >= before.total, f"from {before.total:,} to {looked.total:,}")

    def _verdict(self, claim: str, holds: bool, what: str) -> None:
        monitor = self._context.monitors[claim]
        if holds:
            monitor.passed()
        else:
            now = self._context.clock.time()
            found = read_step("claim checker", "read both stores", self._looked_from, now, saw=what)
            monitor.violated([*self._recent, found])


def _lost(step: EvidenceView, total: int) -> EvidenceView:
    """That add, which is lost when a later one made it the same total."""
    return replace(step, lost=True) if step.value == f"{total:,}" else step
