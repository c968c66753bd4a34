"""The parts of the system, left to right."""

from __future__ import annotations

from designs.ad_click_aggregator.config import Config
from sdlab.lab import DOWN, PAUSED, SLOW, STANDARD_FAULTS, Card, FaultSpec, NodeSpec

SITE, CLICKS, SEEN, LOG, ADVERTISER = "site", "clicks", "seen", "log", "advertiser"
DATABASE, OLAP, BATCH = "database", "olap", "batch"
AGGREGATORS = ("aggregator-1", "aggregator-2")
CORRUPT = FaultSpec(
    "corrupt",
    "writing wrong totals",
    "adds 3 to this share of the rows that are flushed",
    "%",
    1,
    100,
    50,
    verb="Corrupt",
)
CRASH = FaultSpec(
    "crash", "crashed", "was killed once (SIGKILL) and starts again", momentary=True, verb="Kill once"
)
DIES = FaultSpec(
    "dies", "dying again and again", "is killed every so often, with clicks in memory", "s", 1, 60, 2,
    verb="Kill again and again",
)  # fmt: skip

FLOWS = (
    ("visitor", SITE), ("visitor", CLICKS), ("visitor", ADVERTISER), ("visitor", OLAP), ("visitor", DATABASE),
    (CLICKS, SEEN), (CLICKS, LOG), (CLICKS, DATABASE), ("aggregator-*", LOG), (LOG, "aggregator-*"),
    ("aggregator-*", OLAP), (BATCH, LOG), (LOG, BATCH), (BATCH, OLAP),
)  # fmt: skip

CARDS = {
    SITE: Card("The news page and its ad server: it places ads and signs an id for each that is shown.",
        "Only we can say which ads were shown.", "Anybody could make up clicks.", "A stored row per impression."),
    CLICKS: Card("Takes clicks: checks the id, asks whether it was seen, logs, redirects.",
        "The click passes through us before the advertiser gets it.",
        "Clicks are lost with each beacon that is blocked.",
        "A function at the edge of the network."),
    SEEN: Card("A key per clicked impression, with the time at which it ends; set in the step that logs the click.",
        "A double click is one click.",
        "Repeats are counted, and billed.",
        "A unique index, or a Bloom filter where a few may be lost."),
    LOG: Card("Clicks in four partitions, in the order of their arrival. Redis streams.",
        "What is logged is counted sooner or later, whoever dies.",
        "A click that comes while an aggregator restarts is gone.",
        "Kafka, Kinesis."),
    DATABASE: Card("A row per ad and window, updated with each click.",
        "The simplest thing that counts.",
        "Windows are counted in memory and flushed.", "A stream processor."),
    OLAP: Card("Totals per window, ad and partition in DuckDB: one process owns the file.",
        "Queries read a column of counts, not the clicks.",
        "Each dashboard would scan the log.", "ClickHouse, Druid."),
    BATCH: Card("Counts the raw log once more and overrides what differs.",
        "A bug in the fast path is found and repaired.", "A wrong total stays wrong.",
        "A nightly Spark job over the data lake."),
    ADVERTISER: Card("The page that the ad leads to. It notes for which impression it was asked.",
        "Its own log is what our clicks are held against.",
        "Nobody could tell that a click was missed.", "A tracking pixel of the advertiser."),
}  # fmt: skip
AGGREGATOR = Card(
    what="A process that reads two partitions and counts windows of event time in memory.",
    why="Thousands of clicks become one row per ad and window.",
    without="The store would be written once per click.",
    instead="Flink, Spark Streaming, Kafka Streams.",
)


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """Aggregators, a database or a batch, as the config has it."""
    streams, batches = (
        config.aggregation == "stream",
        config.aggregation == "batch" or config.reconcile == "on",
    )
    return (
        NodeSpec(SITE, "news site", "client", 1, card=CARDS[SITE]),
        NodeSpec(CLICKS, "click service", "gateway", 1, faults=(DOWN, SLOW), card=CARDS[CLICKS]),
        NodeSpec(SEEN, "seen ids", "store", 2, faults=STANDARD_FAULTS, card=CARDS[SEEN]),
        NodeSpec(LOG, "click log", "log", 2, faults=STANDARD_FAULTS, card=CARDS[LOG]),
        *(
            NodeSpec(one, one.replace("-", " "), "worker", 3, faults=(DOWN, SLOW, PAUSED, CRASH, DIES), card=AGGREGATOR)
            for one in AGGREGATORS
            if streams
        ),
        *((NodeSpec(BATCH, "batch job", "worker", 3, faults=(DOWN,), card=CARDS[BATCH]),) if batches else ()),
        *(
            (NodeSpec(DATABASE, "counts", "database", 4, faults=STANDARD_FAULTS, card=CARDS[DATABASE]),)
            if config.aggregation == "per_click"
            else ()
        ),
        NodeSpec(OLAP, "OLAP store", "database", 4, faults=(DOWN, SLOW, CORRUPT), card=CARDS[OLAP]),
        NodeSpec(ADVERTISER, "advertiser", "server", 5, faults=(DOWN,), card=CARDS[ADVERTISER]),
    )  # fmt: skip
