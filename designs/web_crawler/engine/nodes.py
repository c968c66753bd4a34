"""The parts of the system, left to right, and what can be done to them."""

from __future__ import annotations

from designs.web_crawler.config import Config
from sdlab.lab import SLOW, Card, FaultSpec, NodeSpec

CONTROL, FRONTIER, SEEN, DNS, WEB, RAW, PAGES = "control", "frontier", "seen", "dns", "web", "raw", "pages"
MOST_FETCHERS, MOST_EXTRACTORS = 4, 3

KILLED = FaultSpec("down", "killed", "ends by SIGKILL, and is not started again", verb="Kill")
BEFORE = FaultSpec(
    "before", "dies before it asks", "ends by SIGKILL with addresses in its hand, before this share of its requests",
    "%", 1, 100, 30, verb="Kill before a request",
)  # fmt: skip
MIDWAY = FaultSpec(
    "midway", "dies mid-page", "ends by SIGKILL after this share of its answers, before it has stored them",
    "%", 1, 100, 60, verb="Kill mid-page",
)  # fmt: skip
EXTRACTOR_MIDWAY = FaultSpec(
    "midway", "dies mid-page", "ends by SIGKILL when it has read this share of its batches, before it stores them",
    "%", 1, 100, 50, verb="Kill mid-page",
)  # fmt: skip
FROZEN = FaultSpec("paused", "paused", "is stopped by SIGSTOP until it goes on", verb="Pause")
BUG = FaultSpec(
    "bug", "shipped with a bug",
    "reads no text for so long; then it is mended, those pages are read again, and the bug comes back", "s", 0.5, 20, 1.5,
    verb="Ship a bug",
)  # fmt: skip
RESTARTS = FaultSpec(
    "restarts", "restarting", "is started anew every so many seconds: what it kept in memory alone is gone",
    "s", 0.2, 30, 0.8, verb="Restart again and again",
)  # fmt: skip
BUSY = FaultSpec(
    "busy",
    "overloaded",
    "answers 503 with Retry-After to this share of all requests",
    "%",
    1,
    100,
    40,
    verb="Overload",
)

FLOWS = (
    ("visitor", CONTROL),
    (CONTROL, SEEN),
    (CONTROL, FRONTIER),
    (CONTROL, PAGES),
    ("fetcher-*", FRONTIER),
    ("fetcher-*", DNS),
    ("fetcher-*", WEB),
    ("fetcher-*", RAW),
    ("fetcher-*", PAGES),
    ("fetcher-*", SEEN),
    ("extractor-*", RAW),
    ("extractor-*", SEEN),
    ("extractor-*", PAGES),
    ("extractor-*", FRONTIER),
    (SEEN, FRONTIER),
)

CARDS = {
    CONTROL: Card(
        what="Takes crawls, pauses them, and says how far they are.",
        why="A crawl runs for days; whoever asked for it must not have to wait.",
        without="The crawl lives in a terminal.",
        instead="A table and a person who writes into it.",
    ),
    FRONTIER: Card(
        what="What is still to be fetched: front queues by priority, a back queue per host, and its next time.",
        why="The order in which links are found is the worst order in which to ask for them: all of one host at once.",
        without="A host gets hundreds of requests in a second, and shuts the crawler out.",
        instead="Kafka with a partition per group of hosts; Mercator's queues on disk.",
    ),
    SEEN: Card(
        what="Says of each link whether the crawl knows its address already.",
        why="Nine of ten links lead to what was seen before.",
        without="The crawl goes in circles for ever.",
        instead="A sharded key-value store, or a Bloom filter on each machine.",
    ),
    DNS: Card(
        what="The lab's name server. It knows the hosts of this web, and no others.",
        why="Every address is checked when a name is resolved: none leads into a network.",
        without="A page could make the crawler ask its own neighbours.",
        instead="unbound or dnsmasq beside each crawler.",
    ),
    WEB: Card(
        what="Sixty sites on one port of this machine, told apart by their names, in a process of their own. They keep logs.",
        why="Whether a crawler is polite can only be measured where it arrives.",
        without="There is nothing to crawl.",
        instead="The Internet, where an operator allows it.",
    ),
    RAW: Card(
        what="What servers answered, byte for byte.",
        why="What is kept can be read again by a better program, without asking anybody.",
        without="A bug in the reading means fetching everything again.",
        instead="S3 with WARC files.",
    ),
    PAGES: Card(
        what="Texts of pages, and a row for each address with its state.",
        why="It is what the crawl is for, and what is still there after a restart.",
        without="A crash loses the crawl.",
        instead="Any database; columns for what is searched.",
    ),
}
FETCHER = Card(
    what="A process that takes addresses, asks their hosts, and stores what they answer.",
    why="Answers are slow: many must be waited for at once.",
    without="Nothing is fetched.",
    instead="Functions that a queue starts.",
)
EXTRACTOR = Card(
    what="A process that reads stored answers: text, title, language, links.",
    why="Reading takes a processor, fetching takes time; each has its own number of machines.",
    without="Raw answers pile up, and no link is followed.",
    instead="The same code within the fetcher, as in one stage.",
)


def fetcher_ids(config: Config) -> tuple[str, ...]:
    """The fetchers that there are."""
    return tuple(f"fetcher-{number}" for number in range(1, config.fetchers + 1))


def extractor_ids(config: Config) -> tuple[str, ...]:
    """The extractors that there are; in one stage fetchers read by themselves, and one stands by."""
    return tuple(f"extractor-{number}" for number in range(1, config.extractors + 1))


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """From who asks for a crawl to what is read."""
    return (
        NodeSpec(CONTROL, "crawls", "gateway", 1, faults=(), card=CARDS[CONTROL]),
        NodeSpec(SEEN, "seen set", "cache", 2, faults=(RESTARTS,), card=CARDS[SEEN], miss="new"),
        NodeSpec(FRONTIER, "frontier", "queue", 2, faults=(), card=CARDS[FRONTIER]),
        *(
            NodeSpec(one, one.replace("-", " "), "worker", 3, faults=(KILLED, BEFORE, MIDWAY, FROZEN), card=FETCHER)
            for one in fetcher_ids(config)
        ),
        NodeSpec(DNS, "name server", "service", 4, faults=(), card=CARDS[DNS], miss="asked"),
        NodeSpec(WEB, "the web", "external", 4, faults=(SLOW, BUSY), card=CARDS[WEB]),
        NodeSpec(RAW, "raw store", "store", 4, faults=(), card=CARDS[RAW]),
        *(
            NodeSpec(
                one, one.replace("-", " "), "worker", 5,
                faults=(KILLED, EXTRACTOR_MIDWAY, FROZEN) + ((BUG,) if one == "extractor-1" else ()), card=EXTRACTOR,
            )
            for one in extractor_ids(config)
        ),
        NodeSpec(PAGES, "pages", "database", 6, faults=(), card=CARDS[PAGES]),
    )  # fmt: skip
