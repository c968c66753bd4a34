"""What panels and claims read: counter and journal, as the stores have them."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.template.sprout.config import Config
from sdlab.template.sprout.engine.journal import Journal, Sums
from sdlab.lab import EngineContext


@dataclass(frozen=True, slots=True)
class Looked:
    """Counter and journal at one look."""

    total: int = 0
    sums: Sums = Sums()


class StoreReader:
    """Reads the journal first, so that adds under way can only make the counter larger."""

    def __init__(self, context: EngineContext[Config], journal: Journal) -> None:
        self._room = context.room
        self._journal = journal
        self.look = context.look(self._read, Looked())

    async def _read(self) -> Looked:
        sums = await self._journal.sums()
        return Looked(int(await self._room.redis.get(self._room.key("total")) or 0), sums)
