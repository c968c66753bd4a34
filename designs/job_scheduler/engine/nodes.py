"""The parts of the system, left to right, and what can be done to them."""

from __future__ import annotations

from designs.job_scheduler.config import Config
from sdlab.lab import FLAKY, SLOW, Card, FaultSpec, NodeSpec

ACCEPTOR, DATABASE, QUEUE, BIN = "acceptor", "database", "queue", "bin"
COORDINATORS = ("coordinator-1", "coordinator-2")
MOST_EXTRACTORS, MOST_WORKERS = 6, 4

KILLED = FaultSpec("down", "killed", "ends by SIGKILL, and is not started again", verb="Kill")
STOPPED = FaultSpec(
    "stopped", "stopped with rows in its hand",
    "is stopped by SIGSTOP after it has read what is due, for its lease and a second more, again and again",
    verb="Stop it, and let it wake up",
)  # fmt: skip
BEFORE = FaultSpec(
    "before", "dies before its callbacks", "ends by SIGKILL before this share of its callbacks", "%", 1, 100, 100,
    verb="Kill before the callback",
)  # fmt: skip
AFTER = FaultSpec(
    "after", "dies after its callbacks",
    "ends by SIGKILL after this share of its callbacks, before it has said so to anybody", "%", 1, 100, 100,
    verb="Kill after the callback",
)  # fmt: skip
FROZEN = FaultSpec("paused", "paused", "is stopped by SIGSTOP until it goes on", verb="Pause")
HELD = FaultSpec("paused", "paused", "gives nothing to the workers until it goes on", verb="Pause")
UNREACHABLE = FaultSpec("down", "down", "answers 503 to every callback", verb="Take down")

FLOWS = (
    ("visitor", ACCEPTOR),
    (ACCEPTOR, DATABASE),
    ("coordinator-*", DATABASE),
    ("extractor-*", DATABASE),
    ("extractor-*", QUEUE),
    (QUEUE, "worker-*"),
    ("worker-*", QUEUE),
    ("worker-*", BIN),
    ("worker-*", DATABASE),
    (ACCEPTOR, BIN),
)

CARDS = {
    ACCEPTOR: Card(
        what="Checks what is asked for, gives it a partition, and writes it down.",
        why="Who got an answer may rely on it, whatever dies afterwards.",
        without="Jobs go straight into memory, and are gone with it.",
        instead="Nothing; it may have many copies.",
    ),
    DATABASE: Card(
        what="A row for each job, for each of its times, and for each attempt. Leases lie beside them.",
        why="A job may be due in a year: it has to be somewhere that lasts.",
        without="A queue would have to keep messages back for a year.",
        instead="Cassandra with a partition per minute, or a sorted set in Redis that is persisted.",
    ),
    QUEUE: Card(
        what="A stream of runs that are due, with a consumer group; beside it those who wait for another try.",
        why="Finding what is due and calling back have speeds of their own.",
        without="An extractor would wait for every slow receiver.",
        instead="Kafka, SQS, RabbitMQ.",
    ),
    BIN: Card(
        what="The receiver of callbacks: keeps what came, and which key came before.",
        why="Only the receiver can know that a callback is a repetition.",
        without="Nobody would see whether a job ran twice.",
        instead="The services that asked for the jobs.",
    ),
}
EXTRACTOR = Card(
    what="A process that reads the rows that are due, and puts them into the queue.",
    why="Somebody has to look at the clock.",
    without="Rows stay rows.",
    instead="One cron daemon, which is one thing to lose.",
)
WORKER = Card(
    what="A process that takes runs, calls back, writes the attempt down, and acknowledges.",
    why="Calls take long and fail for reasons of their own.",
    without="What is due is known, and nobody does it.",
    instead="Functions that a queue starts by itself.",
)
COORDINATOR = Card(
    what="One of two; the one that holds the lease gives partitions to extractors that live.",
    why="Somebody must decide who scans what, and only one.",
    without="Partitions of a dead extractor are nobody's.",
    instead="ZooKeeper, etcd, or a consistent hash that everybody computes.",
)


def extractor_ids(config: Config) -> tuple[str, ...]:
    """The extractors that there are; a single scanner is one."""
    count = 1 if config.scanning == "single" else config.extractors
    return tuple(f"extractor-{number}" for number in range(1, count + 1))


def worker_ids(config: Config) -> tuple[str, ...]:
    """The workers that there are."""
    return tuple(f"worker-{number}" for number in range(1, config.workers + 1))


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """Coordinators where partitions have owners."""
    led = COORDINATORS if config.scanning == "partitions" else ()
    return (
        NodeSpec(ACCEPTOR, "acceptor", "gateway", 1, faults=(), card=CARDS[ACCEPTOR]),
        NodeSpec(DATABASE, "job store", "database", 2, faults=(SLOW,), card=CARDS[DATABASE]),
        *(NodeSpec(one, _label(one), "leader", 3, faults=(KILLED,), card=COORDINATOR) for one in led),
        *(
            NodeSpec(one, _label(one), "worker", 3, faults=(KILLED, STOPPED), card=EXTRACTOR)
            for one in extractor_ids(config)
        ),
        NodeSpec(QUEUE, "ready queue", "queue", 4, faults=(HELD,), card=CARDS[QUEUE]),
        *(
            NodeSpec(one, _label(one), "worker", 5, faults=(KILLED, BEFORE, AFTER, FROZEN), card=WORKER)
            for one in worker_ids(config)
        ),
        NodeSpec(BIN, "request bin", "store", 6, faults=(SLOW, FLAKY, UNREACHABLE), card=CARDS[BIN]),
    )


def _label(id: str) -> str:
    return id.replace("-", " ")
