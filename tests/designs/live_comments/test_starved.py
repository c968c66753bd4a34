"""What the lab claims by default holds on a machine that has no time for it."""

from __future__ import annotations

import pytest

from tests.conftest import MakeRoom
from tests.starved import verdicts_when_starved


@pytest.mark.virtual_time
@pytest.mark.parametrize("seed", range(2))
async def test_default_claims_hold_on_a_starved_machine(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    verdicts = await verdicts_when_starved(make_room, "live-comments", monkeypatch, seed=seed)
    assert {one.id: one.evidence for one in verdicts.values() if not one.holds} == {}
    assert sum(one.checked for one in verdicts.values()) > 100
