"""Slots move when hosts join or leave, and stale copies are copied again."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from designs.top_k.config import Config
from designs.top_k.engine.layout import copies_of, host_count
from designs.top_k.engine.slots import SlotGate, SlotTable
from sdlab.lab import EngineContext

MOVED_AT_ONCE = 3
SHOWN = 8


@dataclass(slots=True)
class Moves:
    """What the last change of hosts or copies meant."""

    change: str = ""
    slots: int = 0
    slots_of: int = 0
    counts: int = 0
    modulo_would: int = 0
    going_on: int = 0
    last: list[int] = field(default_factory=list)


class Rebalancer:
    """Moves slots one by one; views of a slot wait for the moment in which it is copied."""

    def __init__(self, context: EngineContext[Config], slots: SlotTable, gate: SlotGate) -> None:
        self._context = context
        self._slots = slots
        self._gate = gate
        self.moves = Moves()
        self.repaired = 0

    def retarget(self, before: Config) -> None:
        """Other hosts or copies than `before`: slots go to their new owners, see `step`."""
        slots, now = self._slots, self._context.config
        hosts_before, hosts = host_count(before), host_count(now)
        for slot, owners in slots.owners.items():
            if set(owners) == set(slots.target(slot)):
                slots.owners[slot] = slots.target(slot)
        changed = self._to_move()
        self.moves = Moves(
            change=f"{hosts_before} → {hosts} hosts, {copies_of(now)} copies",
            slots=len(changed),
            slots_of=slots.total,
            modulo_would=sum(slot % hosts_before != slot % hosts for slot in slots.owners),
            going_on=len(changed),
        )

    async def step(self) -> bool:
        """Move some slots, copy the stale ones; whether everything is in its place now."""
        slots = self._slots
        for slot in self._to_move()[:MOVED_AT_ONCE]:
            await self._gate.alone(slot, partial(self._move, slot))
        for host, slot in sorted(slots.stale):
            if slots.up(host) and slots.answering(slot) is not None:
                await self._gate.alone(slot, partial(self._copy_again, host, slot))
        self.moves.going_on = len(self._to_move())
        return not self.moves.going_on and not slots.stale

    def _to_move(self) -> list[int]:
        slots = self._slots
        if not slots.counting.movable:
            return []
        return [slot for slot in slots.owners if set(slots.owners[slot]) != set(slots.target(slot))]

    def _move(self, slot: int) -> None:
        slots = self._slots
        source = slots.store_of(slot) or slots.empty()  # all its hosts are down: what they held is gone
        target = slots.target(slot)
        for host in target:
            if (host, slot) not in slots.stores or (host, slot) in slots.stale:
                slots.stores[host, slot] = source.copy()
                slots.stale.discard((host, slot))
                self.moves.counts += source.known
                if not slots.up(host):
                    slots.stores[host, slot] = slots.empty()
                    slots.stale.add((host, slot))
        for host in set(slots.owners[slot]) - set(target):
            del slots.stores[host, slot]
            slots.stale.discard((host, slot))
        slots.owners[slot] = target
        self.moves.last = [*self.moves.last[1 - SHOWN :], slot]

    def _copy_again(self, host: int, slot: int) -> None:
        slots = self._slots
        source = slots.store_of(slot)
        if source is not None and (host, slot) in slots.stale and (host, slot) in slots.stores:
            slots.stores[host, slot] = source.copy()
            slots.stale.discard((host, slot))
            self.repaired += 1
