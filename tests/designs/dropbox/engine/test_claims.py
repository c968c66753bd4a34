"""Evidence says what was seen to happen: of whoever did nothing it says nothing."""

from __future__ import annotations

import pytest

from designs.dropbox.engine.collector import Collector
from designs.dropbox.engine.device import Device
from designs.dropbox.engine.engine import Dropbox
from designs.dropbox.engine.metadata import FileInfo
from sdlab.lab import EvidenceView, WorkloadRunner
from sdlab.registry import design as design_of
from tests.designs.dropbox.conftest import Make

pytestmark = pytest.mark.virtual_time


async def play(engine: Dropbox, workload: str, *, rate: float, seconds: float) -> None:
    chosen = design_of("dropbox")
    runner = WorkloadRunner(
        clock=engine.clock, perform=chosen.traffic(engine).perform, crashed=engine.crashed
    )
    runner.start(chosen.workload(workload), rate=rate, seed=3, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(5)


def evidence(engine: Dropbox, claim: str) -> tuple[EvidenceView, ...]:
    """Of a claim that was broken."""
    found = engine.monitors[claim].view().evidence
    assert found
    return found


async def test_a_collected_chunk_has_the_times_of_the_sweep(
    drive: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await drive(collecting="at_once")
    rounds: list[tuple[float, float]] = []
    sweep = Collector.sweep

    async def timed(self: Collector, marked: object, marked_at: float) -> None:
        began = engine.clock.time()
        await sweep(self, marked, marked_at)  # type: ignore[arg-type]
        rounds.append((marked_at, began))

    monkeypatch.setattr(Collector, "sweep", timed)
    await play(engine, "churn", rate=8, seconds=15)
    assert engine.monitors["visible"].violations == 0
    steps = evidence(engine, "kept")
    (marked,) = (one for one in steps if one.kind == "cause")
    (deleted,) = (one for one in steps if one.lost)
    assert (marked.t, deleted.t) in rounds
    assert deleted.t >= marked.t + engine.config.sweep_ms / 1000


async def test_what_the_collector_did_not_delete_is_not_laid_at_its_door(drive: Make) -> None:
    engine = await drive()
    await engine.save("laptop", "notes.txt", "short")
    await engine.clock.sleep(2)
    for key in await engine.parts.objects.listing():
        await engine.parts.objects.delete(key)
    engine.checker.swept()  # references are to be looked at
    await engine.clock.sleep(2)
    assert not [one for one in evidence(engine, "kept") if one.actor == "collector"]


async def test_a_file_that_differs_names_what_was_lost_or_what_the_device_believes(
    drive: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lossy = await drive(changes="told")
    await play(lossy, "lost", rate=4, seconds=6)
    (cause,) = (one for one in evidence(lossy, "same") if one.kind == "cause")
    assert (cause.actor, cause.text) == ("notifications", "what was to tell desktop of it was lost")

    wrong = await drive()
    fetch = Device._fetch

    async def leaves_it(self: Device, info: FileInfo) -> None:
        before = (self.folder / info.path).read_bytes()
        await fetch(self, info)
        (self.folder / info.path).write_bytes(before)

    look = Device.look
    monkeypatch.setattr(Device, "_fetch", leaves_it)
    monkeypatch.setattr(Device, "look", lambda self: [] if self.name == "desktop" else look(self))
    text = (wrong.devices["laptop"].folder / "notes.txt").read_text()
    await wrong.save("laptop", "notes.txt", text + "more")
    await wrong.clock.sleep(8)
    (cause,) = (one for one in evidence(wrong, "same") if one.kind == "cause")
    assert (cause.actor, cause.text) == ("database of desktop", "says that version 2 is here")


async def test_a_damaged_part_has_the_time_at_which_it_was_taken(drive: Make) -> None:
    engine = await drive(completing="trusted")
    await play(engine, "damaged", rate=4, seconds=4)
    (cause,) = (one for one in evidence(engine, "visible") if one.kind == "cause")
    assert cause.t in engine.parts.taken_wrong.values()
