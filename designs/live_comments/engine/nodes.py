"""The parts of the system, left to right, and their ids."""

from __future__ import annotations

from designs.live_comments.config import Config
from sdlab.lab import DOWN, SLOW, Card, FaultSpec, NodeSpec

SERVICE, STORE, BUS, DISPATCHER, VIEWERS = "service", "store", "bus", "dispatcher", "viewers"
KILLED = FaultSpec("down", "killed", "breaks all its connections and takes no new ones", verb="Kill")
LOSSY = FaultSpec(
    "lossy", "lossy", "loses this share of what servers read from it", "%", 1, 100, 40, verb="Lose some"
)
STALE = FaultSpec("stale", "stale", "goes on with the table that it has and takes no reports", verb="Cut off")
SLOW_VIEWERS = FaultSpec(
    "slow",
    "some read slowly",
    "has five viewers who read only so many comments",
    "per s",
    1,
    50,
    2,
    verb="Slow down",
)

FLOWS = (
    ("visitor", SERVICE),
    ("visitor", "server-*"),
    (SERVICE, STORE),
    (SERVICE, BUS),
    (SERVICE, DISPATCHER),
    (BUS, "server-*"),
    (DISPATCHER, "server-*"),
    ("server-*", DISPATCHER),
    ("server-*", VIEWERS),
    ("visitor", VIEWERS),
)

CARDS = {
    SERVICE: Card(
        what="Checks a comment, gives it a position in its stream, stores it, acknowledges it.",
        why="One place that orders: what has a position can be sent again and told apart.",
        without="Two servers would give two orders, and nobody could tell what was missed.",
        instead="The order of the database, or of a log's partition.",
    ),
    STORE: Card(
        what="The history of all streams; many comments in one commit.",
        why="Readers scroll back, and what was acknowledged must outlive every process.",
        without="Whoever comes late sees nothing of what was said before.",
        instead="A wide-column table by stream and position.",
    ),
    BUS: Card(
        what="Carries each comment from the service to the servers that hold its viewers.",
        why="Who writes need not know who is watching where.",
        without="The service would have to call every server for every comment.",
        instead="A dispatcher that knows who is where; Kafka; calls from server to server.",
    ),
    DISPATCHER: Card(
        what="Knows which server has viewers of which stream, and sends comments only there.",
        why="Servers then get nothing that they do not need.",
        without="Each server hears every stream, unless viewers are routed by stream.",
        instead="A channel per stream that servers subscribe to.",
    ),
    "server": Card(
        what="Holds open connections of viewers, each with a bounded buffer.",
        why="Pushing scales with viewers, writing with comments: they are different machines.",
        without="Viewers would have to ask again and again.",
        instead="A managed push service; polling through a CDN.",
    ),
    VIEWERS: Card(
        what="Simulated viewers: each checks on every delivery that it is the next one.",
        why="They are the judges of “seen once, in order”.",
        without="Nobody could say whether a comment arrived.",
        instead="Real browsers: the three screens on the left are some.",
    ),
}


def server_ids(config: Config) -> list[str]:
    """The servers that hold connections, in order."""
    return [f"server-{number}" for number in range(1, config.servers + 1)]


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The parts under that configuration."""
    dispatched = config.distribution == "dispatcher"
    dispatcher = (
        NodeSpec(DISPATCHER, "dispatcher", "service", 3, faults=(DOWN, STALE), card=CARDS[DISPATCHER]),
    )
    bus = "comment log" if config.transport == "log" else "pub/sub"
    return (
        NodeSpec(SERVICE, "comment service", "service", 1, faults=(), card=CARDS[SERVICE]),
        NodeSpec(STORE, "comment store", "database", 2, faults=(DOWN, SLOW), card=CARDS[STORE]),
        NodeSpec(BUS, bus, "queue", 2, faults=(DOWN, LOSSY), card=CARDS[BUS]),
        *(dispatcher if dispatched else ()),
        *[
            NodeSpec(
                one,
                f"server {one[7:]}",
                "gateway",
                4 if dispatched else 3,
                faults=(KILLED,),
                card=CARDS["server"],
            )
            for one in server_ids(config)
        ],
        NodeSpec(
            VIEWERS, "viewers", "client", 5 if dispatched else 4, faults=(SLOW_VIEWERS,), card=CARDS[VIEWERS]
        ),
    )
