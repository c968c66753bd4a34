"""Code comes in, is judged in a sandbox, and gets one of six verdicts; runners die, and nobody's submission is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from designs.leetcode.engine.engine import PER_PERSON
from designs.leetcode.engine.models import ACCEPTED, FORBIDDEN, MEMORY, RUNTIME, TIME, WRONG
from designs.leetcode.engine.problems import PROBLEMS, hash_of
from designs.leetcode.engine.solutions import ATTACKS, MANNERS, SCRIPTS, preset, starter
from sdlab.lab import Conflict, Invalid, NotFound, TooMany, Unavailable, as_user
from tests.designs.leetcode.conftest import Make, broken, judged, play

pytestmark = pytest.mark.virtual_time
EXPECTED = dict(zip(MANNERS, (ACCEPTED, WRONG, TIME, RUNTIME, MEMORY, FORBIDDEN), strict=True))


@pytest.mark.parametrize("isolation", ["namespaces", "landlock", "embedded"])
async def test_every_verdict_is_given(judge: Make, isolation: str) -> None:
    engine = await judge(isolation=isolation, cpu_ms=200)
    for manner, wanted in EXPECTED.items():
        for language in ("python", "javascript"):
            sent = await engine.submit("two-sum", language, preset("two-sum", language, manner))
            found = await judged(engine, sent)
            assert (found.verdict, found.tier) == (wanted, isolation), (manner, language, found.results)
            await engine.clock.sleep(1)
    assert engine.counters.mine == set(EXPECTED.values())
    assert broken(engine) == {}


async def test_the_lab_solves_its_own_problems(judge: Make) -> None:
    engine = await judge()
    for number, id in enumerate(PROBLEMS):
        found = await judged(engine, await as_user(f"p{number}", engine.submit_preset(id, "python", "right")))
        assert (found.verdict, found.passed) == (ACCEPTED, found.cases), (id, found.results)
    for number, id in enumerate(SCRIPTS):
        found = await judged(
            engine, await as_user(f"j{number}", engine.submit_preset(id, "javascript", "right"))
        )
        assert found.verdict == ACCEPTED, (id, found.results)
    leaders = await engine.leaderboard("weekly")
    assert leaders[0].points == 3
    assert [(one.person, one.points) for one in leaders] == [
        (who, points) for who, points, _ in (await engine.store.leaders(100))[0]
    ]


@pytest.mark.parametrize("language", ["python", "javascript"])
async def test_the_starter_of_two_sum_is_wrong_in_one_sample(judge: Make, language: str) -> None:
    engine = await judge()
    found = await engine.run("two-sum", language, starter("two-sum", language))
    assert [one.verdict for one in found.verdict.tests] == [ACCEPTED, WRONG]
    assert found.answers == ([0, 1], [0, 0])


async def test_what_a_process_leaks_and_the_strong_tiers_do_not(judge: Make) -> None:
    got: dict[str, set[str]] = {}
    for isolation in ("process", "namespaces", "landlock", "embedded"):
        engine = await judge(isolation=isolation, cpu_ms=200)
        for number, kind in enumerate(ATTACKS):
            await judged(engine, await as_user(f"m{number}", engine.attack(kind)))
        await engine.clock.sleep(1)
        got[isolation] = {kind for kind, one in engine.counters.attacks.items() if one.got}
        assert set(engine.counters.attacks) == set(ATTACKS)
        assert bool(broken(engine)) == (isolation == "process")
    assert {"secret", "passwd", "socket", "write"} <= got["process"]
    assert got["namespaces"] == got["landlock"] == got["embedded"] == set()


async def test_in_a_weak_tier_only_the_labs_own_programs_run(judge: Make) -> None:
    engine = await judge(isolation="process")
    own = await judged(engine, await engine.submit("two-sum", "python", starter("two-sum", "python")))
    assert own.tier == "process"
    with pytest.raises(Conflict):
        await engine.submit(
            "two-sum", "python", "def two_sum(nums, target): return open('/etc/passwd').read()"
        )
    with pytest.raises(Conflict):
        await engine.run("two-sum", "python", "print(1)")


async def test_a_strangers_code_that_was_queued_before_the_switch_runs_in_a_strong_tier(judge: Make) -> None:
    engine = await judge()
    await engine.set_fault("runner-1", "down")
    await engine.set_fault("runner-2", "down")
    sent = await engine.submit("two-sum", "python", "def two_sum(nums, target):\n    return [0, 1]\n")
    await engine.configure(type(engine.config)(isolation="process"))
    await engine.clear_fault()
    assert (await judged(engine, sent)).tier == "namespaces"


async def test_a_dead_runners_submission_is_judged_once_by_another(judge: Make) -> None:
    engine = await judge(lease_s=0.5)
    await engine.set_fault("runner-1", "dies", 100)
    await play(engine, "finale", rate=10, seconds=3)
    assert engine.counters.deaths > 0
    assert engine.counters.again > 0
    assert engine.counters.judged == engine.counters.submitted
    assert broken(engine) == {}


async def test_who_sleeps_through_a_lease_is_refused_and_without_a_token_writes_twice(judge: Make) -> None:
    for delivery, twice in (("fenced", False), ("lease", True)):
        engine = await judge(delivery=delivery, lease_s=0.5)
        await engine.set_fault("runner-2", "stopped")
        await play(engine, "finale", rate=10, seconds=4)
        assert bool(engine.checker.twice) == twice
        assert (engine.counters.refused > 0) == (not twice)


async def test_what_is_forgotten_when_taken_is_lost_with_its_runner(judge: Make) -> None:
    engine = await judge(delivery="popped")
    await engine.set_fault("runner-1", "dies", 100)
    await play(engine, "finale", rate=10, seconds=3)
    assert engine.checker.lost > 0
    assert "once" in broken(engine)


async def test_nonsense_is_refused(judge: Make) -> None:
    engine = await judge()
    for problem, language, code, error in (
        ("nothing", "python", "x", NotFound),
        ("two-sum", "cobol", "x", Invalid),
        ("two-sum", "python", "  ", Invalid),
        ("two-sum", "python", "x" * (64 * 1024 + 1), Invalid),
        ("two-sum", "python", "\0", Invalid),
        ("two-sum", "python", "\ud800", Invalid),
    ):
        with pytest.raises(error):
            await engine.submit(problem, language, code)
    with pytest.raises(Invalid):
        await engine.attack("nothing")
    with pytest.raises(NotFound):
        await engine.leaderboard("daily")
    assert engine.counters.submitted == 0


async def test_a_person_may_send_so_many(judge: Make) -> None:
    engine = await judge()
    code = preset("two-sum", "python", "right")
    for _ in range(PER_PERSON):
        await engine.submit("two-sum", "python", code)
    with pytest.raises(TooMany):
        await engine.submit("two-sum", "python", code)
    await as_user("another", engine.submit("two-sum", "python", code))
    await engine.clock.sleep(11)
    await engine.submit("two-sum", "python", code)


async def test_a_submission_is_its_owners(judge: Make) -> None:
    engine = await judge()
    sent = await as_user("ann", engine.submit("two-sum", "python", "x = 1"))
    assert sent.code_hash == hash_of("x = 1")
    with pytest.raises(NotFound):
        await as_user("bob", engine.submission(sent.id))


async def test_the_leaderboard_is_old_with_a_cache_and_never_with_a_sorted_set(judge: Make) -> None:
    for board, reads in (("sorted", 0), ("sql", 5), ("ttl", 1)):
        engine = await judge(board=board)
        await play(engine, "finale", rate=10, seconds=3)
        assert engine.counters.db_reads >= reads
        assert (engine.counters.db_reads == 0) == (board == "sorted")
        assert ("board" in broken(engine)) == (board == "ttl")
        assert (engine.counters.stalest_ms > 0) == (board == "ttl")


async def test_a_verdict_that_the_leaderboard_did_not_hear_of_is_told_again(
    judge: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await judge(lease_s=0.5)
    accepted, refused = engine.board.accepted, []

    async def once(*who: object) -> None:
        if not refused:
            refused.append(who)
            raise Unavailable("the leaderboard does not answer")
        await accepted(*who)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.board, "accepted", once)
    await play(engine, "finale", rate=10, seconds=3)
    assert refused
    leaders, _ = await engine.store.leaders(100)
    assert [(one.person, one.points) for one in await engine.board.sorted_set(100)] == [
        (who, points) for who, points, _ in leaders
    ]


async def test_a_verdict_that_the_leaderboard_hears_of_late_is_no_lie(
    judge: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and sorted set are two stores: between the two a machine may take its time."""
    engine = await judge(lease_s=5.0)
    accepted = engine.board.accepted

    async def late(*who: Any) -> None:
        await engine.clock.sleep(0.7)
        await accepted(*who)

    monkeypatch.setattr(engine.board, "accepted", late)
    await play(engine, "finale", rate=10, seconds=3)
    assert engine.monitors["board"].checked > 3
    assert broken(engine) == {}


