"""The contract's own rules: answers, faults, traffic, traces, the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from sdlab.lab import (
    Claim,
    EvidenceView,
    Invalid,
    Knob,
    ManualClock,
    Monitor,
    NotFound,
    Unavailable,
    cause_step,
    read_step,
    write_step,
)
from sdlab.lab.feed import FAILURES_PER_SECOND, SAMPLES_PER_SECOND, SHOWN, Feed
from sdlab.lab.invariant import MAX_EVIDENCE, QUIET_S
from sdlab.lab.node import LONGEST_PAUSE, Edges, Node, NodeSpec
from sdlab.lab.toggle import changed, from_mapping
from sdlab.lab.trace import MAX_HOPS, Hop, Trace, TraceStore, current, line_of, lines_around
from sdlab.lab.workload import CATCH_UP, MAX_IN_FLIGHT, Operation, Workload, WorkloadRunner
from tests.frame.toy import STEP, TOY, Config, Counter, operations

KNOBS = TOY.knobs


def test_a_change_keeps_the_other_answers() -> None:
    config = changed(Config(), toggles=(STEP,), knobs=KNOBS, set_toggles={"step": "two"}, set_knobs={})
    assert config == Config(step="two", limit=100)


@pytest.mark.parametrize(
    ("toggles", "knobs", "field"),
    [
        ({"stepp": "two"}, {}, "stepp"),
        ({"step": "three"}, {}, "step"),
        ({}, {"limit": 0}, "limit"),
        ({}, {"limit": 10_001}, "limit"),
        ({}, {"limit": 1.5}, "limit"),
        ({}, {"limit": True}, "limit"),
        ({}, {"limit": float("nan")}, "limit"),
        ({}, {"nothing": 1}, "nothing"),
    ],
)
def test_a_bad_answer_is_refused_by_name(toggles: dict, knobs: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        changed(Config(), toggles=(STEP,), knobs=KNOBS, set_toggles=toggles, set_knobs=knobs)
    assert refused.value.extra == {"field": field}


def test_stored_answers_that_no_longer_fit_fall_back() -> None:
    stored = {"step": "three", "limit": 7, "gone": 1}
    assert from_mapping(Config, stored, toggles=(STEP,), knobs=KNOBS) == Config(step="one", limit=7)


def test_a_whole_knob_accepts_a_whole_float() -> None:
    assert Knob("n", "N", "", 1, 9, 3).accept(4.0) == 4
    assert Knob("x", "X", "", 0.1, 1, 0.5, step=0.1).accept(0.3) == pytest.approx(0.3)


def node(clock: ManualClock) -> Node:
    return Node(NodeSpec("db", "database", "store", 1), clock=clock, rng=Random(1), edges=Edges())


async def answer() -> str:
    return "yes"


async def test_a_node_that_is_down_refuses_and_is_mended() -> None:
    one = node(ManualClock())
    one.set_fault("down")
    with pytest.raises(Unavailable, match="database is down"):
        await one.call("get", answer, source="visitor")
    assert one.view().state == "down"
    assert (one.calls, one.errors) == (1, 1)
    assert one.clear_fault("down")
    assert await one.call("get", answer, source="visitor") == "yes"
    assert one.view().state == "up"


async def test_a_slow_node_answers_later() -> None:
    clock = ManualClock()
    one = node(clock)
    one.set_fault("slow", 200)
    asked = asyncio.create_task(one.call("get", answer, source="visitor"))
    await clock.advance(0.19)
    assert not asked.done()
    await clock.advance(0.02)
    assert await asked == "yes"


async def test_a_flaky_node_fails_about_its_share() -> None:
    one = node(ManualClock())
    one.set_fault("flaky", 30)
    failed = 0
    for _ in range(1000):
        try:
            await one.call("get", answer, source="visitor")
        except Unavailable:
            failed += 1
    assert 250 < failed < 350


async def test_callers_of_a_paused_node_wait_until_it_goes_on() -> None:
    one = node(ManualClock())
    one.set_fault("paused")
    asked = asyncio.create_task(one.call("get", answer, source="visitor"))
    await asyncio.sleep(0)
    assert not asked.done()
    one.clear_fault()
    assert await asked == "yes"


async def test_patience_with_a_paused_node_ends() -> None:
    clock = ManualClock()
    one = node(clock)
    one.set_fault("paused")
    asked = asyncio.create_task(one.call("get", answer, source="visitor"))
    await clock.advance(LONGEST_PAUSE + 0.01)
    with pytest.raises(Unavailable, match="did not answer"):
        await asked


def test_a_fault_out_of_range_or_unknown_is_refused() -> None:
    one = node(ManualClock())
    for kind, value in (("slow", 0.5), ("slow", 2001), ("melted", None)):
        with pytest.raises(Invalid):
            one.set_fault(kind, value)
    assert one.faults() == ()


async def test_a_request_in_a_trace_leaves_its_hops_and_its_reason(make_room: Callable) -> None:
    engine = Counter(await make_room("toy"), Config())
    await engine.start()
    await engine.add()
    event = engine.feed.newest(1)[0]
    trace = engine.traces.get(event.trace)
    assert trace is not None
    assert event.text == "POST add: the total is 1"
    assert [(hop.source, hop.target, hop.outcome) for hop in trace.hops] == [("visitor", "store", "ok")]
    [decision] = trace.decisions
    assert decision.text == "the step is 1"
    assert any("self.decide(" in text for _, text in lines_around(decision.file, decision.line, around=1))
    [hop] = trace.hops
    assert hop.file == decision.file
    assert any("incrby" in text for _, text in lines_around(hop.file, hop.line, around=1)), (
        "where it was called"
    )
    assert current.get() is None


async def test_a_refused_request_says_so_in_the_feed(make_room: Callable) -> None:
    engine = Counter(await make_room("toy"), Config())
    await engine.start()
    await engine.set_fault("store", "down")
    with pytest.raises(Unavailable):
        await engine.add()
    assert engine.feed.newest(1)[0].outcome == "error"
    assert "503 store is down" in engine.feed.newest(1)[0].text
    assert engine.traffic().failed == 1
    with pytest.raises(NotFound):
        await engine.set_fault("nobody", "down")
    assert await engine.clear_fault() == 1


async def test_a_momentary_fault_leaves_nothing_to_undo(make_room: Callable) -> None:
    engine = Counter(await make_room("toy"), Config())
    await engine.start()
    await engine.add()
    await engine.set_fault("store", "wipe")
    assert engine.faults() == ()
    assert await engine.add() == 1


async def test_background_work_that_crashes_is_shown_and_starts_again(
    make_room: Callable, caplog: object
) -> None:
    clock = ManualClock()
    engine = Counter(await make_room("toy", clock=clock), Config())
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("broken")

    engine.supervise("counting", work)
    await clock.advance(0.01)
    assert engine.feed.newest(1)[0].kind == "crash"
    await clock.advance(1.0)
    assert len(tries) == 2
    await engine.close()


def test_a_monitor_keeps_the_shortest_history() -> None:
    monitor = Monitor(Claim("c", "held", "holds"))
    long, brief = [EvidenceView(text=str(n)) for n in range(5)], [EvidenceView(text="x")]
    monitor.passed()
    monitor.violated(long)
    monitor.violated(brief)
    monitor.violated(long)
    view = monitor.view()
    assert (view.holds, view.checked, view.violations, view.evidence) == (False, 4, 3, tuple(brief))


def test_arrows_are_drawn_before_anybody_calls_and_count_what_was_called() -> None:
    edges = Edges()
    flows = (("visitor", "gateway"), ("gateway", "shard-*"), ("gateway", "cache"))
    alive = {"visitor", "gateway", "shard-1", "shard-2"}
    assert [(one.source, one.target, one.ok) for one in edges.views(alive, flows)] == [
        ("visitor", "gateway", 0),
        ("gateway", "shard-1", 0),
        ("gateway", "shard-2", 0),
    ]
    edges.count("gateway", "shard-2", "ok")
    edges.count("shard-2", "shard-1", "error")
    edges.count("gateway", "gone", "ok")
    seen = {(one.source, one.target): (one.ok, one.error) for one in edges.views(alive, flows)}
    assert seen["gateway", "shard-2"] == (1, 0)
    assert seen["shard-2", "shard-1"] == (0, 1)
    assert ("gateway", "gone") not in seen


def test_the_latest_request_of_each_kind_is_kept_and_its_refusal_counted_on_the_part_that_refused() -> None:
    traces = TraceStore(capacity=1)
    for number, reason in enumerate(("", "409", "409")):
        trace = Trace(id=f"t{number}", title=f"GET {number}", by="v", started=0, began=0, by_hand=True)
        trace.kind, trace.reason, trace.outcome = "GET …", reason, "error" if reason else "ok"
        trace.hop(Hop("visitor", "gateway", "get", "ok", 0, 1))
        if reason:
            trace.hop(Hop("gateway", "store", "get", "error", 0, 1))
            assert trace.refused_by == "store"
        traces.note(trace)
    kinds = {(one.outcome, one.reason): one.trace for one in traces.kinds()}
    assert set(kinds) == {("ok", ""), ("error", "409")}
    latest = traces.get(kinds["error", "409"])
    assert latest is not None
    assert latest.id == "t2"


async def test_a_broken_claim_holds_again_from_the_first_check_that_passed_once_it_was_quiet() -> None:
    clock = ManualClock(100.0)
    monitor = Monitor(Claim("c", "held", "holds"), clock=clock)
    monitor.passed()
    assert monitor.view().again == 0
    monitor.violated([EvidenceView(text="x")])
    await clock.advance(QUIET_S)
    assert monitor.view().again == 0, "nobody has checked since"
    monitor.passed()
    assert (monitor.view().again, monitor.view().holds) == (100.0 + QUIET_S, False)
    monitor.violated([EvidenceView(text="x")])
    monitor.passed()
    assert monitor.view().again == 0, "too soon to say"
    await clock.advance(QUIET_S)
    assert monitor.view().again == 100.0 + QUIET_S
    monitor.reset()
    assert monitor.view().again == 0


def test_the_feed_is_bounded_and_samples_each_second() -> None:
    feed = Feed()
    wanted = sum(feed.wants(title="GET", outcome="ok", now=100.5) for _ in range(1000))
    assert wanted == 1 + SAMPLES_PER_SECOND
    failures = sum(feed.wants(title="GET", outcome="error", now=100.6) for _ in range(1000))
    assert failures == 1 + FAILURES_PER_SECOND
    assert feed.wants(title="GET", outcome="ok", now=101.0)
    for number in range(500):
        feed.say(str(number), now=1.0)
    assert [event.text for event in feed.newest()] == [str(n) for n in range(499, 499 - SHOWN, -1)]


def test_the_slowest_request_of_a_while_is_worth_a_line() -> None:
    feed = Feed()
    for _ in range(50):
        feed.wants(title="GET", outcome="ok", now=100.0, ms=2.0)
    assert not feed.wants(title="GET", outcome="ok", now=100.0, ms=2.5)
    assert feed.wants(title="GET", outcome="ok", now=100.0, ms=9.0)
    assert not feed.wants(title="GET", outcome="ok", now=100.0, ms=10.0)
    for _ in range(50):
        feed.wants(title="GET", outcome="ok", now=120.0, ms=2.0)
    assert feed.wants(title="GET", outcome="ok", now=120.0, ms=9.0)


def test_traces_are_bounded() -> None:
    store = TraceStore(capacity=3)
    for number in range(5):
        trace = Trace(id=str(number), title="t", by="v", started=0, began=0, by_hand=True)
        for _ in range(MAX_HOPS + 5):
            trace.hop(Hop("a", "b", "get", "ok", 0, 1))
        store.keep(trace)
        assert len(trace.hops) == MAX_HOPS
    assert store.get("1") is None
    assert store.get("4") is not None


WORKLOAD = Workload("steady", "Steady", "adds", operations, rate=100, maximum=1000)


def test_the_same_seed_gives_the_same_operations() -> None:
    assert WORKLOAD.digest(7) == WORKLOAD.digest(7)
    assert WORKLOAD.digest(7) != WORKLOAD.digest(8)
    assert len(WORKLOAD.sequence(7, 13)) == 13


class Recorder:
    def __init__(self, *, holds: bool = False) -> None:
        self.done: list[Operation] = []
        self.crashes: list[str] = []
        self.gate = asyncio.Event()
        if not holds:
            self.gate.set()

    async def perform(self, operation: Operation) -> None:
        self.done.append(operation)
        await self.gate.wait()

    def crashed(self, name: str, error: BaseException) -> None:
        self.crashes.append(name)


async def test_the_runner_keeps_its_rate_and_its_sequence() -> None:
    clock, recorder = ManualClock(), Recorder()
    runner = WorkloadRunner(clock=clock, perform=recorder.perform, crashed=recorder.crashed)
    runner.start(WORKLOAD, rate=100, seed=7, seconds=2)
    await clock.advance(1.0)
    assert 97 <= runner.issued <= 101
    await clock.advance(2.0)
    await runner.wait()
    assert runner.issued == 200
    assert recorder.done == WORKLOAD.sequence(7, 200)
    assert not runner.running


@pytest.mark.parametrize(("dense", "together"), [(1.0, 1), (8.0, 8), (1e6, 50)])
async def test_traffic_that_is_thinned_comes_in_bursts_as_dense_as_before(
    dense: float, together: int
) -> None:
    clock, recorder = ManualClock(), Recorder()
    runner = WorkloadRunner(clock=clock, perform=recorder.perform, crashed=recorder.crashed)
    runner.start(WORKLOAD, rate=50, seed=7, seconds=4.0, dense=dense)
    bursts, before = [], 0
    for _ in range(520):  # the last burst may come a pulse later
        await clock.advance(0.01)
        bursts.append(runner.issued - before)
        before = runner.issued
    await runner.wait()
    assert (runner.issued, runner.shed) == (200, 0)
    assert max(bursts[200:]) == together


async def test_the_runner_never_waits_but_sheds() -> None:
    clock, recorder = ManualClock(), Recorder(holds=True)
    runner = WorkloadRunner(clock=clock, perform=recorder.perform, crashed=recorder.crashed)
    runner.start(WORKLOAD, rate=1000, seed=1)
    await clock.advance(1.0)
    assert runner.issued == MAX_IN_FLIGHT
    assert runner.shed >= 1000 * 0.95 - MAX_IN_FLIGHT
    recorder.gate.set()
    await runner.stop()


class Stands(ManualClock):
    """Three seconds later whenever anybody rests."""

    async def sleep(self, seconds: float) -> None:
        self.step_back(-3)
        await asyncio.sleep(0)


@pytest.mark.parametrize(("catch_up", "issued"), [(CATCH_UP, 50), (2.0, 200)])
async def test_what_was_due_while_the_process_stood_still_is_made_up_for(
    catch_up: float, issued: int
) -> None:
    clock, recorder = Stands(), Recorder()
    runner = WorkloadRunner(clock=clock, perform=recorder.perform, crashed=recorder.crashed)
    runner.start(WORKLOAD, rate=100, seed=1, seconds=2, catch_up=catch_up)
    await runner.wait()
    assert (runner.issued, runner.shed) == (issued, 200 - issued)


async def test_a_crash_in_an_operation_is_reported_and_the_traffic_goes_on() -> None:
    clock, recorder = ManualClock(), Recorder()

    async def perform(operation: Operation) -> None:
        raise RuntimeError("broken")

    runner = WorkloadRunner(clock=clock, perform=perform, crashed=recorder.crashed)
    runner.start(WORKLOAD, rate=100, seconds=0.1)
    await clock.advance(1.0)
    await runner.wait()
    assert runner.failed == runner.issued == 10
    assert recorder.crashes == ["workload operation add"]


@pytest.mark.parametrize(
    "bad", [{"rate": 0}, {"rate": 1001}, {"seed": -1}, {"seconds": -1}, {"seconds": 1e9}]
)
async def test_a_workload_out_of_range_is_refused(bad: dict) -> None:
    recorder = Recorder()
    runner = WorkloadRunner(clock=ManualClock(), perform=recorder.perform, crashed=recorder.crashed)
    with pytest.raises(Invalid):
        runner.start(WORKLOAD, **bad)
    assert not runner.running


def test_a_script_shows_the_branch_that_decided(tmp_path: Path) -> None:
    script = tmp_path / "take.lua"
    script.write_text(
        "local n = 1\nif n < 1 then\n  return {0, branch = 'none-left'}\nend\nreturn {1, branch = 'left'}\n"
    )
    assert line_of(script, "none-left") == 3
    assert line_of(script, "left") == 5
    with pytest.raises(ValueError, match="gone"):
        line_of(script, "gone")
    trace = Trace(id="1", title="t", by="v", started=0, began=0, by_hand=True)
    trace.decide("no token", 1.0, place=(str(script), 3))
    [decision] = trace.decisions
    assert "none-left" in dict(lines_around(decision.file, decision.line))[3]


def test_evidence_keeps_what_was_lost_and_why_in_the_order_of_time() -> None:
    monitor = Monitor(Claim("c", "c", "c"))
    steps = [read_step("ann", "read", float(n), n + 0.5, saw=n) for n in range(20)]
    lost = write_step("bob", "wrote", 3.2, 3.4, wrote=7, lost=True)
    why = cause_step("lock", "expired", 1.5)
    monitor.violated([lost, *steps, why])
    kept = monitor.view().evidence
    assert len(kept) == MAX_EVIDENCE
    assert [step.t for step in kept] == sorted(step.t for step in kept)
    assert {lost, why, steps[-1]} <= set(kept)
    assert steps[0] not in kept
    assert (lost.kind, lost.value, lost.end) == ("write", "7", 3.4)
    assert (why.kind, why.t, why.end) == ("cause", 1.5, 1.5)
    assert EvidenceView(1.0, "ann", "said").kind == "step"
