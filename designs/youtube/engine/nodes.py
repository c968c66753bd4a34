"""The parts of the system, left to right, and what can be done to them."""

from __future__ import annotations

from designs.youtube.config import Config
from sdlab.lab import DOWN, FLAKY, SLOW, Card, FaultSpec, NodeSpec

NETWORK, APP, STORE, QUEUE, EDGE = "network", "app", "store", "queue", "edge"
SHARDS = ("shard-1", "shard-2", "shard-3")
MOST_WORKERS = 4

CUT = FaultSpec(
    "cut", "cut mid-chunk", "breaks the connection of this share of the uploads once, in the middle of a chunk",
    "%", 1, 100, 100, verb="Cut connections",
)  # fmt: skip
CORRUPT = FaultSpec(
    "corrupt", "corrupting", "changes a few bytes of the first chunk of this share of the uploads", "%", 1, 100, 50,
    verb="Corrupt a chunk",
)  # fmt: skip
KILLED = FaultSpec("down", "killed", "ends by SIGKILL, and is not started again", verb="Kill")
MID = FaultSpec(
    "mid", "killed mid-segment", "ends by SIGKILL in the middle of each segment, and is started again",
    verb="Kill mid-segment, again and again",
)  # fmt: skip
STOPPED = FaultSpec(
    "stopped", "paused past its lease",
    "is stopped by SIGSTOP with a cell in its hand, for its lease and a second more, again and again",
    verb="Pause past its lease",
)  # fmt: skip
HELD = FaultSpec("paused", "paused", "gives no cell to anybody until it goes on", verb="Pause")

FLOWS = (
    ("visitor", NETWORK),
    (NETWORK, APP),
    (NETWORK, STORE),
    (APP, STORE),
    (APP, "shard-?"),
    (STORE, "shard-?"),
    (APP, QUEUE),
    (QUEUE, "transcoder-?"),
    ("transcoder-?", QUEUE),
    ("transcoder-?", STORE),
    ("transcoder-?", "shard-?"),
    (QUEUE, "shard-?"),
    ("visitor", EDGE),
    (EDGE, STORE),
    (EDGE, "shard-?"),
)

CARDS = {
    NETWORK: Card(
        "What lies between a visitor's machine and ours: it breaks off, and it changes bytes.",
        "Everything about uploads follows from it.",
        "A file could be sent in one piece.",
        "Nothing: it is what there is.",
    ),
    APP: Card(
        "Announces videos, signs addresses for chunks, marks what was stored, answers what there is.",
        "Somebody has to know who may store what, and where.",
        "Anybody could write anything into the store.",
        "Functions that start with each request.",
    ),
    STORE: Card(
        "Keeps chunks, segments and manifests, and says when an object was created.",
        "Bytes are large and many; metadata is small and asked often.",
        "Videos would lie in the database, or on the disks of app servers.",
        "Amazon S3, or any store with signed addresses and events.",
    ),
    QUEUE: Card(
        "Cells that wait to be transcoded, who has each, until when, and with which token.",
        "Uploads come in bursts, transcoding takes long, and transcoders die.",
        "An upload would wait for its transcoding, and a dead transcoder would take it along.",
        "SQS, Temporal, or a table with leases.",
    ),
    EDGE: Card(
        "Gives manifests and segments to players, as fast as their network takes them.",
        "Playing is thousands of times as frequent as uploading.",
        "Each player would ask the store.",
        "A content delivery network.",
    ),
}
SHARD = Card(
    "A partition of the metadata: videos, chunks and segments whose id falls on its part of the ring.",
    "One video is read and written together; two videos never are.",
    "One machine would have to hold every row.",
    "Cassandra with the video's id as partition key.",
)
TRANSCODER = Card(
    "A process that takes a cell, has ffmpeg encode it, and writes the segment down.",
    "Encoding is what costs the most here; it must be spread, and may fail.",
    "Nobody but the uploader's own player could play a video.",
    "A fleet of machines with hardware encoders.",
)


def worker_ids(config: Config) -> tuple[str, ...]:
    """The transcoders that there are."""
    return tuple(f"transcoder-{number}" for number in range(1, config.workers + 1))


def label(id: str) -> str:
    """As it is called in a sentence."""
    return id.replace("-", " ")


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """As many transcoders as configured."""
    return (
        NodeSpec(NETWORK, "network", "client", 1, faults=(CUT, CORRUPT), card=CARDS[NETWORK]),
        NodeSpec(APP, "app servers", "gateway", 2, faults=(SLOW, FLAKY), card=CARDS[APP]),
        NodeSpec(STORE, "object store", "store", 3, faults=(DOWN, SLOW), card=CARDS[STORE]),
        *(NodeSpec(one, label(one), "database", 3, faults=(DOWN, SLOW), card=SHARD) for one in SHARDS),
        NodeSpec(QUEUE, "cell queue", "queue", 4, faults=(HELD,), card=CARDS[QUEUE]),
        *(
            NodeSpec(one, label(one), "worker", 5, faults=(KILLED, MID, STOPPED), card=TRANSCODER)
            for one in worker_ids(config)
        ),
        NodeSpec(EDGE, "edge", "gateway", 2, faults=(DOWN, SLOW), card=CARDS[EDGE]),
    )
