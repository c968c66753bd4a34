"""Evidence has the time when somebody asked, whatever was switched since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sdlab.lab import ManualClock
from tests.designs.ticketmaster.conftest import Make
from tests.designs.ticketmaster.test_sabotage import locks_some


async def test_another_time_to_hold_does_not_move_when_seats_were_asked_for(
    office: Make, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await office()
    locks_some(monkeypatch, engine)
    asked = clock.time()
    await engine.hold("e2", ["A1", "A2"])
    await engine.configure(replace(engine.config, hold_s=engine.config.hold_s + 10))
    await engine.checker.check()
    first, *_ = engine.monitors["all_or_nothing"].view().evidence
    assert first.t == pytest.approx(asked, abs=0.01)
