"""The approaches: where each acts is said in its text; each says why at a line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol

from designs.whatsapp.config import Config
from sdlab.lab import EngineContext


class Approach(Protocol):
    """One option of a deep dive. `why` leaves the decision of a request in its trace."""

    label: str
    tradeoff: str

    def why(self, context: EngineContext[Config]) -> None: ...


class Balancing(Approach, Protocol):
    """Chooses one of these servers, of which it is known how many connections each has."""

    def choose(self, servers: Sequence[tuple[str, int]], rng: Random) -> str: ...


class PollTable:
    """How the server of a device hears of a message: poll the inbox table."""

    label = "Poll the inbox table"
    tradeoff = "Nothing to keep in step; late by half the interval, and most polls are empty."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("the message lies in the inboxes: servers come and ask")

class SingleServer:
    """How the server of a device hears of a message: one server, one map."""

    label = "One server, one map"
    tradeoff = "No hop at all; everybody is on one machine, and gone with it."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("one server has everybody: its map of users says which sockets")

class TopicPerUser:
    """How the server of a device hears of a message: a topic per user in a log."""

    label = "A topic per user in a log"
    tradeoff = "Keeps what nobody heard; a topic for each user, also for those who are away."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("appended to the topic of each receiver: whoever holds the device reads on from its position")

class OwnerMesh:
    """How the server of a device hears of a message: owner map and a mesh."""

    label = "Owner map and a mesh"
    tradeoff = "One hop, and no broker; n × (n − 1) lines, and a map that has to be right."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("the owner map says which servers hold the devices, and each gets it over a line of its own")

class PubSubPerUser:
    """How the server of a device hears of a message: pub/sub, a channel per user."""

    label = "Pub/sub, a channel per user"
    tradeoff = "Light channels, made on connect; at most once, so that an inbox has to stand behind it."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("published on the channel of each receiver: the server that subscribes has the device")

class AskDatabase:
    """Where a server has the people of a chat from: ask the database each time."""

    label = "Ask the database each time"
    tradeoff = "Never old; a read for each message."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("the database was asked who is in the chat")

class CachedPeople:
    """Where a server has the people of a chat from: lRU, told of changes."""

    label = "LRU, told of changes"
    tradeoff = "A read per chat and server; each change has to reach every server."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("who is in the chat comes from the server's cache, unless this was the first time")

class KeptInbox:
    """Whether a message waits for devices that were not reached: inbox behind the channels."""

    label = "Inbox behind the channels"
    tradeoff = "A row per receiver, taken out by its acknowledgement."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("a row in every inbox, before anybody is told")

class NoInbox:
    """Whether a message waits for devices that were not reached: channels alone."""

    label = "Channels alone"
    tradeoff = "Nothing is written; who is not there at that moment has missed it."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("nothing is kept: who does not hear it now never will")

class RememberedClientId:
    """What happens to a message that a phone sends again: remember the client's id."""

    label = "Remember the client's id"
    tradeoff = "One more entry per message; sending again is harmless."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("the client's id of the message is remembered: sent again, it is the same message")

class ForgottenClientId:
    """What happens to a message that a phone sends again: take every send as new."""

    label = "Take every send as new"
    tradeoff = "Nothing to remember; each resend is a second message."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("every send is a new message: nobody looks whether it was sent before")

class NumberedByChat:
    """Who numbers the messages of a chat: one counter per chat."""

    label = "One counter per chat"
    tradeoff = "One place per chat decides; servers ask it for each message."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("the counter of the chat gives the next number, in the step that keeps the message")

class NumberedByServer:
    """Who numbers the messages of a chat: each server counts itself."""

    label = "Each server counts itself"
    tradeoff = "No shared counter; two servers give the same number."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("this server counts for itself: another one does, too")

class TickOnAck:
    """When a message counts as delivered: when the device acknowledges."""

    label = "When the device acknowledges"
    tradeoff = "One answer more per device; the tick is true."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("two ticks come with the acknowledgements of the receivers")

class TickOnWrite:
    """When a message counts as delivered: when it was written to a socket."""

    label = "When it was written to a socket"
    tradeoff = "A tick sooner; written is not received."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("two ticks come as soon as it is written to a connection")

class UntilAcked:
    """When a message is deleted from the servers: when all devices have it."""

    label = "When all devices have it"
    tradeoff = "The servers forget what is delivered; a device that never answers keeps it there."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("deleted with the last acknowledgement")

class ForDays:
    """When a message is deleted from the servers: after so many days."""

    label = "After so many days"
    tradeoff = "Simple to promise; kept although everybody has it, and deleted although somebody has not."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("deleted by age alone")

class InboxPerDevice:
    """Whose inbox it is: one per device."""

    label = "One per device"
    tradeoff = "Each device takes out its own rows; a copy for each device."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("a row for each device of each receiver")

class InboxPerUser:
    """Whose inbox it is: one per user."""

    label = "One per user"
    tradeoff = "Fewer rows; who of the devices has it already has to be kept beside it."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("a row for each receiver, and beside it which devices have it")

class LeastConnections:
    """Which server a device gets: least connections."""

    label = "Least connections"
    tradeoff = "A new server fills first; the balancer counts."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("the server with the fewest connections")

    def choose(self, servers: Sequence[tuple[str, int]], rng: Random) -> str:
        return min(servers, key=lambda one: (one[1], one[0]))[0]

class RandomServer:
    """Which server a device gets: random."""

    label = "Random"
    tradeoff = "Nothing to count; a new server stays emptier than the others."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("a server by chance")

    def choose(self, servers: Sequence[tuple[str, int]], rng: Random) -> str:
        return rng.choice(servers)[0]

class CheckedMember:
    """Who may read a chat whose id he knows: only who is in it."""

    label = "Only who is in it"
    tradeoff = "One look at the members for each call."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("only who is in the chat is answered")

class WhoKnowsTheId:
    """Who may read a chat whose id he knows: whoever knows its id."""

    label = "Whoever knows its id"
    tradeoff = "No look at anything; ids get around."

    def why(self, context: EngineContext[Config]) -> None:
        context.decide("whoever names the chat is answered")


REACHES: dict[str, type[Approach]] = {"poll": PollTable, "single": SingleServer, "topic": TopicPerUser, "mesh": OwnerMesh, "pubsub": PubSubPerUser}
PARTICIPANTS: dict[str, type[Approach]] = {"database": AskDatabase, "cached": CachedPeople}
INBOXES: dict[str, type[Approach]] = {"kept": KeptInbox, "off": NoInbox}
RESENDS: dict[str, type[Approach]] = {"remembered": RememberedClientId, "forgotten": ForgottenClientId}
NUMBERINGS: dict[str, type[Approach]] = {"by_chat": NumberedByChat, "by_server": NumberedByServer}
TICKS: dict[str, type[Approach]] = {"on_ack": TickOnAck, "on_write": TickOnWrite}
RETENTIONS: dict[str, type[Approach]] = {"acked": UntilAcked, "days": ForDays}
FOOTPRINTS: dict[str, type[Approach]] = {"by_device": InboxPerDevice, "by_user": InboxPerUser}
BALANCINGS: dict[str, type[Balancing]] = {"least": LeastConnections, "random": RandomServer}
ACCESSES: dict[str, type[Approach]] = {"checked": CheckedMember, "by_id": WhoKnowsTheId}
