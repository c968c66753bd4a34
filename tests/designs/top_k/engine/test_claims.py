"""Claims break when the system does."""

from __future__ import annotations

import pytest

from designs.top_k.engine.strategies import SLOTS
from tests.designs.top_k.conftest import MakeTopK, fleet_of, violations, watch

VIDEOS = [f"v{number}" for number in range(1, 61)]


async def test_a_loss_that_copies_should_have_prevented_is_a_violation(topk: MakeTopK) -> None:
    engine = await topk(replicas=2)
    await watch(engine, VIDEOS)
    for slot in range(SLOTS):  # copies that are there, but empty
        for host in fleet_of(engine).slots.owners[slot]:
            if host != 1:
                fleet_of(engine).slots.stores[host, slot] = (
                    fleet_of(engine).slots.stores[host, slot].__class__(slices=12)
                )
    await engine.set_fault("host-1", "lose")
    assert "nothing_lost" in violations(engine)
    assert len(engine.monitors["nothing_lost"].view().evidence) >= 2


async def test_a_wrong_merge_is_a_violation(topk: MakeTopK, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await topk()
    await watch(engine, [*VIDEOS, "v1"])
    monkeypatch.setattr(
        fleet_of(engine).slots.counting, "merge", staticmethod(lambda lists, k: (lists[0][-k:], k))
    )
    engine.checker.check_sorted(fleet_of(engine))
    assert "exact_is_sorted" in violations(engine)
