"""The hosts of one approach, put together."""

from __future__ import annotations

from designs.top_k.config import Config
from designs.top_k.engine.host_counting import HostCounting
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.merger import Merger
from designs.top_k.engine.rebalancing import Rebalancer
from designs.top_k.engine.slots import SlotGate, SlotTable
from sdlab.lab import EngineContext


class Fleet:
    """Hosts that count in memory; they begin with what the ledger says: its first `counted_to` views."""

    def __init__(self, context: EngineContext[Config], ledger: Ledger) -> None:
        gate = SlotGate(context.clock)
        self.slots = SlotTable(context)
        self.counting = HostCounting(context, self.slots, gate)
        self.merger = Merger(context, self.slots)
        self.rebalancer = Rebalancer(context, self.slots, gate)
        self.slots.roll(context.clock.time())
        self.slots.fill(ledger)
        self.counted_to = ledger.seen

    @property
    def exact(self) -> bool:
        """Whether its counts are exact."""
        return self.slots.counting.exact
