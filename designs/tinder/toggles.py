"""The deep dives as switches and numbers of the running system."""

from __future__ import annotations

from designs.tinder.engine.feed_cache import MOST_CARDS
from designs.tinder.engine.people import MOST_PEOPLE
from designs.tinder.engine.strategies.change import CHANGES
from designs.tinder.engine.strategies.feed import FEEDS
from designs.tinder.engine.strategies.matching import MATCHERS
from designs.tinder.engine.strategies.seen import SEEN
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="feed",
        short="Where do cards come from?",
        question="Where do the next cards come from?",
        options=options(FEEDS),
        default="precomputed",
        changes="What GET /feed does: ask the database, repeat an answer, or read a queue that is ready.",
        watch="Who was asked, the milliseconds of a refill, and the queue. The card on top never waits: it is on the phone.",
        panel="refill",
        also=("queue", "score"),
        shown_under="city",
    ),
    Toggle(
        id="again",
        short="Never the same face twice?",
        question="How do you never show a face twice?",
        options=options(SEEN),
        default="bloom",
        changes="Who is asked whether somebody was swiped already.",
        watch="Shown again, against hidden: the price of one is paid with the other.",
        panel="again",
        also=("filter",),
        unprotected="database",
        protects="not_again",
        breaks_under="restless",
    ),
    Toggle(
        id="match",
        short="When is it a match?",
        question="How does a mutual like become a match?",
        options=options(MATCHERS),
        default="atomic",
        changes="How a swipe looks at the other side while it writes its own.",
        watch="The lanes: two writes, two looks, and whether either look came after the other write.",
        panel="race",
        also=("partitions",),
        unprotected="replicas",
        protects="matched",
        breaks_under="both",
    ),
    Toggle(
        id="change",
        short="What if a filter changes?",
        question="What if a filter or a location changes?",
        options=options(CHANGES),
        default="evict",
        changes="Whether prepared cards are taken out when they no longer fit.",
        watch="Change your distance: cards dropped at once, or shown although they no longer fit.",
        panel="stale",
        also=("queue", "map"),
        shown_under="restless",
    ),
)

KNOBS = (
    Knob(
        "ttl_s",
        "Feed TTL",
        "s",
        2,
        3600,
        30,
        changes="How long a prepared feed may be served.",
        about="change",
    ),
    Knob(
        "refill_at",
        "Refill at",
        "cards left",
        0,
        15,
        5,
        changes="When phones and queues ask for more.",
        about="feed",
    ),
    Knob(
        "batch",
        "Cards per refill",
        "cards",
        1,
        MOST_CARDS,
        20,
        changes="How many cards travel at once.",
        about="feed",
    ),
    Knob(
        "replication_ms",
        "Replication delay",
        "ms",
        0,
        5000,
        300,
        changes="How long a swipe is on its way to the other replica.",
        about="match",
    ),
    Knob(
        "bloom_bits",
        "Bloom filter",
        "bits per person",
        256,
        65_536,
        4096,
        changes="The size of each filter; smaller ones hide more people for good.",
        about="again",
    ),
    Knob(
        "bloom_from",
        "Filter from",
        "swipes",
        0,
        1000,
        10,
        changes="From which history on a person gets a filter.",
        about="again",
    ),
    Knob(
        "recent",
        "Recent swipes kept",
        "swipes",
        5,
        200,
        50,
        changes="K: on the phone, and in the cache.",
        about="again",
    ),
    Knob(
        "people",
        "People",
        "people",
        200,
        MOST_PEOPLE,
        3000,
        changes="How many live in the area.",
        about="feed",
    ),
)
