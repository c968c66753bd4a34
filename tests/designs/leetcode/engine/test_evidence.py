"""Evidence says which runner was stopped or killed, and when; and blames none that was not."""

from __future__ import annotations

import pytest

from sdlab.lab import EvidenceView
from tests.designs.leetcode.conftest import Make, play
from tests.designs.leetcode.test_sabotage import entries_are_stolen

pytestmark = pytest.mark.virtual_time


def cause_of(steps: tuple[EvidenceView, ...]) -> EvidenceView:
    """The one cause."""
    (cause,) = (one for one in steps if one.kind == "cause")
    return cause


async def test_a_second_verdict_names_the_runner_that_was_stopped_and_both_at_work(judge: Make) -> None:
    engine = await judge(delivery="lease", lease_s=0.5)
    await engine.set_fault("runner-2", "stopped")
    await play(engine, "finale", rate=10, seconds=4)
    steps = engine.monitors["once"].view().evidence
    cause = cause_of(steps)
    assert cause.actor == "runner 2"
    assert cause.t in engine.runners[1].stopped_at.values()
    first, second = (one for one in steps if "writes a verdict" in one.text)
    assert min(first.t, second.t) <= cause.t <= max(first.end, second.end)
    assert first.t < second.end
    assert second.t < first.end or second.t > first.t


async def test_a_lost_submission_names_who_was_killed_with_it(judge: Make) -> None:
    engine = await judge(delivery="popped")
    await engine.set_fault("runner-1", "dies", 100)
    await play(engine, "finale", rate=10, seconds=3)
    cause = cause_of(engine.monitors["once"].view().evidence)
    assert cause.actor == "runner 1"
    assert cause.t in engine.runners[0].died_with.values()


async def test_what_was_stolen_is_nobodys_death(judge: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await judge()
    entries_are_stolen(monkeypatch, engine)
    await play(engine, "finale", rate=60, seconds=2)
    cause = cause_of(engine.monitors["once"].view().evidence)
    assert (cause.actor, cause.text) == ("queue", "has it no more, and no runner was killed with it")


async def test_a_sorted_set_that_is_gone_breaks_the_claim_also_when_nothing_else_happens(judge: Make) -> None:
    engine = await judge()
    await play(engine, "finale", rate=10, seconds=2)
    await engine.refresh_looks(now=True)
    await engine.clock.sleep(2)
    assert engine.monitors["board"].violations == 0
    await engine.room.redis.unlink(engine.board.kept)
    await engine.refresh_looks(now=True)
    await engine.clock.sleep(1)
    assert engine.monitors["board"].violations > 0


async def test_an_attack_reaches_for_the_host_once_a_runner_has_it(judge: Make) -> None:
    engine = await judge(isolation="process")
    await play(engine, "attacks", rate=6, seconds=2)
    cause = cause_of(engine.monitors["host"].view().evidence)
    assert cause.t in {at for one in engine.runners for at in one.took_at.values()}
