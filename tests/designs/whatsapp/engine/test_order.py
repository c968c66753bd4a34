"""Once and in order, where it is hardest: connections that come back together, and servers that die between two steps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from designs.whatsapp.config import Config
from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.engine.servers import Server
from designs.whatsapp.engine.strategies import REACHES
from sdlab.lab import as_user
from sdlab.parts.worker_process import WorkerGone

pytestmark = pytest.mark.virtual_time
Make = Callable[..., Awaitable[Whatsapp]]
PHONES = ("ann/phone", "ben/phone", "cleo/phone")


@pytest.fixture
async def make(make_room: Any) -> AsyncIterator[Make]:
    """`await make(reach="mesh")`: an engine in a room of its own."""
    made: list[Whatsapp] = []

    async def one(**config: Any) -> Whatsapp:
        engine = Whatsapp(await make_room("whatsapp", seed=5), Config(**{"users": 16, **config}))
        await engine.start()
        made.append(engine)
        return engine

    yield one
    for engine in made:
        await engine.close()


async def write(engine: Whatsapp, who: str, text: str) -> None:
    await as_user(who, engine.send("weekend", text, device=f"{who}/phone"))


def came(engine: Whatsapp) -> dict[str, list[str]]:
    """What each phone shows, in its order."""
    return {one: [shown.text for shown in engine.devices.all[one].chats["weekend"]] for one in PHONES}


def everywhere(engine: Whatsapp) -> list[str]:
    """What all phones show, where they show the same."""
    first, *others = came(engine).values()
    assert others == [first] * len(others)
    return first


def wrong(engine: Whatsapp) -> tuple[int, int, int]:
    checker = engine.checker
    return checker.lost, checker.twice, checker.disordered


async def test_two_who_come_back_in_one_turn_each_get_their_own_in_order(make: Make) -> None:
    engine = await make(servers=1)
    await write(engine, "ann", "zero")
    await engine.clock.sleep(1)
    await engine.flight("cleo/phone", True)
    await write(engine, "ann", "one")
    await write(engine, "ann", "two")
    await engine.clock.sleep(1)
    await engine.flight("ben/phone", True)
    await write(engine, "ann", "three")
    await engine.clock.sleep(1)
    async with engine.pool.still():
        await engine.flight("ben/phone", False)  # lacks the third
        await engine.flight("cleo/phone", False)  # lacks all three
    await engine.clock.sleep(2)
    assert everywhere(engine) == ["zero", "one", "two", "three"]
    assert wrong(engine) == (0, 0, 0)


def dies(patch: pytest.MonkeyPatch, server: Server, *, kind: str, done: bool, deaths: int = 1) -> list[str]:
    """The server is killed in a turn with a frame of that kind: after it was `done`, before anybody hears; or before."""
    ask, died = server.process.ask, list[str]()

    async def asked(what: str, /, **fields: Any) -> Any:
        frames = [one for one in fields.get("frames", ()) if one["t"] == kind]
        if not frames or len(died) >= deaths:
            return await ask(what, **fields)
        died.append(server.id)
        if done:
            await ask(what, **fields)
        server.process.kill()
        await server.process.ended.wait()
        raise WorkerGone("killed")

    patch.setattr(server.process, "ask", asked)
    return died


@pytest.mark.parametrize("reach", REACHES)
async def test_killed_between_taking_a_message_in_and_its_answer(
    make: Make, reach: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known on the resend, shown on every phone once, and followed to the last of them."""
    engine = await make(reach=reach)
    await write(engine, "ann", "before")
    await engine.clock.sleep(2)
    followed = engine.monitors["once"].checked
    died = dies(monkeypatch, engine.pool.all[engine.devices.all["ann/phone"].server], kind="send", done=True)
    await write(engine, "ann", "during")
    await write(engine, "ben", "after")
    await engine.clock.sleep(6)
    assert died
    assert engine.counters.again == 1
    assert everywhere(engine) == ["before", "during", "after"]
    assert wrong(engine) == (0, 0, 0)
    each_phone_and_the_whole = 2 * len(PHONES)
    assert engine.monitors["once"].checked - followed >= each_phone_and_the_whole
    assert await engine.room.redis.hlen(engine.room.key("msg", "weekend")) == 0


async def test_a_message_that_is_known_on_the_resend_is_missed_when_it_is_lost(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pub/sub alone: its server told nobody who listens, and died; the sender is told that it is sent."""
    engine = await make(inbox="off")
    await write(engine, "ann", "before")
    await engine.clock.sleep(2)
    await engine.pool.cut()
    died = dies(monkeypatch, engine.pool.all[engine.devices.all["ann/phone"].server], kind="send", done=True)
    await write(engine, "ann", "during")
    await engine.clock.sleep(6)
    assert died
    assert came(engine)["cleo/phone"] == ["before"]
    assert engine.checker.lost > 0


@pytest.mark.parametrize("done", [False, True])
async def test_killed_between_a_message_and_its_acknowledgement(
    make: Make, done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent again where nobody knows that it came; the phone shows it once, and nothing is kept."""
    engine = await make(servers=2)
    await write(engine, "ann", "before")
    await engine.clock.sleep(2)
    died = dies(monkeypatch, engine.pool.all[engine.devices.all["cleo/phone"].server], kind="ack", done=done)
    for text in ("one", "two", "three"):
        await write(engine, "ann", text)
    await engine.clock.sleep(6)
    assert died
    assert everywhere(engine) == ["before", "one", "two", "three"]
    assert wrong(engine) == (0, 0, 0)
    assert done or engine.counters.known_again > 0
    assert await engine.room.redis.hlen(engine.room.key("msg", "weekend")) == 0
