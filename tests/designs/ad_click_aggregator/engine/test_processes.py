"""Aggregator and OLAP store in processes of their own: one is killed between a flush and its acknowledgement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sdlab.lab import Room
from sdlab.parts.worker_process import WorkerProcess, address_of

CLICKS = 3000
ENGINE = "designs.ad_click_aggregator.engine"


async def log(room: Room, streams: dict[str, str], first: int) -> None:
    pipe = room.redis.pipeline(transaction=False)
    for number in range(first, first + CLICKS):
        at = repr(1000 + number * 0.01)
        pipe.xadd(
            streams[str(number % 2)], {"t": at, "a": at, "k": str(number % 5 + 1), "n": str(number // 2 + 1)}
        )
    await pipe.execute()


async def aggregator(room: Room, streams: dict[str, str], store: WorkerProcess) -> WorkerProcess:
    made = WorkerProcess("aggregator", f"{ENGINE}.aggregator_process:make")
    await made.start(
        redis=address_of(room.redis),
        streams=streams,
        checkpoint=room.key("checkpoint"),
        sink=await store.ask("positions"),
        recovery="checkpoint",
        lateness=1.0,
    )
    return made


async def turn(one: WorkerProcess, store: WorkerProcess, *, acknowledged: bool = True) -> int:
    """A turn and its flush; how many clicks it read a second time."""
    did = await one.ask("turn", now=2000.0, limit=700, late="correct", lateness=1.0)
    if not did["replaying"]:
        if flushes := await one.ask("flush"):
            await store.ask("upsert", flushes=flushes, corrupt=0)
        if acknowledged:
            await one.ask("acknowledged", keeps=True)
    return int(did["again"])


async def test_totals_are_exact_after_a_kill(make_room: Any, tmp_path: Path) -> None:
    room = await make_room("ad-click-aggregator", seed=1)
    streams = {str(number): room.key("clicks", number) for number in range(2)}
    store = WorkerProcess("olap", f"{ENGINE}.olap_process:make")
    await store.start(
        redis=address_of(room.redis),
        file=str(tmp_path / "clicks.duckdb"),
        streams=streams,
        read=room.key("checkpoint:read"),
    )
    one = await aggregator(room, streams, store)
    try:
        await log(room, streams, 0)
        await turn(one, store)
        await turn(one, store, acknowledged=False)
        one.kill()
        await one.ended.wait()
        one = await aggregator(room, streams, store)
        again = sum([await turn(one, store) for _ in range(10)])
        await log(room, streams, CLICKS)
        for _ in range(10):
            await turn(one, store)
        found = await store.ask("totals", since=0)
        assert again > 0
        assert sum(clicks for *_, clicks in found["rows"]) == 2 * CLICKS
        assert sum(clicks for *_, clicks in found["days"]) == 2 * CLICKS
        assert (await store.ask("reconcile", since=0))["repaired"] == 0
    finally:
        await one.close()
        await store.close()
