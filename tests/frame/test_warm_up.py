"""What the first visitor of a lab would wait for is done before, and only while nobody waits for anything."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from sdlab.api.measured import Measured
from sdlab.lab import OptionalPackage
from sdlab.registry import design
from sdlab.rooms.admission import LAST_SEEN
from sdlab.rooms.calls import CALLS, Calls
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.warm_up import LOOK_EVERY, QUIET_S, WarmUp

pytestmark = pytest.mark.virtual_time

LABS = [design("url-shortener"), design("rate-limiter")]
SLUGS = [one.slug for one in LABS]
NEVER = OptionalPackage("never", "no_such_module_here", 1, "is never there")


def quiet() -> float:
    return QUIET_S


async def test_every_lab_is_opened_once_and_nothing_of_it_stays(manager: RoomManager) -> None:
    before = await manager.stores.redis.dbsize()
    warm_up = WarmUp(manager, LABS, quiet_for=quiet)
    await warm_up.run()
    assert warm_up.done == ["workers", *SLUGS]
    assert manager.opened == set(SLUGS)
    assert manager.running() == {}
    assert await manager.stores.redis.zcard(LAST_SEEN) == 0
    assert await manager.stores.redis.dbsize() == before


async def test_a_database_of_its_own_is_started_first(manager: RoomManager) -> None:
    wanted: list[str] = []

    async def of(database: str) -> None:
        wanted.append(database)

    manager.stores.databases.of = of  # type: ignore[method-assign,assignment]
    warm_up = WarmUp(manager, [design("ticketmaster")], quiet_for=quiet)
    manager.opened.add("ticketmaster")
    await warm_up.run()
    assert wanted == ["postgres"]
    assert warm_up.done[0] == "postgres"


async def test_nothing_is_begun_while_somebody_waits(manager: RoomManager) -> None:
    still = 0.0
    warm_up = WarmUp(manager, LABS, quiet_for=lambda: still)
    warm_up.start()
    await asyncio.sleep(50 * LOOK_EVERY)
    assert warm_up.done == []
    still = QUIET_S
    await asyncio.sleep(50 * LOOK_EVERY)
    assert warm_up.done == ["workers", *SLUGS]
    await warm_up.stop()


async def test_who_comes_between_two_steps_goes_first(manager: RoomManager) -> None:
    warm_up = WarmUp(manager, LABS, quiet_for=lambda: 0.0 if SLUGS[0] in manager.opened else QUIET_S)
    warm_up.start()
    await asyncio.sleep(50 * LOOK_EVERY)
    assert warm_up.done == ["workers", SLUGS[0]]
    await warm_up.stop()
    assert warm_up.done == ["workers", SLUGS[0]]


async def test_a_lab_that_somebody_has_opened_is_not_opened_again(manager: RoomManager) -> None:
    room = manager.ids.new()
    await manager.lab(room, SLUGS[0])
    opened: list[str] = []

    async def note(_: str, slug: str) -> None:
        opened.append(slug)

    manager.before_open.append(note)
    await WarmUp(manager, LABS, quiet_for=quiet).run()
    assert opened == SLUGS[1:]
    assert (room, SLUGS[0]) in manager.running()


async def test_a_large_package_is_not_fetched_for_nobody(manager: RoomManager) -> None:
    needy = replace(LABS[0], needs=(NEVER,))
    warm_up = WarmUp(manager, [needy, LABS[1]], quiet_for=quiet)
    await warm_up.run()
    assert warm_up.done == ["workers", SLUGS[1]]


async def test_what_fails_is_left_to_who_asks_for_it(manager: RoomManager) -> None:
    async def refuse(_: str, slug: str) -> None:
        if slug == SLUGS[0]:
            raise OSError("no more files")

    manager.before_open.append(refuse)
    warm_up = WarmUp(manager, LABS, quiet_for=quiet)
    await warm_up.run()
    assert warm_up.done == ["workers", SLUGS[1]]
    assert manager.running() == {}


async def test_a_server_that_stops_leaves_no_task(manager: RoomManager) -> None:
    before = asyncio.all_tasks()
    warm_up = WarmUp(manager, LABS, quiet_for=quiet)
    warm_up.start()
    await asyncio.sleep(LOOK_EVERY / 100)
    await warm_up.stop()
    assert asyncio.all_tasks() == before
    assert manager.running() == {}


def test_a_call_waits_until_it_begins_to_be_answered() -> None:
    calls = Calls()
    calls.began()
    calls.began()
    calls.answered()
    assert (calls.waiting, calls.quiet_for()) == (1, 0.0)
    calls.answered()
    assert calls.waiting == 0
    assert calls.quiet_for() >= 0


@pytest.mark.parametrize("fails", [False, True])
async def test_every_call_is_counted_until_then(fails: bool) -> None:
    seen: list[int] = []

    async def app(scope: dict, receive: object, send: object) -> None:
        seen.append(CALLS.waiting)
        if fails:
            raise RuntimeError("on purpose")
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        seen.append(CALLS.waiting)
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    before = CALLS.waiting
    transport = httpx.ASGITransport(app=Measured(app), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        await client.get("/")
    assert seen == ([before + 1] if fails else [before + 1, before])
    assert before == CALLS.waiting