async def test_a_submission_that_is_put_late_is_not_lost(
    judge: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await judge()
    put = engine.queue.put

    async def late(ids: Any) -> int:
        await engine.clock.sleep(3.0)
        return await put(ids)

    monkeypatch.setattr(engine.queue, "put", late)
    sent = await engine.submit_preset("two-sum", "python", "right")
    assert (await judged(engine, sent)).verdict == ACCEPTED
    assert broken(engine) == {}


async def test_the_sorted_set_is_filled_from_the_rows_while_verdicts_come(judge: Make) -> None:
    engine = await judge()
    playing = asyncio.create_task(play(engine, "finale", rate=20, seconds=3))
    while not playing.done():
        await engine.board.open()
        await engine.clock.sleep(0.01)
    await playing
    leaders, _ = await engine.store.leaders(100)
    assert leaders
    assert [(one.person, one.points, one.last) for one in await engine.board.sorted_set(100)] == leaders
    assert broken(engine) == {}


async def test_a_spectator_has_seen_only_what_is_on_the_board_that_one_was_given(judge: Make) -> None:
    delays = {}
    for board in ("sorted", "ttl"):
        engine = await judge(board=board, watching="push")
        await play(engine, "finale", rate=8, seconds=5)
        delays[board] = engine.counters.delays.quantile(0.5)
    assert delays["sorted"] < 300
    assert delays["ttl"] > 2 * delays["sorted"]


async def test_spectators_are_told_sooner_than_they_would_ask(judge: Make) -> None:
    delays = {}
    for watching in ("push", "poll"):
        engine = await judge(watching=watching)
        await play(engine, "finale", rate=8, seconds=5)
        delays[watching] = engine.counters.delays.quantile(0.5)
    assert delays["push"] * 2 < delays["poll"]


async def test_runners_end_with_the_room(judge: Make) -> None:
    import psutil

    engine = await judge()
    await judged(engine, await engine.submit("two-sum", "python", preset("two-sum", "python", "right")))
    pids = [one.process.pid for one in engine.runners if one.process is not None]
    children = [child.pid for pid in pids for child in psutil.Process(pid).children(recursive=True)]
    assert pids
    assert children
    await engine.close()
    _, alive = psutil.wait_procs(
        [psutil.Process(one) for one in (*pids, *children) if psutil.pid_exists(one)], 3
    )
    assert alive == []
