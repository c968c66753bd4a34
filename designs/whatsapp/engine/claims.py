"""What must hold, judged by what devices have received, by keys and by rows."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import sqlalchemy as sa

from designs.whatsapp.config import Config
from designs.whatsapp.engine.directory import MEMBERS, Directory
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    fault_steps,
    read_step,
    setting_steps,
    unknown_cause,
    write_step,
)

if TYPE_CHECKING:
    from designs.whatsapp.engine.devices import Device

CLAIMS = (
    Claim("once", "once, in order", "Every message arrives on every device once, in the order of its chat"),
    Claim("ticks", "a tick is true", "Two ticks mean that everybody in the chat has the message on a device"),
    Claim("forgotten", "nothing is kept", "Nothing is kept on the servers once all devices have it"),
    Claim("private", "only participants see", "Only participants see a chat, by its id and its media too"),
)
CHECK_EVERY = 0.25
GRACE = 1.5  # seconds that a message may be on its way
AGAIN = 2.0  # seconds until one that waits in an inbox is looked for again
FOLLOWED = 4000
AT_ONCE = 300
REMEMBERED = 1000
MOST_FAULTS = 3


@dataclass(slots=True)
class Followed:
    """An accepted message, and the devices that have not received it yet."""

    chat: str
    mid: str
    seq: int
    sender: str
    began: float
    told: float
    missing: set[str]
    look: float


class ClaimChecker:
    """Follows each message that a sender was told of to the last device."""

    def __init__(self, context: EngineContext[Config], directory: Directory) -> None:
        self._context, self._directory = context, directory
        self._open: OrderedDict[str, Followed] = OrderedDict()
        self._everywhere: deque[tuple[float, float, Followed]] = deque(maxlen=FOLLOWED)
        self._reads: deque[tuple[str, str, str, float]] = deque(maxlen=FOLLOWED)
        self._early: OrderedDict[str, set[str]] = OrderedDict()
        self.lost = self.twice = self.disordered = self.early = self.kept = self.leaked = 0

    # What is noted

    def accepted(self, member: str, seq: int, sender: str, began: float) -> None:
        """The device `sender` was told that its message has that number."""
        _, chat, mid = member.split("|", 2)
        people, clock = self._directory.members.get(chat, {}), self._context.clock
        expected = {
            device
            for user in people
            for name in self._directory.devices.get(user, ())
            if (device := f"{user}/{name}") != sender
            and self._directory.linked.get(device, 0.0) < began - GRACE
        }
        now = clock.time()
        began_at = now - (clock.monotonic() - began)
        one = Followed(chat, mid, seq, sender, began_at, now, expected, clock.monotonic() + self._grace)
        one.missing -= self._early.pop(member, set())  # they had it before its sender was told
        self._open[member] = one
        if not one.missing:
            self._complete(member)
        while len(self._open) > FOLLOWED:
            self._open.popitem(last=False)

    @property
    def _grace(self) -> float:
        return GRACE + 3 * self._context.config.poll_ms / 1000

    def _complete(self, member: str) -> None:
        one = self._open.pop(member)
        clock = self._context.clock
        self._everywhere.append((clock.monotonic() + self._grace, clock.time(), one))
        self._context.monitors["once"].passed()

    def arrived(self, device: Device, member: str, seq: int, ago: float) -> None:
        """A device has a message that it did not have before, sent so many seconds ago."""
        _, chat, mid = member.split("|", 2)
        if (one := self._open.get(member)) is not None:
            one.missing.discard(device.id)
            if not one.missing:
                self._complete(member)
        else:
            self._early.setdefault(member, set()).add(device.id)
            if len(self._early) > FOLLOWED:
                self._early.popitem(last=False)
        last, who = device.last.get(chat, 0), mid.rpartition(".")[0]
        first = device.clients.setdefault(who, mid)
        if len(device.clients) > REMEMBERED:
            device.clients.popitem(last=False)
        if first != mid:
            self.twice += 1
            self._broken(
                "once",
                who.partition(".")[0],
                device.id,
                "the same message a second time",
                what=f"number {seq}",
                ago=ago,
                open_to={"resend": "forgotten"},
            )
        elif seq <= last:
            self.disordered += 1
            self._broken(
                "once",
                who.partition(".")[0],
                device.id,
                f"after number {last}",
                what=f"number {seq}",
                ago=ago,
                open_to={"numbering": "by_server", "footprint": "by_user"},
            )
        else:
            self._context.monitors["once"].passed()
        self._belongs(device, chat, who.partition(".")[0], ago)

    def _belongs(self, device: Device, chat: str, sender: str, ago: float) -> None:
        people, now = self._directory.members.get(chat), self._context.clock.monotonic()
        if (
            people is None
            or device.user in people
            or now - self._directory.left.get((chat, device.user), -1e9) < GRACE
        ):
            self._context.monitors["private"].passed()
            return
        self.leaked += 1
        self._broken(
            "private",
            sender,
            device.id,
            f"got a message of {chat}, and is not in it",
            what=chat,
            ago=ago,
        )

    def ticked(self, device: Device, member: str, state: str) -> None:
        """A sender's device shows that tick from now on."""
        if state != "delivered" or device.user != member.split("|", 2)[2].partition(".")[0]:
            return
        one = self._open.get(member)
        without = self._without(one) if one is not None else ""
        if one is None or not without:
            self._context.monitors["ticks"].passed()
            return
        self.early += 1
        now = self._context.clock.time()
        self._context.monitors["ticks"].violated(
            [
                write_step(device.id, "sent a message", one.began, one.told, wrote=f"number {one.seq}"),
                read_step(device.id, "shows two ticks", now, now, saw="delivered"),
                read_step(
                    f"devices of {without}", "have nothing of it", one.told, now, saw="nothing", lost=True
                ),
            ]
        )

    def _without(self, one: Followed) -> str:
        """Somebody of whom no device has it."""
        for user in {device.rpartition("/")[0] for device in one.missing}:
            devices = {f"{user}/{name}" for name in self._directory.devices.get(user, ())}
            if devices <= one.missing and user in self._directory.members.get(one.chat, {}):
                return user
        return ""

    def read(self, user: str, chat: str, what: str) -> None:
        """Somebody was answered with what is in a chat."""
        self._reads.append((user, chat, what, self._context.clock.time()))

    def forget_device(self, device: str) -> None:
        """It is not linked any more."""
        for one in self._open.values():
            one.missing.discard(device)

    # What is looked for

    async def check(self) -> None:
        """One look at keys and rows, for what has had its time."""
        await self._look_for_lost()
        await self._look_for_kept()
        await self._look_for_outsiders()

    async def _look_for_lost(self) -> None:
        now, room = self._context.clock.monotonic(), self._context.room
        due = [(member, one) for member, one in self._open.items() if one.look <= now][:AT_ONCE]
        if not due:
            return
        asked = [(member, one, device) for member, one in due for device in sorted(one.missing)[:8]]
        pipeline = room.redis.pipeline(transaction=False)
        for member, one, device in asked:
            for box in (device.rpartition("/")[0], device):
                pipeline.zscore(room.key("inbox", box), member)
            pipeline.hexists(room.key("msg", one.chat), one.mid)
        answers = await pipeline.execute()
        for number, (_, one, device) in enumerate(asked):
            user_box, device_box, there = answers[number * 3 : number * 3 + 3]
            if (user_box is not None or device_box is not None) and there:
                continue  # it waits there for its device
            if device not in one.missing:
                continue  # it came meanwhile
            one.missing.discard(device)
            if device.rpartition("/")[0] not in self._directory.members.get(one.chat, {}):
                continue  # who has left gets nothing any more
            self.lost += 1
            in_box = user_box is not None or device_box is not None
            kept = f"{'in a box' if in_box else 'in no box'}, message {'there' if there else 'gone'}"
            at = self._context.clock.time()
            self._context.monitors["once"].violated(
                [
                    write_step(
                        one.sender, "was told that it is sent", one.began, one.told, wrote=f"number {one.seq}"
                    ),
                    *(
                        fault_steps(self._context.nodes.values(), one.told, at)[:MOST_FAULTS]
                        or self._kept_for_nobody(one)
                        or [unknown_cause(at)]
                    ),
                    read_step("inboxes", "of its user and its own, and the message", at, at, saw=kept),
                    read_step(device, "has nothing of it", at, at, saw="nothing", lost=True),
                ]
            )
        for member, one in due:
            one.look = now + AGAIN
            if not one.missing and member in self._open:
                self._complete(member)

    def _kept_for_nobody(self, one: Followed) -> list[EvidenceView]:
        """With one box per user, a device takes it from the others; with none, nothing waits for whoever is away."""
        record = self._context.settings
        return setting_steps(record, one.began, one.told, footprint="by_user", inbox="off")

    async def _look_for_kept(self) -> None:
        now, room = self._context.clock.monotonic(), self._context.room
        due: list[tuple[float, Followed]] = []
        while self._everywhere and self._everywhere[0][0] <= now and len(due) < AT_ONCE:
            _, when, one = self._everywhere.popleft()
            due.append((when, one))
        if not due:
            return
        pipeline = room.redis.pipeline(transaction=False)
        for _, one in due:
            pipeline.hexists(room.key("msg", one.chat), one.mid)
        at = self._context.clock.time()
        for (when, one), there in zip(due, await pipeline.execute(), strict=True):
            if not there:
                self._context.monitors["forgotten"].passed()
                continue
            self.kept += 1
            self._context.monitors["forgotten"].violated(
                [
                    write_step(one.sender, "sent a message", one.began, one.told, wrote=f"number {one.seq}"),
                    read_step(
                        "devices", "the last of them has received it", when, when, saw=f"number {one.seq}"
                    ),
                    read_step("claim checker", "looked into the store", at, at, saw="it is still there"),
                ]
            )

    async def _look_for_outsiders(self) -> None:
        if not self._reads:
            return
        reads, room = list(self._reads), self._context.room
        self._reads.clear()
        pairs = {(chat, user) for user, chat, _, _ in reads}
        query = sa.select(MEMBERS.c.chat, MEMBERS.c.user).where(
            MEMBERS.c.room == room.id, MEMBERS.c.chat.in_({chat for chat, _ in pairs})
        )
        rows = {tuple(row) for row in await room.sql.read(lambda c: c.execute(query).all())}
        for user, chat, what, at in reads:
            if (chat, user) in rows or (chat, user) in self._directory.left:
                self._context.monitors["private"].passed()
                continue
            self.leaked += 1
            now = self._context.clock.time()
            self._context.monitors["private"].violated(
                [
                    read_step(user, f"asked for {what} by its id", at, at, saw=what),
                    read_step("claim checker", "looked up the members", at, now, saw=f"{user} is not in it"),
                ]
            )

    def _broken(
        self,
        claim: str,
        sender: str,
        device: str,
        text: str,
        *,
        what: str,
        ago: float,
        open_to: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`open_to` are settings that let this happen; those that were in force since it was sent are named."""
        now = self._context.clock.time()
        self._context.monitors[claim].violated(
            [
                *setting_steps(self._context.settings, now - ago, now, **open_to),
                write_step(sender, "sent it", now - ago, now, wrote=what),
                read_step(device, text, now, now, saw=what),
            ]
        )
