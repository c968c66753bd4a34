"""The parts of the system, left to right."""

from __future__ import annotations

from sdlab.template.sprout.config import Config
from sdlab.lab import DOWN, STANDARD_FAULTS, Card, NodeSpec

SERVER, STORE, JOURNAL = "server", "store", "journal"

FLOWS = (("visitor", SERVER), (SERVER, STORE), (SERVER, JOURNAL))

CARDS = {
    SERVER: Card(
        what="Takes adds and answers with the total.",
        why="Many may add at once, and one place decides how.",
        without="Everybody would write to the store as they like.",
        instead="A script in the store that clients call themselves.",
    ),
    STORE: Card(
        what="Holds the total.",
        why="It outlives the server.",
        without="The total is gone with the process.",
        instead="A row in a database.",
    ),
    JOURNAL: Card(
        what="A row for each acknowledged add.",
        why="The counter is held against it.",
        without="Nobody could say whether an add was lost.",
        instead="A log with positions.",
    ),
}


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """The same parts whatever the configuration."""
    return (
        NodeSpec(SERVER, "server", "gateway", 1, faults=(DOWN,), card=CARDS[SERVER]),
        NodeSpec(STORE, "counter store", "store", 2, faults=STANDARD_FAULTS, card=CARDS[STORE]),
        NodeSpec(JOURNAL, "journal", "database", 3, faults=STANDARD_FAULTS, card=CARDS[JOURNAL]),
    )
