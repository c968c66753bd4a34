"""The parts of the system, left to right."""

from __future__ import annotations

from designs.whatsapp.config import Config
from sdlab.lab import DOWN, FLAKY, SLOW, Card, NodeSpec
from sdlab.lab.node import FaultSpec

BALANCER, STORE, CHANNELS, DATABASE, BLOBS, PHONE = (
    "balancer",
    "inboxes",
    "channels",
    "database",
    "blobs",
    "phone",
)
RESTART = FaultSpec(
    "restart",
    "restarted",
    "cuts every subscription; what is told meanwhile is lost",
    momentary=True,
    verb="Restart",
)
FLIGHT = FaultSpec(
    "flight", "in flight mode", "is away until it is brought back", verb="Put into flight mode"
)
SILENT = FaultSpec("silent", "silent", "gets messages and acknowledges none", verb="Never acknowledge")
DROPS = FaultSpec(
    "drops",
    "flaky",
    "loses its connection with this share of what it is sent",
    "%",
    1,
    100,
    40,
    verb="Make flaky",
)

FLOWS = (
    ("visitor", BALANCER),
    (BALANCER, "s?"),
    ("s?", STORE),
    ("s?", CHANNELS),
    ("s?", DATABASE),
    ("s?", PHONE),
    (BALANCER, DATABASE),
    (BALANCER, STORE),
    (BALANCER, BLOBS),
    (STORE, "s?"),
    (PHONE, "s?"),
)
CARDS = {
    BALANCER: Card(
        "Takes the sockets of devices and passes their frames to a chat server.",
        "Servers come and go; devices know one address.",
        "Every device would have to know the servers.",
        "A name that resolves to several addresses.",
    ),
    "server": Card(
        "A process that holds connections: it takes messages in and gives them out.",
        "One machine holds a million sockets, not two hundred million.",
        "Its devices reconnect to the others; what was not acknowledged is sent again.",
        "One larger server, until there is none.",
    ),
    STORE: Card(
        "Sequence numbers, messages, and for each device the list of what it has not acknowledged.",
        "Channels forget; who was away has to find it somewhere.",
        "Nothing can be sent, and nothing that was missed can be had.",
        "A wide-column store with a partition per inbox.",
    ),
    CHANNELS: Card(
        "Carries word of a message to the server that holds a device, by the approach in force.",
        "Writer and reader are mostly on different servers.",
        "Messages come late, with the next look into the inbox, or never.",
        "A log, a mesh, or polling.",
    ),
    DATABASE: Card(
        "Chats, who is in them, linked devices, and what media was announced.",
        "Who may read and write has to be known for sure.",
        "New chats cannot be read from it; caches go on for a while.",
        "The store of the inboxes, as another table.",
    ),
    BLOBS: Card(
        "Pictures and films, by signed addresses.",
        "Media is large and must not go through chat servers.",
        "Text still travels.",
        "An object store with pre-signed addresses.",
    ),
    PHONE: Card(
        "The phone of Cleo, who is in the group on the page.",
        "Everything ends on a device, and devices are away most of the time.",
        "Her messages wait in her inbox.",
        "Any other device.",
    ),
}


def server_ids(config: Config) -> tuple[str, ...]:
    """The chat servers, in order."""
    return tuple(f"s{number}" for number in range(1, config.servers + 1))


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The servers are as many as configured; the rest is always there."""
    servers = (
        NodeSpec(one, f"chat server {one[1:]}", "server", 2, faults=(DOWN,), card=CARDS["server"])
        for one in server_ids(config)
    )
    return (
        NodeSpec(BALANCER, "balancer", "gateway", 1, faults=(), card=CARDS[BALANCER]),
        *servers,
        NodeSpec(STORE, "inboxes", "store", 3, faults=(DOWN, SLOW, FLAKY), card=CARDS[STORE]),
        NodeSpec(CHANNELS, "channels", "queue", 3, faults=(RESTART,), card=CARDS[CHANNELS]),
        NodeSpec(DATABASE, "database", "database", 3, faults=(DOWN, SLOW), card=CARDS[DATABASE]),
        NodeSpec(BLOBS, "media", "store", 3, faults=(DOWN,), card=CARDS[BLOBS]),
        NodeSpec(PHONE, "Cleo's phone", "client", 4, faults=(FLIGHT, SILENT, DROPS), card=CARDS[PHONE]),
    )
