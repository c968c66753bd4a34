"""The parts of the system, left to right."""

from __future__ import annotations

from designs.stock_alerts.config import Config
from sdlab.lab import DOWN, FLAKY, PAUSED, SLOW, STANDARD_FAULTS, Card, NodeSpec
from sdlab.lab.node import FaultSpec

EXCHANGE, SERVICE, LOG, POLLER = "exchange", "service", "log", "poller"
ALERTS, INDEX, QUEUE, NOTIFIER, INBOX = "alerts", "index", "queue", "notifier", "inbox"

LATE = FaultSpec(
    "late", "late ticks", "holds this share of its ticks back", "%", 1, 100, 60, verb="Delay ticks"
)
DOUBLE = FaultSpec(
    "double", "duplicate ticks", "sends this share of its ticks twice", "%", 1, 100, 20, verb="Send twice"
)
UNACKED = FaultSpec(
    "unacked",
    "dies at the acknowledgement",
    "ends between sending and acknowledging, after this share of its batches",
    "%",
    1,
    100,
    30,
    verb="Crash at the acknowledgement",
)
UNMARKED = FaultSpec(
    "unmarked",
    "dies between its marks",
    "ends between its first lasting step and the next one, in this share of its batches",
    "%",
    1,
    100,
    30,
    verb="Crash between the marks",
)

FLOWS = (
    ("visitor", EXCHANGE),
    ("visitor", SERVICE),
    (SERVICE, ALERTS),
    (SERVICE, INBOX),
    (EXCHANGE, LOG),
    (POLLER, EXCHANGE),
    (POLLER, LOG),
    ("consumer-*", LOG),
    (LOG, "consumer-*"),
    ("consumer-*", ALERTS),
    ("consumer-*", INDEX),
    ("consumer-*", QUEUE),
    (NOTIFIER, QUEUE),
    (QUEUE, NOTIFIER),
    (NOTIFIER, ALERTS),
    (NOTIFIER, INBOX),
)

CARDS = {
    EXCHANGE: Card(
        what="The market's feed: a price for each trade, with a number that counts along the stock.",
        why="Alerts are about prices, and these come from somebody else.",
        without="Nobody knows a price.",
        instead="A vendor's socket, or an address that is polled.",
    ),
    SERVICE: Card(
        what="Takes alerts, shows them, arms them again, takes them back.",
        why="It checks what is asked for against the price of now and writes it down.",
        without="Nobody could set an alert.",
        instead="Nothing; it may have many copies.",
    ),
    LOG: Card(
        what="Ticks in eight partitions, in order within each. Redis streams.",
        why="Consumers can fall behind, die and come back without losing a tick.",
        without="A tick that comes while a consumer restarts is gone.",
        instead="Kafka, Kinesis, or a queue with ordering keys.",
    ),
    POLLER: Card(
        what="Asks the exchange for all prices, every few seconds.",
        why="Some sources do not push.",
        without="With a source that only answers, there are no ticks.",
        instead="A feed that pushes.",
    ),
    ALERTS: Card(
        what="A row per alert: whose it is, at which price, armed or fired. An index over stock, status, side and price.",
        why="It is what everything else can be rebuilt from.",
        without="A restart forgets every alert.",
        instead="Any store with a conditional update.",
    ),
    INDEX: Card(
        what="A search index whose documents are alerts; a tick is the query.",
        why="It finds conditions of any shape.",
        without="The rows are asked, or sorted thresholds in memory.",
        instead="Elasticsearch's percolator.",
    ),
    QUEUE: Card(
        what="Messages of alerts that were found, until they are acknowledged.",
        why="Finding does not wait for sending, and what was found survives the notifier.",
        without="A notifier that is down loses what is found meanwhile.",
        instead="Any queue with acknowledgements.",
    ),
    NOTIFIER: Card(
        what="Takes messages, decides what was sent before, sends the rest.",
        why="Sending is slow and fails for reasons of its own.",
        without="A consumer would wait for every phone.",
        instead="Several of them, each with its share of the users.",
    ),
    INBOX: Card(
        what="A stream of what users were told, and a day's counter for each of them. Pages listen to it.",
        why="A page that was away gets what it missed.",
        without="Who is not connected at that moment is never told.",
        instead="A push gateway for phones, mail, text messages.",
    ),
}
CONSUMER = Card(
    what="Reads its partitions, and looks for the alerts between the last price and this one.",
    why="Matching is spread over several processes.",
    without="One process must keep up with the whole market.",
    instead="A stream processor with keyed state.",
)


def consumer_ids(config: Config) -> tuple[str, ...]:
    """The consumers that there are."""
    return tuple(f"consumer-{number}" for number in range(1, config.consumers + 1))


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """Consumers by number; a poller and an index where there are any."""
    polled = (
        (NodeSpec(POLLER, "poller", "worker", 1, faults=(DOWN,), card=CARDS[POLLER]),)
        if config.feed == "poll"
        else ()
    )
    indexed = (
        (NodeSpec(INDEX, "alert index", "index", 4, faults=(DOWN, SLOW, FLAKY), card=CARDS[INDEX]),)
        if config.matching == "percolator"
        else ()
    )
    return (
        NodeSpec(EXCHANGE, "price feed", "source", 1, faults=(DOWN, LATE, DOUBLE), card=CARDS[EXCHANGE]),
        *polled,
        NodeSpec(SERVICE, "alert service", "gateway", 1, faults=(DOWN,), card=CARDS[SERVICE]),
        NodeSpec(LOG, "tick log", "log", 2, faults=STANDARD_FAULTS, card=CARDS[LOG]),
        *(
            NodeSpec(one, one.replace("-", " "), "worker", 3, faults=(DOWN, SLOW, PAUSED), card=CONSUMER)
            for one in consumer_ids(config)
        ),
        NodeSpec(ALERTS, "alerts", "database", 4, faults=STANDARD_FAULTS, card=CARDS[ALERTS], miss="no row"),
        *indexed,
        NodeSpec(QUEUE, "queue", "queue", 4, faults=STANDARD_FAULTS, card=CARDS[QUEUE]),
        NodeSpec(
            NOTIFIER,
            "notifier",
            "worker",
            5,
            faults=(DOWN, SLOW, PAUSED, UNACKED, UNMARKED),
            card=CARDS[NOTIFIER],
        ),
        NodeSpec(INBOX, "inboxes", "store", 6, faults=STANDARD_FAULTS, card=CARDS[INBOX]),
    )
