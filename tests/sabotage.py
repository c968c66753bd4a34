"""Breaks a claim from the outside, to see that it can fail: a method replaced, a key or a row changed behind the engine."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import pytest

from sdlab.lab import Engine, InvariantView, WorkloadRunner
from sdlab.registry import design as design_of

MakeRoom = Callable[..., Awaitable[Any]]
SEED = 11
CLOSE_S = 0.01
UNIX = 1e9  # what is smaller is no time since the epoch
FAULTS = re.compile(
    r"^(?!.*\b(?:no|nobody)\b).*\b(killed|die[sd]|ended|ends|restarted|down|stopped|paused|closed|wakes)\b"
)
SETTLE = 3.0  # seconds after the traffic, in which checkers that look every now and then come round
LOOK_EVERY = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sabotage:
    """A small change of an engine that its claim must notice.

    `breaks(monkeypatch, engine)` changes code or data of the engine, never a monitor or the checker.
    It is called when the engine has started and before its traffic; what is to be done in the middle
    it starts as a task. `config` are the answers under which the claim is made, `workload` plays at
    `rate` per second for `seconds`.
    """

    breaks: Callable[[pytest.MonkeyPatch, Any], Awaitable[None] | None]
    workload: str
    config: Mapping[str, Any] = field(default_factory=dict)
    rate: float = 50
    seconds: float = 5


async def run_sabotage(
    make_room: MakeRoom,
    slug: str,
    claim: str,
    sabotage: Sabotage,
    monkeypatch: pytest.MonkeyPatch,
    *,
    sabotaged: bool = True,
) -> InvariantView:
    """The verdict on `claim` after the traffic: with the sabotage, once it is broken; or, for comparison, without."""
    chosen = design_of(slug)
    room = await make_room(slug, seed=SEED)
    engine: Engine[Any] = chosen.engine(room, chosen.config(**sabotage.config))
    began = engine.clock.time()
    await engine.start()
    try:
        with monkeypatch.context() as patch:
            if sabotaged:
                done = sabotage.breaks(patch, engine)
                if isawaitable(done):
                    await done
            monitor = engine.monitors[claim]
            seen = (lambda: monitor.violations > 0) if sabotaged else (lambda: False)
            await _play(chosen.traffic(engine).perform, engine, sabotage, seen)
            _times_are_told(monitor.view(), engine, began)
            return monitor.view()
    finally:
        await engine.close()


def _times_are_told(verdict: InvariantView, engine: Engine[Any], began: float) -> None:
    """Steps end after they begin and before now, causes lie after the start, and none is a fault that nobody set.

    What broke the claim is a change behind the engine: evidence that knows better has made it up.
    """
    now = engine.clock.time() + CLOSE_S
    healthy = not any(node.troubles(began, now) for node in engine.nodes.values())
    for step in verdict.evidence:
        assert step.t > UNIX, f"no time of day: {step}"
        assert step.t <= (step.end or step.t) + CLOSE_S, step
        if step.kind != "cause":
            assert step.end <= now, f"it is {now}: {step}"
        else:  # which may be a time that is still to come, where somebody did not wait for it
            assert step.t >= began - CLOSE_S, f"the lab opened at {began}: {step}"
            assert not (healthy and FAULTS.search(step.text)), f"nobody did that to it: {step}"


async def _play(
    perform: Callable[..., Awaitable[Any]], engine: Engine[Any], sabotage: Sabotage, seen: Callable[[], bool]
) -> None:
    """The traffic and a while afterwards, or until that is seen which is to be shown."""
    runner = WorkloadRunner(clock=engine.clock, perform=perform, crashed=engine.crashed)
    workload = design_of(engine.room.slug).workload(sabotage.workload)
    runner.start(workload, rate=sabotage.rate, seed=SEED, seconds=sabotage.seconds)
    while runner.running and not seen():
        await engine.clock.sleep(LOOK_EVERY)
    await runner.stop()
    until = engine.clock.monotonic() + SETTLE
    while engine.clock.monotonic() < until and not seen():
        await engine.clock.sleep(LOOK_EVERY)


def sabotage_test(slug: str, sabotages: Mapping[str, Sabotage]) -> Callable[..., Awaitable[None]]:
    """A test of all of them: `test_every_claim_can_fail = sabotage_test("top-k", SABOTAGES)`."""

    @pytest.mark.virtual_time
    @pytest.mark.parametrize("claim", list(sabotages))
    async def proves(make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, claim: str) -> None:
        sabotage = sabotages[claim]
        left_alone = await run_sabotage(make_room, slug, claim, sabotage, monkeypatch, sabotaged=False)
        assert left_alone.applies
        assert left_alone.checked > 0
        assert left_alone.violations == 0, left_alone.evidence
        broken = await run_sabotage(make_room, slug, claim, sabotage, monkeypatch)
        assert broken.violations > 0, f"{broken.checked} checks, and none noticed"
        lanes = {step.actor for step in broken.evidence}
        assert len(lanes) >= 2 or any(step.kind == "cause" for step in broken.evidence)

    return proves
