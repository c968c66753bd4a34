"""The messenger without web: every approach delivers, killed servers lose nothing, ticks and retention follow the devices."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from designs.whatsapp.config import Config
from designs.whatsapp.engine.engine import Sent, Whatsapp, signed_of
from designs.whatsapp.engine.strategies import REACHES
from designs.whatsapp.inside.snapshot import build_snapshot
from sdlab.lab import Conflict, Forbidden, Invalid, NotFound, Unavailable, as_user
from sdlab.rooms.manager import RoomManager

pytestmark = pytest.mark.virtual_time
Make = Callable[..., Awaitable[Whatsapp]]


@pytest.fixture
async def make(make_room: Any) -> AsyncIterator[Make]:
    """`await make(reach="mesh")`: an engine in a room of its own."""
    made: list[Whatsapp] = []

    async def one(**config: Any) -> Whatsapp:
        room = await make_room("whatsapp", seed=5)
        engine = Whatsapp(room, Config(**{"users": 16, **config}))
        await engine.start()
        made.append(engine)
        return engine

    yield one
    for engine in made:
        await engine.close()


def texts(engine: Whatsapp, device: str, chat: str = "weekend") -> list[str]:
    return [one.text for one in engine.devices.all[device].chats.get(chat, ())]


async def write(engine: Whatsapp, who: str, text: str, chat: str = "weekend", **more: Any) -> Sent:
    return await as_user(who, engine.send(chat, text, device=f"{who}/phone", **more))


def verdicts(engine: Whatsapp) -> dict[str, int]:
    return {name: one.violations for name, one in engine.monitors.items()}


def after_a_moment(pids: list[int]) -> list[int]:
    """Those that are still there; a killed process closes its line a little before it is gone."""
    until = time.monotonic() + 2
    while (left := [pid for pid in pids if os.path.exists(f"/proc/{pid}")]) and time.monotonic() < until:
        time.sleep(0.01)
    return left


GOOD = {"once": 0, "ticks": 0, "forgotten": 0, "private": 0}


@pytest.mark.parametrize("reach", REACHES)
async def test_a_message_reaches_every_phone_in_order_and_the_ticks_turn(make: Make, reach: str) -> None:
    engine = await make(reach=reach)
    for number in range(6):
        await write(engine, ("ann", "ben", "cleo")[number % 3], f"message {number}")
    await engine.clock.sleep(4)
    wanted = [f"message {number}" for number in range(6)]
    assert [texts(engine, f"{one}/phone") for one in ("ann", "ben", "cleo")] == [wanted] * 3
    ticks = [one.tick for one in engine.devices.all["ann/phone"].chats["weekend"] if one.by == "ann"]
    assert ticks == ["read", "read"]
    assert verdicts(engine) == GOOD
    assert await engine.room.redis.hlen(engine.room.key("msg", "weekend")) == 0


async def test_who_was_away_gets_everything_in_order_on_return(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "first")
    await engine.clock.sleep(1)
    await engine.flight("cleo/phone", True)
    for number in range(20):
        await write(engine, "ben", f"while away {number}")
    await engine.clock.sleep(3)
    assert texts(engine, "cleo/phone") == ["first"]
    await engine.flight("cleo/phone", False)
    await engine.clock.sleep(2)
    assert texts(engine, "cleo/phone") == ["first", *(f"while away {number}" for number in range(20))]
    assert engine.counters.caught_up == 20
    assert verdicts(engine) == GOOD


async def test_what_is_written_in_flight_mode_goes_out_on_return(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "hello")
    await engine.flight("cleo/phone", True)
    assert (await write(engine, "cleo", "later")).state == "waiting"
    await engine.clock.sleep(1)
    await engine.flight("cleo/phone", False)
    await engine.clock.sleep(2)
    assert "later" in texts(engine, "ann/phone")


async def test_a_killed_server_loses_nothing_and_its_process_is_gone(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "before")
    await engine.clock.sleep(0.5)
    pids = {one.id: one.process.pid for one in engine.pool.all.values() if one.process.pid}
    assert len(set(pids.values())) == 3
    for number in range(12):
        if number % 4 == 2:
            engine.kill(number)
        await write(engine, ("ann", "ben")[number % 2], f"number {number}")
    await engine.clock.sleep(5)
    wanted = ["before", *(f"number {number}" for number in range(12))]
    assert sorted(texts(engine, "cleo/phone")) == sorted(wanted)
    numbers = [one.seq for one in engine.devices.all["cleo/phone"].chats["weekend"]]
    assert numbers == sorted(set(numbers))
    assert verdicts(engine) == GOOD
    running = [one.process.pid for one in engine.pool.all.values()]
    await engine.close()
    assert after_a_moment(running) == []


async def test_a_server_that_goes_down_with_its_last_answer_on_the_way_does_not_crash(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await make()
    await write(engine, "ann", "before")
    await engine.clock.sleep(1)
    done, went = engine.pool._done, []

    async def down_first(server: Any, frames: Any, said: Any) -> None:
        if said["why"] and not went:
            went.append(server.id)
            engine.node(server.id).set_fault("down")
        await done(server, frames, said)

    monkeypatch.setattr(engine.pool, "_done", down_first)
    await write(engine, "ann", "last")
    await engine.clock.sleep(1)
    assert went
    assert [one.text for one in engine.feed.newest(200) if one.kind == "crash"] == []


async def test_the_same_client_id_is_the_same_message(make: Make) -> None:
    engine = await make()
    one = await write(engine, "ann", "once", client_id="c1")
    await as_user("ann", engine.send_again("ann/phone", "weekend", "c1", "once"))
    again = await write(engine, "ann", "once", client_id="c1")
    await engine.clock.sleep(2)
    assert (again.id, again.seq, again.again) == (one.id, one.seq, True)
    assert texts(engine, "ben/phone") == ["once"]
    assert verdicts(engine) == GOOD


async def test_a_tick_waits_for_everybody(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "all here")
    await engine.clock.sleep(1)
    await engine.flight("cleo/phone", True)
    await write(engine, "ann", "one is away")
    await engine.clock.sleep(2)
    assert [one.tick for one in engine.devices.all["ann/phone"].chats["weekend"]] == ["read", "sent"]
    await engine.flight("cleo/phone", False)
    await engine.clock.sleep(2)
    assert [one.tick for one in engine.devices.all["ann/phone"].chats["weekend"]] == ["read", "read"]


async def test_a_device_that_never_acknowledges_keeps_messages_on_the_servers(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "hello")
    await engine.set_fault("phone", "silent")
    await write(engine, "ann", "nobody will hear of this")
    await engine.clock.sleep(6)
    assert texts(engine, "cleo/phone")[-1] == "nobody will hear of this"
    assert verdicts(engine)["forgotten"] > 0


async def test_a_second_device_gets_what_comes_from_then_on(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "before")
    await engine.clock.sleep(1)
    await engine.link("ann", "tablet")
    await write(engine, "ben", "after")
    await write(engine, "ann", "mine")
    await engine.clock.sleep(2)
    assert texts(engine, "ann/tablet") == ["after", "mine"]
    assert verdicts(engine) == GOOD


@pytest.mark.parametrize("footprint", ["by_user", "by_device"])
async def test_what_waits_survives_another_kind_of_inbox(make: Make, footprint: str) -> None:
    engine = await make(footprint=footprint)
    await write(engine, "ann", "hello")
    await engine.flight("cleo/phone", True)
    await write(engine, "ann", "for later")
    await engine.clock.sleep(2)
    other = "by_device" if footprint == "by_user" else "by_user"
    await engine.configure(replace(engine.config, footprint=other))
    await engine.flight("cleo/phone", False)
    await engine.clock.sleep(3)
    assert texts(engine, "cleo/phone") == ["hello", "for later"]
    assert verdicts(engine) == GOOD
    assert await engine.room.redis.zcard(engine.room.key("times")) == 0


async def test_with_one_box_for_all_devices_that_setting_is_the_cause_of_a_lost_order(
    manager: RoomManager,
) -> None:
    lab = await manager.lab(manager.ids.new(), "whatsapp")
    await lab.configure(toggles={"footprint": "by_user"}, knobs={})
    lab.start_workload("chat", rate=None, seed=11, seconds=6)
    await lab.runner.wait()
    verdict = lab.engine.monitors["once"].view()
    assert verdict.violations > 0
    causes = [one.text.partition(" since ")[0] for one in verdict.evidence if one.kind == "cause"]
    assert causes == ["“Whose inbox is it?” is “One per user”"]


async def test_channels_that_restart_delay_and_lose_nothing(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "hello")
    await engine.clock.sleep(1)
    await engine.set_fault("channels", "restart")
    await write(engine, "ann", "meanwhile")
    await engine.clock.sleep(4)
    assert texts(engine, "cleo/phone") == ["hello", "meanwhile"]
    assert verdicts(engine) == GOOD


async def test_only_who_is_in_a_chat_writes_and_reads(make: Make) -> None:
    engine = await make()
    with pytest.raises(NotFound):
        await as_user("mallory", engine.send("weekend", "hello"))
    with pytest.raises(NotFound):
        await as_user("mallory", engine.history("weekend", below=None, limit=5))
    chat = await as_user("dora", engine.create_chat("Two", ("ann",)))
    await as_user("dora", engine.send(chat, "hello Ann"))
    await engine.clock.sleep(1)
    assert texts(engine, "ann/phone", chat) == ["hello Ann"]
    await as_user("dora", engine.modify(chat, add=("ben",), remove=("ann",)))
    await as_user("dora", engine.send(chat, "hello Ben"))
    await engine.clock.sleep(2)
    assert texts(engine, "ann/phone", chat) == ["hello Ann"]
    assert texts(engine, "ben/phone", chat) == ["hello Ben"]
    with pytest.raises(Invalid):
        await as_user("dora", engine.create_chat("Odd", ("a|b",)))


async def test_media_goes_by_signed_addresses(make: Make) -> None:
    engine = await make()
    sent = await as_user("ann", engine.send_picture("ann/phone", "weekend"))
    await engine.clock.sleep(1)
    shown = engine.devices.all["ben/phone"].find("weekend", sent.id)
    assert shown is not None
    path = await as_user("ben", engine.media_address(shown.attachment))
    found, parts = await engine.download(signed_of("GET", path))
    assert len(b"".join([part async for part in parts])) == found.size
    with pytest.raises(Forbidden):
        await engine.download(signed_of("GET", path.replace("size=", "size=1")))
    with pytest.raises(Conflict):
        await engine.upload(signed_of("PUT", engine.media.address("PUT", found)), _bytes(b"x"))
    with pytest.raises(NotFound):
        await as_user("mallory", engine.media_address(shown.attachment))


async def _bytes(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_a_store_that_is_down_refuses_and_nothing_is_half_done(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "hello")
    await engine.clock.sleep(1)
    await engine.set_fault("inboxes", "down")
    with pytest.raises(Unavailable):
        await write(engine, "ann", "not now")
    await engine.clear_fault()
    await write(engine, "ann", "now")
    await engine.clock.sleep(2)
    assert texts(engine, "ben/phone") == ["hello", "now"]
    assert verdicts(engine) == GOOD


async def test_others_see_that_somebody_types_and_then_no_more(make: Make) -> None:
    engine = await make()
    await write(engine, "ann", "hello")
    await engine.clock.sleep(1)
    await as_user("ben", engine.typing("ben/phone", "weekend"))
    await engine.clock.sleep(0.5)
    shown = {one.id: one.typing for one in build_snapshot(engine).phones}
    assert shown == {"ann/phone": "Ben is typing", "ben/phone": "", "cleo/phone": "Ben is typing"}
    await engine.clock.sleep(6)
    assert {one.typing for one in build_snapshot(engine).phones} == {""}
