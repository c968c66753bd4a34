"""Counters race, or do not."""

from __future__ import annotations

from tests.designs.top_k.conftest import MakeTopK, fleet_of, ranking, violations, watch


async def test_reading_and_writing_apart_loses_views_of_the_popular(topk: MakeTopK) -> None:
    engine = await topk(counters="read_then_write")
    await watch(engine, ["hot"] * 50 + [f"cold-{n}" for n in range(50)])
    counted = dict(ranking((await engine.top("1h", 100)).items))
    assert counted["hot"] < 50
    assert all(counted[f"cold-{n}"] == 1 for n in range(50))
    assert fleet_of(engine).counting.overwritten > 0
    engine.checker.check_counts()
    assert violations(engine) == {"counted_once": 1}
    evidence = engine.monitors["counted_once"].view().evidence
    assert [step.text for step in evidence if "wrote" in step.text]
    assert "hot" in evidence[-1].text


async def test_a_sketch_that_reads_and_writes_apart_counts_too_small(topk: MakeTopK) -> None:
    engine = await topk(counting="sketch", counters="read_then_write", replicas=1)
    await watch(engine, ["hot"] * 50)
    engine.checker.check_counts()
    assert "sketch_never_under" in violations(engine)


async def test_in_one_step_nothing_is_lost_however_many_come_at_once(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, ["hot"] * 300)
    assert ranking((await engine.top("1h", 1)).items) == [("hot", 300)]
