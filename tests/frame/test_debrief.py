"""What is looked back at after a run is what happened in it, and nothing from before."""

from __future__ import annotations

import pytest

from sdlab.rooms import manager as manager_module
from sdlab.rooms.debrief import MARKS
from sdlab.rooms.manager import RoomManager
from tests.frame.toy import TOY

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)


async def test_a_run_is_summed_up_when_it_is_over(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "toy")
    for _ in range(5):
        await lab.engine.add()
    assert lab.runs.debrief() is None
    lab.frames.join()
    lab.start_workload("steady", rate=50, seed=1, seconds=4)
    await lab.runner.wait()
    await lab.frames.next_payload()
    lab.frames.leave()
    found = lab.runs.debrief()
    assert found is not None
    assert (found.workload, found.rate, found.issued, found.shed) == ("Steady", 50, 200, 0)
    assert [(one.name, one.count) for one in found.done] == [("POST add", 200)]
    assert [(one.name, one.count) for one in found.hottest] == [("store", 200)]
    assert found.refused == ()
    (broken,) = found.broken
    assert broken.label == "the total stays below the limit"
    assert broken.value == 106
    assert 0 < broken.seq < lab.frames.seq
    assert {one.label for one in found.marks} <= {label for _, label, _ in MARKS}
    assert "POST add × 200" in found.text()
    assert "BROKEN" in found.text()


async def test_refusals_are_counted_by_reason(manager: RoomManager) -> None:
    lab = await manager.lab(manager.ids.new(), "toy")
    await lab.engine.set_fault("store", "down")
    lab.start_workload("steady", rate=50, seed=1, seconds=1)
    await lab.runner.wait()
    lab.frame()
    found = lab.runs.debrief()
    assert found is not None
    (refused,) = found.refused
    assert refused.name.startswith("POST add: 503")
    assert refused.count == 50
