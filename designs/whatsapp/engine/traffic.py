"""Performs what the workloads of the counter want."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from designs.whatsapp.engine.engine import Whatsapp
from sdlab.lab import Operation, Traffic, performs


class WhatsappTraffic(Traffic[Whatsapp]):
    """Adds and looks."""

    @performs("add")
    async def add(self, operation: Operation) -> dict[str, Any]:
        """One add of somebody."""
        return asdict(await self.engine.add())

    @performs("look")
    async def look(self, operation: Operation) -> int:
        """One look at the total."""
        return await self.engine.total()

    async def honours(self, answer: Any) -> bool:
        """An add that was acknowledged is in the journal."""
        return not isinstance(answer, dict) or await self.engine.journal.has(answer["id"])
