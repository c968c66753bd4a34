"""Devices: what each has received, shows, and still has to send. Those of the page, of programs, and simulated ones."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SHOWN = 40
REMEMBERED = 1000


@dataclass(slots=True)
class Shown:
    """A message as a device shows it. `tick`: waiting, sent, delivered, read."""

    id: str
    chat: str
    seq: int
    by: str
    text: str
    attachment: str
    at: float
    tick: str = ""


@dataclass(slots=True)
class Device:
    """One device. `seen` are the messages that it has, `last` the newest number of each chat."""

    id: str
    user: str
    kind: str
    server: str = ""
    away: bool = False
    since: float = 0.0
    left_at: float = 0.0
    last: dict[str, int] = field(default_factory=dict)
    seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    clients: OrderedDict[str, str] = field(default_factory=OrderedDict)
    got: int = 0
    again: int = 0
    sink: Callable[[str], None] | None = None
    chats: dict[str, deque[Shown]] = field(default_factory=dict)
    outbox: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    open: str = ""
    typing: str = ""
    catching_up: float = 0.0

    @property
    def online(self) -> bool:
        return bool(self.server)

    def remember(self, member: str) -> None:
        """It has this now; of old ones it forgets."""
        self.seen[member] = None
        if len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)

    def show(self, one: Shown) -> None:
        """At the end of its chat."""
        self.chats.setdefault(one.chat, deque(maxlen=SHOWN)).append(one)

    def find(self, chat: str, mid: str) -> Shown | None:
        """A message that it shows."""
        return next((one for one in reversed(self.chats.get(chat, ())) if one.id == mid), None)
