"""Devices: what each has received, shows, and still has to send. Those of the page, of programs, and simulated ones."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from designs.whatsapp.config import Config
from designs.whatsapp.engine.claims import ClaimChecker
from designs.whatsapp.engine.counters import Counters
from designs.whatsapp.engine.directory import DEMO
from sdlab.lab import EngineContext

SHOWN = 40
REMEMBERED = 1000
TYPES_FOR = 6.0  # seconds; whoever goes on typing says so more often than that
FOLLOWED = 4000  # messages of which it is known when they were sent


@dataclass(slots=True)
class Shown:
    """A message as a device shows it. `tick`: waiting, sent, delivered, read; `after_ms` until it was here."""

    id: str
    client: str
    chat: str
    seq: int
    by: str
    text: str
    attachment: str
    at: float
    tick: str = ""
    after_ms: float = 0.0
    ticked: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Device:
    """One device. `seen` are the messages that it has, `last` the newest number of each chat.

    `kind`: page, program, simulated. `silent` acknowledges nothing, `losing` loses what comes next, with its connection.
    """

    id: str
    user: str
    kind: str
    server: str = ""
    away: bool = False
    silent: bool = False
    losing: bool = False
    drops: float = 0.0
    last: dict[str, int] = field(default_factory=dict)
    seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    clients: OrderedDict[str, str] = field(default_factory=OrderedDict)
    got: int = 0
    sink: Callable[[str], None] | None = None
    chats: dict[str, deque[Shown]] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    outbox: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    open: str = ""
    typing: str = ""
    typing_until: float = 0.0
    returned: float = 0.0

    def remember(self, member: str) -> None:
        """It has this now; of old ones it forgets."""
        self.seen[member] = None
        if len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)

    def show(self, one: Shown) -> None:
        """In its place of the chat: by number, and what has none yet at the end."""
        self.chats.setdefault(one.chat, deque(maxlen=SHOWN)).append(one)
        self.sort(one.chat)

    def sort(self, chat: str) -> None:
        """Numbers came, or one came between."""
        self.chats[chat] = deque(sorted(self.chats[chat], key=lambda one: one.seq or 1 << 60), maxlen=SHOWN)

    def find(self, chat: str, mid: str) -> Shown | None:
        """A message that it shows, by its id or the client's."""
        return next((one for one in reversed(self.chats.get(chat, ())) if mid in (one.id, one.client)), None)


class Devices:
    """All of them, by id and by user; takes in what servers write to their connections."""

    def __init__(self, context: EngineContext[Config], counters: Counters, checker: ClaimChecker) -> None:
        self._context, self._counters, self._checker = context, counters, checker
        self.all: dict[str, Device] = {}
        self.of: dict[str, dict[str, Device]] = defaultdict(dict)
        self.began: OrderedDict[str, float] = OrderedDict()

    def add(self, device: str, kind: str) -> Device:
        """The device of that id, made when there is none."""
        if device not in self.all:
            user = device.rpartition("/")[0]
            self.all[device] = self.of[user][device] = Device(device, user, kind)
        return self.all[device]

    @property
    def page(self) -> list[Device]:
        """Those on the page, the second ones behind all first ones."""
        found = [one for user in DEMO for one in self.of.get(user, {}).values() if one.kind == "page"]
        return sorted(found, key=lambda one: not one.id.endswith("/phone"))

    def sent(self, member: str, began: float) -> None:
        """A message got its id; it was sent at that moment (monotonic)."""
        self.began[member] = began
        if len(self.began) > FOLLOWED:
            self.began.popitem(last=False)

    def receive(self, device: Device, member: str, payload: str, seq: int) -> str:
        """What came over its connection; how it acknowledges: have, read, or not at all."""
        kind, chat, rest = member.split("|", 2)
        if kind == "m":
            self._message(device, member, payload, seq)
        elif kind == "r":
            self._receipt(device, chat, rest)
        elif kind == "t":
            device.typing, device.typing_until = rest, self._context.clock.monotonic() + TYPES_FOR
            payload = orjson.dumps({"type": "typing", "chat": chat, "user": rest}).decode()
        if device.sink is not None:
            if kind == "r":
                mid, _, state = rest.rpartition("|")
                payload = orjson.dumps({"type": "receipt", "chat": chat, "id": mid, "state": state}).decode()
            device.sink(payload)
        if kind not in "mr" or device.silent or (kind == "m" and device.kind == "program"):
            return ""
        if kind == "m" and (device.open == chat or device.kind == "simulated"):
            return "read"
        return "have"

    def _message(self, device: Device, member: str, payload: str, seq: int) -> None:
        _, chat, mid = member.split("|", 2)
        if member in device.seen:
            self._counters.known_again += 1  # it came before, and was not acknowledged in time
            return
        device.remember(member)
        device.got += 1
        now = self._context.clock.monotonic()
        began = self.began.get(member)
        ms = (now - began) * 1000 if began is not None else 0.0
        if began is not None:
            self._counters.arrived(now, ms)
            self._counters.caught_up += began < device.returned
        self._checker.arrived(device, member, seq, ms / 1000)
        device.last[chat] = max(seq, device.last.get(chat, 0))
        if device.kind == "page":
            said = orjson.loads(payload)
            device.show(
                Shown(
                    mid,
                    said["client_id"],
                    chat,
                    seq,
                    said["from"],
                    said["text"],
                    said["attachment"],
                    said["at"],
                    "",
                    ms,
                )
            )
            device.typing = "" if device.typing == said["from"] else device.typing
            if device.open != chat:
                device.unread[chat] = device.unread.get(chat, 0) + 1

    def _receipt(self, device: Device, chat: str, rest: str) -> None:
        mid, _, state = rest.rpartition("|")
        member = f"m|{chat}|{mid}"
        if device.kind == "page" and (one := device.find(chat, mid)) and one.tick not in ("read", state):
            one.tick = state
            if (began := self.began.get(member)) is not None:
                one.ticked[state] = (self._context.clock.monotonic() - began) * 1000
        self._counters.ticks[state] += 1
        self._checker.ticked(device, member, state)
