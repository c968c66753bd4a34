"""The messenger at work in one room: send, receive, acknowledge; chats, devices, media."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from designs.whatsapp.config import Config
from designs.whatsapp.engine.claims import CHECK_EVERY, CLAIMS, ClaimChecker
from designs.whatsapp.engine.counters import Counters
from designs.whatsapp.engine.devices import Device, Devices, Shown
from designs.whatsapp.engine.directory import DEMO, NAMES, Directory, simulated
from designs.whatsapp.engine.inboxes import Inboxes, Kept
from designs.whatsapp.engine.media import KINDS, MOST_BYTES, Attachment, Media, fingerprint, picture
from designs.whatsapp.engine.nodes import BALANCER, CHANNELS, FLOWS, PHONE, STORE, plan
from designs.whatsapp.engine.reader import StoreReader
from designs.whatsapp.engine.servers import PHONE_OF, ServerPool
from designs.whatsapp.engine.strategies import ACCESSES, BRANCHES, SERVER
from sdlab.lab import Conflict, Engine, Forbidden, Invalid, LabError, Node, NodeSpec, NotFound, Room, acting
from sdlab.lab.text import TextRule
from sdlab.parts.presigned import Signed

MOST_TEXT = 1000
TEXT = TextRule("text", MOST_TEXT, minimum=0, lines=True)
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DEVICE_NAME = re.compile(r"[a-z0-9-]{1,20}")
NOT_IN_NAMES = frozenset("|,/.:\n")
SHA256 = re.compile(r"[0-9a-f]{64}")
PURGE_EVERY = 1.0
BACK_AFTER_RESTART = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message: `state` is sent, or waiting on a device that is away."""

    id: str
    chat: str
    seq: int
    client_id: str
    again: bool
    state: str


