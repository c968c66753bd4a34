"""Each claim fails when keys, rows, or what the balancer sends are changed behind the servers."""

from __future__ import annotations

import pytest

from designs.whatsapp.engine.devices import Device, Devices
from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.engine.inboxes import Inboxes
from designs.whatsapp.engine.servers import ServerPool
from tests.sabotage import Sabotage, sabotage_test


def empties_inboxes(patch: pytest.MonkeyPatch, engine: Whatsapp) -> None:
    """Cleo is away, and what waits for her is deleted."""

    async def purge(self: Inboxes) -> None:
        await engine.room.redis.delete(engine.room.key("inbox", "cleo/phone"))

    patch.setattr(Inboxes, "purge", purge)
    engine.every("sabotage", 0.3, lambda: purge(engine.inboxes))


def says_read_for_others(patch: pytest.MonkeyPatch, engine: Whatsapp) -> None:
    """A sender's device gets the tick with the answer of the server."""
    accepted = ServerPool._accepted

    def early(self: ServerPool, frame: dict, done: dict) -> None:
        accepted(self, frame, done)
        if "mid" in done and (device := engine.devices.all.get(frame["d"])):
            engine.devices.receive(device, f"r|{frame['chat']}|{done['mid']}|delivered", "", 0)

    patch.setattr(ServerPool, "_accepted", early)


def puts_back(patch: pytest.MonkeyPatch, engine: Whatsapp) -> None:
    """What is deleted with the last acknowledgement is written again."""
    receive = Devices.receive

    def again(self: Devices, device: Device, member: str, payload: str, seq: int) -> str:
        kind = receive(self, device, member, payload, seq)
        if member.startswith("m|weekend|"):
            key, mid = engine.room.key("msg", "weekend"), member.split("|", 2)[2]

            async def write() -> None:
                await engine.clock.sleep(0.5)
                await engine.room.redis.hset(key, mid, payload)

            engine.supervise("sabotage", write)
        return kind

    patch.setattr(Devices, "receive", again)


async def lets_somebody_in(patch: pytest.MonkeyPatch, engine: Whatsapp) -> None:
    """A row of a member that the chat does not have: the servers send to him."""
    people = engine.directory.people

    async def more(chat: str, *, source: str) -> dict[str, list[str]]:
        found = await people(chat, source=source)
        return {**found, "u0000": ["phone"]} if chat == "weekend" else found

    patch.setattr(engine.directory, "people", more)


SABOTAGES = {
    "once": Sabotage(breaks=empties_inboxes, workload="away", rate=20),
    "ticks": Sabotage(breaks=says_read_for_others, workload="chat"),
    "forgotten": Sabotage(breaks=puts_back, workload="chat"),
    "private": Sabotage(breaks=lets_somebody_in, workload="chat"),
}

test_every_claim_can_fail = sabotage_test("whatsapp", SABOTAGES)
