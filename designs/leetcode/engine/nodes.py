"""The parts of the system, left to right, and what can be done to them."""

from __future__ import annotations

from designs.leetcode.config import Config
from sdlab.lab import SLOW, Card, FaultSpec, NodeSpec

ENTRANCE, DATABASE, QUEUE, BOARD, SPECTATORS = "entrance", "database", "queue", "board", "spectators"
MOST_RUNNERS = 4

KILLED = FaultSpec("down", "killed", "ends by SIGKILL, and is not started again", verb="Kill")
DIES = FaultSpec(
    "dies", "dies at its work", "ends by SIGKILL with this share of its submissions in its hand", "%", 1, 100, 50,
    verb="Kill at its work",
)  # fmt: skip
STOPPED = FaultSpec(
    "stopped", "stopped at its work",
    "is stopped by SIGSTOP when it has taken a submission, for its lease and a second more, again and again",
    verb="Stop it, and let it wake up",
)  # fmt: skip

FLOWS = (
    ("visitor", ENTRANCE),
    (ENTRANCE, DATABASE),
    (ENTRANCE, QUEUE),
    (ENTRANCE, "runner-*"),
    (ENTRANCE, BOARD),
    (QUEUE, "runner-*"),
    ("runner-*", QUEUE),
    ("runner-*", DATABASE),
    ("runner-*", "sandbox"),
    ("runner-*", BOARD),
    (BOARD, DATABASE),
    (SPECTATORS, BOARD),
    (BOARD, SPECTATORS),
)
SANDBOX = "sandbox"

CARDS = {
    ENTRANCE: Card(
        what="Takes code, writes it down with its hash, and answers before it is judged.",
        why="Judging takes long; whoever sends must not wait on the line for it.",
        without="Each request holds a connection for as long as its code runs.",
        instead="Nothing; it may have many copies.",
    ),
    DATABASE: Card(
        what="A row for each submission with its code, and a row for each time that one was judged.",
        why="What was accepted must outlive every runner.",
        without="A runner that dies takes the code with it.",
        instead="A document store; code in blobs, when it is large.",
    ),
    QUEUE: Card(
        what="Ids of submissions in Redis: those that wait, and those that a runner has until its lease ends.",
        why="A contest sends more in a minute than the runners do in that time.",
        without="Runners would be started for every submission, as many as people press the button.",
        instead="SQS, RabbitMQ, a stream with a consumer group.",
    ),
    SANDBOX: Card(
        what="The interpreter in which code of strangers runs, with what it was given and nothing else.",
        why="Nobody knows what the code does before it has done it.",
        without="Code reads what the server may read, and goes where the server may go.",
        instead="A virtual machine for each job, as Firecracker's.",
    ),
    BOARD: Card(
        what="Who leads: asked of the rows each time, of a cache, or of a sorted set in Redis.",
        why="Everybody looks at it all the time.",
        without="Nobody knows whether to hurry.",
        instead="A materialised view, which is a cache with another name.",
    ),
    SPECTATORS: Card(
        what="People who look at the leaderboard, each with a connection.",
        why="There are many more of them than submissions.",
        without="The leaderboard would be easy.",
        instead="Nothing.",
    ),
}
RUNNER = Card(
    what="A process that takes submissions and has an interpreter ready for each.",
    why="Judging takes a core; how many runners there are bounds how many are used.",
    without="Submissions wait.",
    instead="Functions that are started for each job.",
)


def runner_ids(config: Config) -> tuple[str, ...]:
    """The runners that there are."""
    return tuple(f"runner-{number}" for number in range(1, config.runners + 1))


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """Spectators stand behind the leaderboard."""
    return (
        NodeSpec(ENTRANCE, "entrance", "gateway", 1, faults=(), card=CARDS[ENTRANCE]),
        NodeSpec(DATABASE, "submissions", "database", 2, faults=(SLOW,), card=CARDS[DATABASE]),
        NodeSpec(QUEUE, "queue", "queue", 2, faults=(), card=CARDS[QUEUE]),
        *(
            NodeSpec(one, one.replace("-", " "), "worker", 3, faults=(KILLED, DIES, STOPPED), card=RUNNER)
            for one in runner_ids(config)
        ),
        NodeSpec(SANDBOX, "sandbox", "store", 4, faults=(), card=CARDS[SANDBOX]),
        NodeSpec(BOARD, "leaderboard", "cache", 4, faults=(SLOW,), card=CARDS[BOARD]),
        NodeSpec(SPECTATORS, "spectators", "client", 5, faults=(), card=CARDS[SPECTATORS]),
    )
