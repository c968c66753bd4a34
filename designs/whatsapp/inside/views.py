"""What the panels and the product may show."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message on a phone; `tick` is waiting, sent, delivered, read, or nothing for what others wrote."""

    id: str = ""
    by: str = ""
    text: str = ""
    picture: str = ""
    mine: bool = False
    tick: str = ""
    clock: str = ""


@dataclass(frozen=True, slots=True)
class ChatView:
    """A chat in the list of a phone."""

    id: str = ""
    name: str = ""
    unread: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class PhoneView:
    """A device on the page."""

    id: str = ""
    user: str = ""
    name: str = ""
    device: str = ""
    state: str = ""
    away: bool = False
    server: str = ""
    open: str = ""
    chats: tuple[ChatView, ...] = ()
    messages: tuple[MessageView, ...] = ()
    typing: str = ""
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class ServerView:
    """A chat server as it said of itself with its last turn."""

    name: str = ""
    state: str = ""
    process: str = ""
    connections: int = 0
    share: float = 0.0
    channels: int = 0
    topics: int = 0
    lines: int = 0
    cached: int = 0
    who: str = ""


@dataclass(frozen=True, slots=True)
class ServersView:
    """All of them."""

    approach: str = ""
    servers: tuple[ServerView, ...] = ()
    connections: int = 0
    channels: int = 0
    topics: int = 0
    lines: int = 0
    spread: float = 0.0
    deaths: int = 0
    reconnects: int = 0
    most: int = 1


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel and a topic of somebody on the page, as the store has them."""

    user: str = ""
    subscribers: int = 0
    topic: int = 0


@dataclass(frozen=True, slots=True)
class ChannelsView:
    """How word of messages travels."""

    channels: tuple[ChannelView, ...] = ()
    published: int = 0
    heard: int = 0
    appended: int = 0
    forwarded: int = 0
    polls: int = 0
    inbox_reads: int = 0
    owners: int = 0
    behind: int = 0


@dataclass(frozen=True, slots=True)
class BoxView:
    """An inbox with what waits in it."""

    of: str = ""
    rows: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class InboxesView:
    """What the store keeps."""

    boxes: tuple[BoxView, ...] = ()
    waiting: int = 0
    rows: int = 0
    kept: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """From the send to the device."""

    sent: int = 0
    delivered: int = 0
    rate: float = 0.0
    lost: int = 0
    twice: int = 0
    disordered: int = 0
    again: int = 0
    known: int = 0
    caught_up: int = 0
    p99: float = 0.0
    delay: DelayView = DelayView()


@dataclass(frozen=True, slots=True)
class NumberView:
    """A chat and its newest number."""

    chat: str = ""
    seq: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class NumbersView:
    """Sequence numbers."""

    chats: tuple[NumberView, ...] = ()
    twice: int = 0


@dataclass(frozen=True, slots=True)
class TicksView:
    """Ticks that senders were shown."""

    delivered: int = 0
    read: int = 0
    early: int = 0
    approach: str = ""


@dataclass(frozen=True, slots=True)
class StopView:
    """A step of the newest message of the page; `after_ms` since the send."""

    what: str = ""
    who: str = ""
    after_ms: float = 0.0
    tone: str = "ok"


@dataclass(frozen=True, slots=True)
class MessagePathView:
    """The newest message of the page on its way."""

    text: str = ""
    by: str = ""
    seq: int = 0
    tick: str = ""
    stops: tuple[StopView, ...] = ()
    longest: float = 1.0


@dataclass(frozen=True, slots=True)
class PeopleView:
    """Who is in which chat, and who was asked."""

    chats: int = 0
    members: int = 0
    devices: int = 0
    hits: int = 0
    reads: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class AccessView:
    """Who asked for a chat or for media by id."""

    answered: int = 0
    denied: int = 0
    leaked: int = 0
    attachments: int = 0
    uploaded: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the messenger."""

    phones: tuple[PhoneView, ...] = ()
    servers: ServersView = ServersView()
    channels: ChannelsView = ChannelsView()
    inboxes: InboxesView = InboxesView()
    delivery: DeliveryView = DeliveryView()
    numbers: NumbersView = NumbersView()
    ticks: TicksView = TicksView()
    path: MessagePathView = MessagePathView()
    people: PeopleView = PeopleView()
    access: AccessView = AccessView()
