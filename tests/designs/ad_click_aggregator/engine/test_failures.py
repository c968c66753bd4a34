"""Processes are killed, clicks come late or twice, rooms close and open again: totals are what the log says."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.engine import AdClickAggregator
from designs.ad_click_aggregator.engine.traffic import FORGED_SIGNATURE
from sdlab.lab import Forbidden, Unavailable
from tests.conftest import MakeRoom
from tests.designs.ad_click_aggregator.conftest import Opener, broken, play, raw, stored

pytestmark = pytest.mark.virtual_time


async def test_a_quiet_room_has_no_process_and_one_that_closes_has_none_left(opener: Opener) -> None:
    engine = await opener()
    await engine.clock.sleep(3)
    assert all(one.ended.is_set() for one in (engine.processes.store, *engine.processes.aggregators))
    await play(engine, "readers", rate=40, seconds=1, settled=1)
    pids = [one.pid for one in (engine.processes.store, *engine.processes.aggregators)]
    assert all(psutil.pid_exists(pid) for pid in pids)
    await engine.close()
    assert [one.ended.is_set() for one in engine.processes.aggregators] == [True, True]
    with pytest.raises(Unavailable):
        await engine.processes.olap()


async def test_a_room_that_closes_while_it_begins_leaves_nothing(make_room: MakeRoom) -> None:
    room = await make_room("ad-click-aggregator")
    engine = AdClickAggregator(room, Config())
    await engine.start()
    served = await engine.serve("top")
    await engine.click(served.impression.id)
    beginning = asyncio.create_task(engine.processes.olap())
    await asyncio.sleep(0)
    await engine.close()
    await asyncio.gather(beginning, return_exceptions=True)
    assert engine.processes.store.ended.is_set()


async def test_quiet_again_after_the_last_window_is_closed(opener: Opener) -> None:
    engine = await opener()
    await play(engine, "readers", rate=40, seconds=1, settled=8)
    assert not any(one.busy for one in engine.aggregators)
    calls = [node.calls for node in engine.nodes.values()]
    await engine.clock.sleep(5)
    assert [node.calls for node in engine.nodes.values()] == calls


@pytest.mark.parametrize("recovery", ["replay", "checkpoint"])
async def test_totals_are_the_raw_log_after_kills_at_any_moment(opener: Opener, recovery: str) -> None:
    engine = await opener(recovery=recovery)
    await engine.set_fault("aggregator-1", "dies", 1)
    await engine.set_fault("aggregator-2", "dies", 1.3)
    await play(engine, "out_of_order", rate=80, seconds=6, settled=1)
    await engine.clear_fault()
    await engine.clock.sleep(8)
    assert engine.counters.crashes >= 4
    assert engine.counters.read_again > 0
    assert await stored(engine) == await raw(engine)
    assert broken(engine) == {}


async def test_without_anything_kept_counts_are_lost(opener: Opener) -> None:
    engine = await opener(recovery="none")
    await engine.set_fault("aggregator-1", "dies", 1)
    await play(engine, "readers", rate=80, seconds=5)
    assert broken(engine).keys() == {"totals"}
    assert sum((await stored(engine)).values()) < engine.counters.logged


async def test_a_paused_aggregator_holds_the_watermark_and_loses_nothing(opener: Opener) -> None:
    engine = await opener()
    await play(engine, "readers", rate=60, seconds=1, settled=1)
    await engine.set_fault("aggregator-1", "paused")
    await play(engine, "readers", rate=60, seconds=3, settled=3)
    assert sum(engine.log.lag) > 0
    await engine.clear_fault("aggregator-1")
    await engine.clock.sleep(8)
    assert sum(engine.log.lag) == 0
    assert await stored(engine) == await raw(engine)
    assert broken(engine) == {}


async def test_late_ones_are_corrected_dropped_or_counted_where_nobody_clicked(opener: Opener) -> None:
    kept = await opener(late="correct")
    await play(kept, "out_of_order", rate=60, seconds=4)
    assert kept.counters.late > 0
    assert broken(kept) == {}
    dropping = await opener(late="drop")
    await play(dropping, "out_of_order", rate=60, seconds=4)
    assert sum((await stored(dropping)).values()) == dropping.counters.logged - dropping.counters.dropped
    assert dropping.counters.dropped > 0
    assert broken(dropping).keys() == {"totals"}
    arriving = await opener(late="arrival")
    await play(arriving, "out_of_order", rate=60, seconds=4)
    assert arriving.counters.late == 0
    assert sum((await stored(arriving)).values()) == arriving.counters.logged
    assert broken(arriving).keys() == {"totals"}


async def test_a_batch_repairs_what_was_written_wrong(opener: Opener) -> None:
    engine = await opener(reconcile="on")
    await engine.set_fault("olap", "corrupt")
    await play(engine, "readers", rate=60, seconds=4, settled=8)
    assert engine.counters.repaired > 0
    assert engine.batch.diffs[-1].was == engine.batch.diffs[-1].raw + 3
    assert await stored(engine) == await raw(engine)
    assert broken(engine) == {}
    believed = await opener()
    await believed.set_fault("olap", "corrupt")
    await play(believed, "readers", rate=60, seconds=4)
    assert broken(believed).keys() == {"totals"}


async def test_the_way_to_count_changes_and_no_click_is_lost_or_counted_twice(opener: Opener) -> None:
    engine = await opener()
    for aggregation in ("batch", "stream", "per_click", "stream", "per_click", "batch"):
        await play(engine, "out_of_order", rate=60, seconds=1.5, settled=0.2)
        await engine.configure(Config(aggregation=aggregation))
    await play(engine, "readers", rate=60, seconds=1, settled=12)
    assert await stored(engine) == await raw(engine)
    assert broken(engine) == {}


async def test_rows_updated_per_click_are_the_raw_log_also_after_the_database_was_away(
    opener: Opener,
) -> None:
    engine = await opener(aggregation="per_click")
    await engine.set_fault("database", "down")
    await play(engine, "readers", rate=60, seconds=1, settled=0.1)
    assert engine.rows.owed
    await engine.clear_fault()
    await play(engine, "readers", rate=60, seconds=1, settled=3)
    assert {(s, ad): n for s, ad, n in await engine.rows.totals(since=0)} == await raw(engine)
    assert broken(engine) == {}


async def test_a_room_that_is_opened_again_goes_on(opener: Opener) -> None:
    engine = await opener(room="again")
    await play(engine, "readers", rate=60, seconds=2, settled=0.1)
    await engine.close()
    again = await opener(room="again")
    await play(again, "readers", rate=60, seconds=2)
    assert await stored(again) == await raw(again)
    assert broken(again) == {}


async def test_an_impression_counts_once_until_its_key_or_its_signature_ends(opener: Opener) -> None:
    engine = await opener(idempotency="redis", ttl_s=2)
    served = await engine.serve("top")
    assert (await engine.click(served.impression.id)).click is not None
    assert (await engine.click(served.impression.id)).click is None
    await engine.clock.sleep(3)
    assert (await engine.click(served.impression.id)).click is not None
    await engine.clock.sleep(1)
    assert broken(engine) == {"once": 1}
    signed = await opener()
    served = await signed.serve("top")
    await signed.click(served.impression.id)
    await signed.clock.sleep(700)
    with pytest.raises(Forbidden):
        await signed.click(served.impression.id)


async def test_only_what_we_served_counts(opener: Opener) -> None:
    engine = await opener()
    body = engine.signer.serve(1).id.rpartition(".")[0]
    for id in (f"{body}.{FORGED_SIGNATURE}", "nonsense", "1.2.3", f"99.1.ffffffff.{FORGED_SIGNATURE}", body):
        with pytest.raises(Forbidden):
            await engine.click(id)
    assert engine.counters.forged == 5
    unsigned = await opener(idempotency="redis")
    await unsigned.click(f"{body}.{FORGED_SIGNATURE}")
    await unsigned.clock.sleep(1)
    assert broken(unsigned) == {"served": 1}


async def test_a_click_that_cannot_be_logged_is_not_answered_and_may_come_again(opener: Opener) -> None:
    engine = await opener()
    served = await engine.serve("top")
    await engine.set_fault("log", "down")
    with pytest.raises(Unavailable):
        await engine.click(served.impression.id)
    await engine.clear_fault()
    assert (await engine.click(served.impression.id)).click is not None


async def test_a_pixel_that_is_blocked_is_a_visit_that_nobody_counts(opener: Opener) -> None:
    engine = await opener(redirect="browser")
    await play(engine, "blockers", rate=60, seconds=2, settled=3)
    assert broken(engine).keys() == {"logged"}
    assert engine.checker.missing == engine.counters.arrivals - engine.counters.logged == 40


async def test_a_hot_ad_is_shared_out(opener: Opener) -> None:
    shared = await opener()
    await play(shared, "hot_ad", rate=300, seconds=3, settled=0)
    alone = await opener(key="ad")
    await play(alone, "hot_ad", rate=300, seconds=3, settled=0)
    assert alone.counters.most_lag > 2 * shared.counters.most_lag
    assert min(shared.log.appended.values()) > 50
