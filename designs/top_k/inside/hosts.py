"""What is shown of the hosts: memory and load of each, and who answers for which slot."""

from __future__ import annotations

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.fleet import Fleet
from designs.top_k.engine.layout import copies_of
from designs.top_k.engine.nodes import host_id
from designs.top_k.engine.slots import SlotTable
from designs.top_k.engine.strategies import COUNTINGS
from designs.top_k.engine.windows import LONGEST
from designs.top_k.inside.views import FleetView, HostView, SlotView

HOT = 1.5
KIB = 1024


def fleet_view(engine: TopK) -> FleetView:
    """The hosts and their slots; off while the batch counts."""
    fleet, approach = engine.approach.fleet, COUNTINGS[engine.config.counting].label
    if fleet is None:
        return FleetView(on=False, approach=approach)
    hosts, moves = _hosts(engine, fleet), fleet.rebalancer.moves
    moving = moves.last if moves.going_on else []
    return FleetView(
        on=True,
        approach=approach,
        hosts=hosts,
        slots=tuple(_slot(fleet.slots, slot, moving) for slot in range(fleet.slots.total)),
        copies=copies_of(engine.config),
        largest_kib=max((one.kib for one in hosts), default=0.0),
        lost_views=fleet.slots.lost_views,
        overwritten=fleet.counting.overwritten,
        repaired=fleet.rebalancer.repaired,
        change=moves.change,
        moving=moves.going_on,
        moved=moves.slots - moves.going_on,
        moved_of=moves.slots_of,
        moved_counts=moves.counts,
        modulo_would=moves.modulo_would,
    )


def _hosts(engine: TopK, fleet: Fleet) -> tuple[HostView, ...]:
    now, load = engine.clock.monotonic(), fleet.counting.load
    rates = {host: load[host].rate(now) if host in load else 0.0 for host in fleet.slots.hosts()}
    return tuple(_host(engine, fleet.slots, host, rates) for host in rates)


def _host(engine: TopK, slots: SlotTable, host: int, rates: dict[int, float]) -> HostView:
    rate, total = rates[host], sum(rates.values())
    mean = total / len(rates)
    held = slots.held_by(host)
    node = engine.nodes.get(host_id(host))
    return HostView(
        id=host_id(host),
        label=node.spec.label if node else f"host {host}",
        index=host,
        state=node.state if node else "leaving",
        kib=round(engine.leaderboards.host_bytes.get(host, 0) / KIB, 1),
        videos=sum(store.known for _, store in held),
        slots=len(held),
        stale=sum((host, slot) in slots.stale for slot, _ in held),
        rate=round(rate, 1),
        load_pct=round(100 * rate / total, 1) if total else 0.0,
        hot=mean > 1 and rate > HOT * mean,
    )


def _slot(slots: SlotTable, slot: int, moving: list[int]) -> SlotView:
    owner = slots.answering(slot)
    return SlotView(
        id=slot,
        owner=-1 if owner is None else owner,
        copies=" ".join(map(str, slots.owners[slot])),
        state="down" if owner is None else _state(slots, slot, moving),
    )


def _state(slots: SlotTable, slot: int, moving: list[int]) -> str:
    if slots.lacks(slot, LONGEST):
        return "lost"
    if slot in moving:
        return "moved"
    return "stale" if any((host, slot) in slots.stale for host in slots.owners[slot]) else "ok"