class Whatsapp(Engine[Config]):
    """Messages, numbers and inboxes are keys, chats and devices rows; connections are in the processes of the servers."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self.directory = Directory(context)
        self.checker = ClaimChecker(context, self.directory)
        self.devices = Devices(context, self.counters, self.checker)
        self.pool = ServerPool(context, self.directory, self.devices, self.counters, self.checker)
        self.inboxes = Inboxes(context, self.directory)
        self.media = Media(context, self.directory)
        self.reader = StoreReader(context, self.directory, self.devices)
        self._here = False
        self._pictures = 0

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.directory.open()
        await self.directory.populate(self.config.users)
        await self.media.open()
        for user in DEMO:
            for name in self.directory.devices.get(user, ()):
                self._on_page(f"{user}/{name}")
        self._populate()
        self.pool.sync()
        self.every("sweep", lambda: self.config.poll_ms / 1000, self.pool.sweep)
        self.every("deletion by age", PURGE_EVERY, self.inboxes.purge)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)

    def _on_page(self, id: str) -> Device:
        device = self.devices.add(id, "page")
        device.open = device.open or next(iter(self.directory.chats_of(device.user)), "")
        return device

    def _populate(self) -> None:
        """Devices of the simulated users, as many as there are to be; others go away."""
        wanted = min(self.config.users, self.directory.populated)
        for number in range(self.directory.populated):
            user = simulated(number)
            for name in self.directory.devices.get(user, ()):
                device = self.devices.add(f"{user}/{name}", "simulated")
                device.away = number >= wanted
                if device.away and device.server:
                    self.pool.disconnect(device)

    async def close(self) -> None:
        """End the processes at once, then the work beside them."""
        await self.pool.close()
        await super().close()

    async def reconfigure(self, before: Config) -> None:
        config = self.config
        if config.users != before.users:
            await self.directory.populate(config.users)
            self._populate()
            for one in self.directory.names:
                self.pool.all_hear({"t": "forget", "chat": one})
        if config.footprint != before.footprint:
            async with self.pool.still():
                await self.inboxes.move(per_device=config.footprint == "by_device")
        self.pool.sync()
        if before.reach == "single" != config.reach:
            self.pool.spread()
        if self._here:
            await self._arrive()

    async def fault_changed(self, node: Node) -> None:
        if node.id in self.pool.all:
            if node.down:
                self.pool.kill(self.pool.all[node.id])
        elif node.id == PHONE:
            found = {one.kind: one.value for one in node.faults()}
            phone = self.devices.all[PHONE_OF]
            phone.silent, phone.drops = "silent" in found, found.get("drops", 0.0)
            self._flight(phone, "flight" in found)

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        """The channels forget who listens; the servers subscribe again a second later."""
        gone = await self.pool.cut()

        async def back() -> None:
            await self.clock.sleep(BACK_AFTER_RESTART)
            await self.pool.listen_again()

        self.supervise("channels come back", back)
        return f"the channels restarted: {gone:,} subscriptions are gone for {BACK_AFTER_RESTART:g} s"

    async def _arrive(self) -> None:
        """Everybody who is to be connected and is not, connects: with the first use, and after changes."""
        self._here = True
        coming = [
            one
            for one in self.devices.all.values()
            if not one.server and not one.away and one.kind != "program"
        ]
        if not coming or not self.pool.up:
            return
        async with self.request("connect", by="devices", by_hand=False) as trace:
            self.pool.connect(coming[0])
            self.node(BALANCER).touch("connect", "ok", source="visitor")
            self.node(coming[0].server).touch("connect", "ok", source=BALANCER)
            for device in coming[1:]:
                self.pool.connect(device, decide=_silently)
            trace.sentence = f"{len(coming):,} devices connected to {len(self.pool.up)} servers"

    # Messages

    async def send(
        self, chat: str, text: str, *, device: str = "", client_id: str = "", attachment: str = ""
    ) -> Sent:
        """Send as the acting user. `NotFound` for who is not in the chat; the same client id is the same message."""
        async with self.request("send") as trace:
            user = person(acting().name)
            self.node(BALANCER).touch("send", "ok", source="visitor")
            said = TEXT.check(text, field="text")
            if not said and not attachment:
                raise Invalid("a message has a text or an attachment", field="text")
            client = client_id or secrets.token_hex(6)
            if not CLIENT_ID.fullmatch(client):
                raise Invalid("a client id has up to 64 letters, digits, _ or -", field="client_id")
            if attachment:
                await self._attachable(chat, attachment)
            if not self._here:
                await self._arrive()
            by = self.devices.all.get(device or f"{user}/phone")
            frame = {
                "t": "send",
                "d": device or f"{user}/phone",
                "u": user,
                "chat": chat,
                "cid": client,
                "text": said,
                "att": attachment,
                "at": round(self.clock.time(), 3),
                "began": self.clock.monotonic(),
            }
            self.counters.sent += 1
            if by is not None and by.kind == "page":
                shown = Shown("", client, chat, 0, user, said, attachment, self.clock.time(), "waiting")
                by.show(shown)
            if by is not None and by.away:
                by.outbox[client] = frame
                self.decide("the device is away: the message waits on it, and goes when it is back")
                trace.sentence = f"{trace.by} wrote, away: it waits on the device"
                return Sent("", chat, 0, client, again=False, state="waiting")
            found = await self._sent(by, frame)
            again = " again: it was known" if found["again"] else ""
            trace.sentence = (
                f"{trace.by} sent number {found['seq']:,} of {self.directory.names.get(chat, chat)}{again}"
            )
            return Sent(found["mid"], chat, found["seq"], client, again=found["again"], state="sent")

    async def _sent(self, by: Device | None, frame: dict[str, Any]) -> dict[str, Any]:
        waited = self.pool.asked(frame["d"], frame["cid"])
        if by is not None:
            by.outbox[frame["cid"]] = frame
        try:
            if by is None or by.server:
                server = self.pool.all[by.server] if by is not None else self.pool.choose()
                self.pool.put(server, frame, waited)
            else:
                self.pool.connect(by)
                server = self.pool.all[by.server]
            said = await self.node(server.id).call("send", lambda: self.pool.answer(waited), source=BALANCER)
        except LabError as error:
            self._taken_back(by, frame)
            self.counters.refused += 1
            self.decide(f"not taken in: {error.detail}")
            raise
        self.counters.again += said["again"]
        if not self.node(STORE).down:
            self.node(STORE).touch("number and keep", "ok", source=server.id)
            if self.config.reach in ("pubsub", "topic") and not said["again"]:
                self.node(CHANNELS).touch("tell the receivers", "ok", source=server.id)
        for branch in said["why"]:
            self.decide(BRANCHES[branch], script=SERVER, branch=branch)
        return said

    def _taken_back(self, by: Device | None, frame: dict[str, Any]) -> None:
        if by is None:
            return
        by.outbox.pop(frame["cid"], None)
        if (shown := by.find(frame["chat"], frame["cid"])) and not shown.seq:
            by.chats[frame["chat"]].remove(shown)

    async def send_again(self, device: str, chat: str, client_id: str, text: str) -> None:
        """The device heard no answer: it reconnects to another server, and sends the same once more."""
        by = self.devices.all[device]
        before = by.server
        self.pool.disconnect(by)
        if before:
            self.pool.connect(by, but=before, decide=_silently)
        await self.send(chat, text, device=device, client_id=client_id)

    async def typing(self, device: str, chat: str) -> None:
        """Others see that somebody types; nobody keeps it."""
        async with self.request("typing") as trace:
            by = self.devices.all.get(device)
            self.node(BALANCER).touch("typing", "ok", source="visitor")
            if not self._here:
                await self._arrive()
            if by is None or not by.server or by.user not in self.directory.of(chat):
                self.decide("not connected, or not in the chat: nobody is told")
                return
            self.node(by.server).touch("typing", "ok", source=BALANCER)
            self.decide("told to who is connected now, and kept nowhere")
            self.pool.put(self.pool.all[by.server], {"t": "typing", "d": by.id, "u": by.user, "chat": chat})
            trace.sentence = f"{by.user} is typing"

    async def acknowledge(self, device: str, items: list[tuple[str, str]], *, read: bool) -> None:
        """A device has messages (chat, id), or somebody has read them."""
        by = self.devices.all[device]
        if by.server:
            members = [f"m|{chat}|{mid}" for chat, mid in items]
            kind = "read" if read else "have"
            self.pool.put(self.pool.all[by.server], {"t": "ack", "d": by.id, "kind": kind, "items": members})

    async def history(self, chat: str, *, below: int | None, limit: int) -> list[Kept]:
        """What the servers still have of a chat, the newest first. `NotFound` for who is not in it."""
        async with self.request("GET messages") as trace:
            user = acting().name
            self.node(BALANCER).touch("messages", "ok", source="visitor")
            await self._may_see(chat, user)
            found = await self.inboxes.page(chat, below=below, limit=limit)
            if found:
                self.checker.read(user, chat, "its messages")
            self.counters.answered += 1
            trace.sentence = f"{user} read {len(found)} messages of {self.directory.names.get(chat, chat)}"
            return found

    async def _may_see(self, chat: str, user: str) -> None:
        people = await self.directory.people(chat, source=BALANCER)
        if not ACCESSES[self.config.access]().allows(user, list(people), self.decide) or not people:
            self.counters.denied += 1
            raise NotFound(f"no chat {chat}")

    # Chats

    async def create_chat(self, name: str, participants: tuple[str, ...]) -> str:
        """A chat of the acting user with others; its id."""
        async with self.request("POST chats") as trace:
            user = person(acting().name)
            self.node(BALANCER).touch("create", "ok", source="visitor")
            people = (user, *(person(one) for one in participants))
            chat = await self.directory.create(name, people)
            self.decide("a row for the chat and one for each who is in it: whoever is named is in it at once")
            self._update(chat)
            trace.sentence = f"{user} made the chat {name} with {len(set(people)) - 1} others"
            return chat

    async def modify(self, chat: str, *, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        """Only who is in the chat; whoever is taken out gets nothing from then on."""
        async with self.request("PATCH participants") as trace:
            user = acting().name
            self.node(BALANCER).touch("participants", "ok", source="visitor")
            if user not in self.directory.members.get(chat, {}):
                self.decide("only who is in the chat may change who is in it")
                raise NotFound(f"no chat {chat}")
            await self.directory.change(chat, add=tuple(person(one) for one in add), remove=remove)
            self.decide("rows first; then every server forgets what it knew of the chat")
            self._update(chat)
            trace.sentence = f"{user} changed who is in {self.directory.names[chat]}"

    def _update(self, chat: str) -> None:
        self.pool.all_hear({"t": "forget", "chat": chat})
        running = [one for one in self.pool.all.values() if one.devices]
        if running:
            people = list(self.directory.members[chat])
            payload = {
                "type": "chatUpdate",
                "chat": chat,
                "name": self.directory.names[chat],
                "participants": people,
            }
            frame = {"t": "update", "chat": chat, "u": "", "d": "", "payload": orjson.dumps(payload).decode()}
            self.pool.put(running[0], frame)
        self.changed()

    # Devices

    async def link(self, user: str, name: str) -> Device:
        """A second device of somebody on the page."""
        async with self.request("link a device") as trace:
            self.node(BALANCER).touch("link", "ok", source="visitor")
            await self._linked(user, name)
            device = self._on_page(f"{user}/{name}")
            self.decide("a row: from now on everything that comes waits for this device, too")
            await self._arrive()
            trace.sentence = f"{NAMES.get(user, user)} linked a {name}"
            return device

    async def _linked(self, user: str, name: str) -> None:
        if await self.directory.link(user, name):
            for chat in self.directory.chats_of(user):
                self.pool.all_hear({"t": "forget", "chat": chat})

    async def attach(self, user: str, name: str, sink: Callable[[str], None]) -> Device:
        """A program connects as a device. `Conflict` for a device that is another's or connected already."""
        async with self.request("connect") as trace:
            person(user)
            if not DEVICE_NAME.fullmatch(name):
                raise Invalid("a device has up to 20 small letters, digits or -", field="device")
            known = self.devices.all.get(f"{user}/{name}")
            if known is not None and (known.kind != "program" or known.sink is not None):
                self.decide("one connection per device, and none of those on the page")
                raise Conflict("this device is connected already")
            self.node(BALANCER).touch("connect", "ok", source="visitor")
            await self._linked(user, name)
            device = self.devices.add(f"{user}/{name}", "program")
            device.sink, device.away = sink, False
            self.pool.connect(device)
            self.node(device.server).touch("connect", "ok", source=BALANCER)
            trace.sentence = f"{device.id} connected to {device.server}"
            return device

    def detach(self, device: Device) -> None:
        """Its socket is closed."""
        device.sink, device.away = None, True
        self.pool.disconnect(device)

    async def flight(self, id: str, on: bool) -> None:
        """Put a device of the page into flight mode, or bring it back."""
        async with self.request("flight mode" if on else "back from flight mode") as trace:
            device = self._of_page(id)
            self.node(BALANCER).touch("disconnect" if on else "connect", "ok", source="visitor")
            self.decide(
                "what is written meanwhile waits"
                if on
                else "the inbox has what was written meanwhile, in order"
            )
            if id == PHONE_OF:
                await (self.set_fault(PHONE, "flight") if on else self.clear_fault(PHONE, "flight"))
            else:
                self._flight(device, on)
            trace.sentence = f"{id} is {'away' if on else 'back'}"

    def _flight(self, device: Device, on: bool) -> None:
        if on and not device.away:
            device.away = True
            self.pool.disconnect(device)
        elif not on and device.away:
            device.away, device.returned = False, self.clock.monotonic()
            if self._here and self.pool.up:
                self.pool.connect(device, decide=_silently)
        self.changed()

    async def open_chat(self, id: str, chat: str) -> None:
        """Look at a chat on a device of the page: what is there is read."""
        async with self.request("open a chat") as trace:
            device = self._of_page(id)
            if device.user not in self.directory.of(chat):
                raise NotFound(f"no chat {chat}")
            self.node(BALANCER).touch("read", "ok", source="visitor")
            device.open = chat
            fresh = device.unread.pop(chat, 0)
            items = [
                (one.chat, one.id)
                for one in list(device.chats.get(chat, ()))[-fresh:]
                if one.by != device.user
            ]
            self.decide("what is on the screen is read" if fresh else "nothing new is there")
            if fresh:
                await self.acknowledge(id, items, read=True)
            trace.sentence = f"{NAMES[device.user]} looks at {self.directory.names[chat]}"

    def _of_page(self, id: str) -> Device:
        device = self.devices.all.get(id)
        if device is None or device.kind != "page":
            raise NotFound(f"no device {id} on the page")
        return device

    # Media

    async def announce(self, chat: str, *, size: int, sha256: str, kind: str) -> tuple[Attachment, str]:
        """An attachment that will be uploaded, and the signed path to upload it to."""
        async with self.request("POST attachments") as trace:
            user = acting().name
            self.node(BALANCER).touch("announce", "ok", source="visitor")
            if user not in self.directory.members.get(chat, {}):
                self.decide("only who is in the chat may add to it")
                raise NotFound(f"no chat {chat}")
            if not 0 < size <= MOST_BYTES:
                raise Invalid(f"1 to {MOST_BYTES:,} bytes", field="size")
            if kind not in KINDS:
                raise Invalid(f"one of {', '.join(KINDS)}", field="kind")
            if not SHA256.fullmatch(sha256):
                raise Invalid("64 hexadecimal digits", field="sha256")
            found = await self.media.announce(chat, size, sha256, kind)
            self.decide(
                "the address is signed for this key, this size and five minutes: the upload asks nobody else"
            )
            trace.sentence = f"{user} announced {size:,} bytes"
            return found, self.media.address("PUT", found)

    async def upload(self, signed: Signed, chunks: AsyncIterator[bytes]) -> None:
        """Take content in at a signed address. `Forbidden`, `Invalid` for other content than was announced."""
        async with self.request("PUT media") as trace:
            self.node(BALANCER).touch("upload", "ok", source="visitor")
            self._allow(signed)
            found = await self.media.find(signed.key)
            if found.size != signed.size:
                raise Forbidden("this address is for another size")
            parts = await self.media.put(found, chunks)
            self.counters.pictures += 1
            trace.sentence = f"{found.size:,} bytes came, in {parts} parts, as they were announced"

    def _allow(self, signed: Signed) -> None:
        try:
            self.media.allow(signed)
        except Forbidden as error:
            self.decide(error.detail)
            raise
        self.decide("signature and time are right: no other right is asked for")

    async def media_address(self, id: str) -> str:
        """A signed path to read an attachment by. `NotFound` for who is not in its chat."""
        async with self.request("GET attachments") as trace:
            user = acting().name
            self.node(BALANCER).touch("attachment", "ok", source="visitor")
            found = await self.media.find(id)
            await self._may_see(found.chat, user)
            self.checker.read(user, found.chat, "media")
            self.counters.answered += 1
            trace.sentence = f"{user} got an address for an attachment"
            return self.media.address("GET", found)

    async def download(self, signed: Signed) -> tuple[Attachment, AsyncIterator[bytes]]:
        """The content behind a signed address."""
        async with self.request("GET media") as trace:
            self.node(BALANCER).touch("download", "ok", source="visitor")
            self._allow(signed)
            found = await self.media.find(signed.key)
            trace.sentence = f"{found.size:,} bytes are read"
            return found, await self.media.parts(found)

    async def _attachable(self, chat: str, id: str) -> None:
        found = await self.media.find(id)
        if found.chat != chat:
            raise NotFound(f"no attachment {id}")
        if not await self.media.there(id):
            raise Conflict("the attachment is not uploaded yet")

    async def send_picture(self, id: str, chat: str) -> Sent:
        """A device of the page takes a picture, uploads it to the signed address, and sends it."""
        self._pictures += 1
        content = picture(self._pictures)
        found, path = await self.announce(
            chat, size=len(content), sha256=fingerprint(content), kind="image/png"
        )
        await self.upload(signed_of("PUT", path), _one(content))
        return await self.send(chat, "", device=id, attachment=found.id)

    # What traffic does to devices

    def kill(self, number: int) -> None:
        """SIGKILL to a server; it is started again when somebody is given to it."""
        running = [one for one in self.pool.all.values() if not one.process.ended.is_set()]
        if running:
            server = running[number % len(running)]
            self.pool.kill(server)
            self.context.say(f"{server.id} was killed", kind="fault", outcome="error")

    def connected(self) -> list[Device]:
        """Simulated devices that are connected, in order."""
        return [one for one in self.devices.all.values() if one.kind == "simulated" and one.server]

    def busy_chat(self, number: int) -> str:
        """A chat of simulated users."""
        chats = self.directory.busy
        return chats[number % len(chats)] if chats else next(iter(self.directory.names))

    def member(self, chat: str, number: int) -> str:
        """Somebody who is in it."""
        people = list(self.directory.of(chat))
        return people[number % len(people)]


def _silently(_: str) -> None:
    """Of many that connect together, one tells why."""


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


def signed_of(method: str, path: str) -> Signed:
    """The parts of a signed path."""
    base, _, query = path.partition("?")
    fields = dict(one.split("=", 1) for one in query.split("&"))
    key = base.rpartition("/")[2]
    return Signed(method, key, int(fields["size"]), int(fields["expires"]), fields["signature"])


def person(name: str) -> str:
    """A name that may stand in keys. `Invalid` for another."""
    if NOT_IN_NAMES & set(name):
        raise Invalid("a name of somebody has none of | , / . :", field="participants")
    return name
