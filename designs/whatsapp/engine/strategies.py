"""The approaches: what each is, what it costs, and at which line of a chat server it acts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Protocol

SERVER = Path(__file__).with_name("chat_server.py")


class Approach(Protocol):
    """One option of a deep dive. `branch` is the name of the line of a chat server that acts so, `why` what it means."""

    label: str
    tradeoff: str
    branch: str
    why: str


class Decides(Protocol):
    """An option that acts outside the chat servers, and says why itself."""

    label: str
    tradeoff: str


class PollTable:
    """The message lies in the inbox table until the server of the device asks."""

    label = "Poll the inbox table"
    tradeoff = "Nothing to keep in step; late by half the interval, and most polls are empty."
    branch = "left-in-table"
    why = "the message lies in the inboxes: servers come and ask"


class SingleServer:
    """Everybody is on one server."""

    label = "One server, one map"
    tradeoff = "No hop at all; everybody is on one machine, and gone with it."
    branch = "same-server"
    why = "one server has everybody: its map of users says which sockets"


class TopicPerUser:
    """A topic per user in a log, read on by whoever holds the device."""

    label = "A topic per user in a log"
    tradeoff = "Keeps what nobody heard; a topic for each user, also for those who are away."
    branch = "appended"
    why = "appended to the topic of each receiver: whoever holds the device reads on from its position"


class OwnerMesh:
    """A map of who holds which device, and lines between all servers."""

    label = "Owner map and a mesh"
    tradeoff = "One hop, and no broker; n × (n − 1) lines, and a map that has to be right."
    branch = "forwarded"
    why = "the owner map says which servers hold the devices, and each gets it over a line of its own"


class PubSubPerUser:
    """A channel per user."""

    label = "Pub/sub, a channel per user"
    tradeoff = "Light channels, made on connect; at most once, so that an inbox has to stand behind it."
    branch = "published"
    why = "published on the channel of each receiver: the server that subscribes has the device"


class AskDatabase:
    """A read for each message."""

    label = "Ask the database each time"
    tradeoff = "Never old; a read for each message."
    branch = "from-database"
    why = "the database was asked who is in the chat"


class CachedPeople:
    """The chats that were used last stay in the memory of each server."""

    label = "LRU, told of changes"
    tradeoff = "A read per chat and server; each change has to reach every server."
    branch = "from-cache"
    why = "who is in the chat comes from the server's cache"


class KeptInbox:
    """A row per receiver, before anybody is told."""

    label = "Inbox behind the channels"
    tradeoff = "A row per receiver, taken out by its acknowledgement."
    branch = "kept-in-inboxes"
    why = "a row in every inbox, before anybody is told"


class NoInbox:
    """Nothing is written."""

    label = "Channels alone"
    tradeoff = "Nothing is written; who is not there at that moment has missed it."
    branch = "kept-nowhere"
    why = "nothing is kept: who does not hear it now never will"


class RememberedClientId:
    """The same client id is the same message."""

    label = "Remember the client's id"
    tradeoff = "One more entry per message; sending again is harmless."
    branch = "remembered"
    why = "the client's id of the message is remembered: sent again, it is the same message"


class ForgottenClientId:
    """Nobody looks whether it was sent before."""

    label = "Take every send as new"
    tradeoff = "Nothing to remember; each resend is a second message."
    branch = "not-remembered"
    why = "every send is a new message: nobody looks whether it was sent before"


class NumberedByChat:
    """One counter per chat, in the step that keeps the message."""

    label = "One counter per chat"
    tradeoff = "One place per chat decides; servers ask it for each message."
    branch = "numbered-by-chat"
    why = "the counter of the chat gives the next number, in the step that keeps the message"


class NumberedByServer:
    """Each server counts on from what it read once."""

    label = "Each server counts itself"
    tradeoff = "No shared counter; two servers give the same number."
    branch = "numbered-here"
    why = "this server counts for itself: another one does, too"


class TickOnAck:
    """Two ticks with the acknowledgements."""

    label = "When the device acknowledges"
    tradeoff = "One answer more per device; the tick is true."
    branch = "ticked-on-ack"
    why = "two ticks come with the acknowledgements of the receivers"


class TickOnWrite:
    """Two ticks with the write to the socket."""

    label = "When it was written to a socket"
    tradeoff = "A tick sooner; written is not received."
    branch = "ticked-on-write"
    why = "two ticks come as soon as it is written to a connection"


class UntilAcked:
    """The last acknowledgement deletes it."""

    label = "When all devices have it"
    tradeoff = "The servers forget what is delivered; a device that never answers keeps it there."
    branch = "dropped-when-acked"
    why = "deleted with the last acknowledgement"


class ForDays:
    """Age alone deletes it."""

    label = "After so many days"
    tradeoff = "Simple to promise; kept although everybody has it, and deleted although somebody has not."
    branch = "kept-for-days"
    why = "deleted by age alone"


class InboxPerDevice:
    """A row for each device."""

    label = "One per device"
    tradeoff = "Each device takes out its own rows; a copy for each device."
    branch = "row-per-device"
    why = "a row for each device of each receiver"


class InboxPerUser:
    """A row for each receiver."""

    label = "One per user"
    tradeoff = "Fewer rows; who of the devices has it already has to be kept beside it."
    branch = "row-per-user"
    why = "a row for each receiver, and beside it which devices have it"


class LeastConnections:
    """The server with the fewest."""

    label = "Least connections"
    tradeoff = "A new server fills first; the balancer counts."

    def choose(self, servers: Sequence[tuple[str, int]], rng: Random, decide: Any) -> str:
        """One of these servers, of which it is known how many connections each has."""
        decide("the server with the fewest connections")
        return min(servers, key=lambda one: (one[1], one[0]))[0]


class RandomServer:
    """Any."""

    label = "Random"
    tradeoff = "Nothing to count; a new server stays emptier than the others."

    def choose(self, servers: Sequence[tuple[str, int]], rng: Random, decide: Any) -> str:
        """One of these servers, of which it is known how many connections each has."""
        decide("a server by chance")
        return rng.choice(servers)[0]


class CheckedMember:
    """Who is in the chat is answered."""

    label = "Only who is in it"
    tradeoff = "One look at the members for each call."

    def allows(self, user: str, members: Sequence[str], decide: Any) -> bool:
        """Whether that user may read the chat."""
        inside = user in members
        decide("is in the chat, says the table of members" if inside else "is not in the chat: no word of it")
        return inside


class WhoKnowsTheId:
    """Ids get around."""

    label = "Whoever knows its id"
    tradeoff = "No look at anything; ids get around."

    def allows(self, user: str, members: Sequence[str], decide: Any) -> bool:
        """Whether that user may read the chat."""
        decide("whoever names the chat is answered: nobody looks who that is")
        return True


Balancing = LeastConnections | RandomServer
Access = CheckedMember | WhoKnowsTheId

REACHES: dict[str, type[Approach]] = {
    "poll": PollTable,
    "single": SingleServer,
    "topic": TopicPerUser,
    "mesh": OwnerMesh,
    "pubsub": PubSubPerUser,
}
PARTICIPANTS: dict[str, type[Approach]] = {"database": AskDatabase, "cached": CachedPeople}
INBOXES: dict[str, type[Approach]] = {"kept": KeptInbox, "off": NoInbox}
RESENDS: dict[str, type[Approach]] = {"remembered": RememberedClientId, "forgotten": ForgottenClientId}
NUMBERINGS: dict[str, type[Approach]] = {"by_chat": NumberedByChat, "by_server": NumberedByServer}
TICKS: dict[str, type[Approach]] = {"on_ack": TickOnAck, "on_write": TickOnWrite}
RETENTIONS: dict[str, type[Approach]] = {"acked": UntilAcked, "days": ForDays}
FOOTPRINTS: dict[str, type[Approach]] = {"by_device": InboxPerDevice, "by_user": InboxPerUser}
BALANCINGS: dict[str, type[Balancing]] = {"least": LeastConnections, "random": RandomServer}
ACCESSES: dict[str, type[Access]] = {"checked": CheckedMember, "by_id": WhoKnowsTheId}

BRANCHES: dict[str, str] = {
    one.branch: one.why
    for table in (REACHES, PARTICIPANTS, INBOXES, RESENDS, NUMBERINGS, TICKS, RETENTIONS, FOOTPRINTS)
    for one in table.values()
} | {
    "sent-before": "this client id was sent before: the first message is the answer",
    "read-for-cache": "the cache did not have the chat: read once, and kept",
}
