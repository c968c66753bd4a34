"""Every claim of every lab can fail: beside the lab there is a sabotage for each, and it breaks it."""

from __future__ import annotations

import importlib

import pytest

from sdlab.lab import Design
from sdlab.registry import designs
from tests.sabotage import Sabotage

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
NOT_YET: set[str] = set()


@ALL
def test_every_claim_has_a_sabotage_beside_the_lab(design: Design) -> None:
    name = f"tests.designs.{design.folder.name}.test_sabotage"
    if design.slug in NOT_YET:
        pytest.xfail("no sabotages yet")
    beside = importlib.import_module(name)
    sabotages: dict[str, Sabotage] = beside.SABOTAGES
    assert set(sabotages) == {claim.id for claim in design.engine.claims}
    known = {one.id for one in design.workloads}
    assert all(one.workload in known and design.config(**one.config) for one in sabotages.values())
    assert any(callable(one) for name, one in vars(beside).items() if name.startswith("test_"))
