"""What is not acknowledged is not counted."""

from __future__ import annotations

import asyncio

import pytest

from sdlab.lab import Quota, TooMany, Unavailable
from tests.designs.top_k.conftest import MakeTopK, broken_claims, total, watch

VIDEOS = [f"v{number}" for number in range(1, 61)]


async def test_a_full_room_counts_known_videos_only(topk: MakeTopK) -> None:
    engine = await topk(quota=Quota(rows=3))
    await watch(engine, ["a", "b", "c"])
    with pytest.raises(TooMany):
        await engine.view("d")
    assert (await engine.view("a")).views == 2


async def test_views_of_slots_without_a_host_are_refused_and_not_logged(topk: MakeTopK) -> None:
    engine = await topk(replicas=1)
    await engine.set_fault("host-0", "down")
    outcomes = await asyncio.gather(*(engine.view(video) for video in VIDEOS), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, Unavailable)]
    assert 0 < len(refused) < len(VIDEOS)
    assert engine.ledger.total("1h") == len(VIDEOS) - len(refused)
    found = await engine.top("1m", 100)
    assert found.missing > 0
    assert len(found.items) == len(VIDEOS) - len(refused)


async def test_a_log_that_is_down_acknowledges_nothing(topk: MakeTopK) -> None:
    engine = await topk()
    await engine.set_fault("log", "down")
    with pytest.raises(Unavailable):
        await engine.view("v1")
    await engine.clear_fault()
    assert (await engine.view("v1")).views == 1
    assert await total(engine) == 1


async def test_a_view_that_cannot_be_logged_is_taken_back(
    topk: MakeTopK, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await topk()

    async def broken(group: object) -> list[str]:
        raise ConnectionError("gone")

    monkeypatch.setattr(engine.log.events, "append", broken)
    with pytest.raises(ConnectionError):
        await engine.view("v1")
    monkeypatch.undo()
    assert await total(engine) == 0
    await engine.view("v1")
    assert await total(engine) == 1
    assert broken_claims(engine, VIDEOS) == {}
