"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="allocator_lock",
        question="What is the lock on the allocator worth?",
        toggle="allocator_lock",
        alternatives=(
            Alternative("Lock on", knobs={"key_servers": 1}),
            Alternative("Lock off", {"allocator_lock": "off"}, {"key_servers": 1}),
        ),
        workload="new_links_storm",
        rate=150,
        expect="Without the lock two requests at one key server take the same number, and one code is given to two URLs.",
        answer="overwritten",
        best=("Lock on",),
        counts=("code given to two URLs", "codes given to two URLs"),
        seconds=2,
    ),
    PreparedComparison(
        id="url_lock",
        question="What if forty clients shorten one URL at once?",
        toggle="url_lock",
        alternatives=(Alternative("Lock on"), Alternative("Lock off", {"url_lock": "off"})),
        workload="identical_burst",
        rate=100,
        expect="Without a lock on the URL, each looks before any has written, and the URL gets several codes.",
        answer="doubled",
        best=("Lock on",),
        counts=("URL with a second code", "URLs with a second code"),
        seconds=2,
    ),
    PreparedComparison(
        id="read_cache",
        question="What does a cache spare the shards?",
        toggle="cache",
        alternatives=(
            Alternative("No cache", {"cache": "off"}),
            Alternative("LRU, 20 links", {"cache": "lru"}, {"cache_size": 20}),
            Alternative("LRU, 500 links", {"cache": "lru"}),
        ),
        workload="read_heavy",
        rate=150,
        expect="A few links get most of the clicks: even twenty entries answer for them, and five hundred for nearly all.",
        answer="shard_calls",
        best=("LRU, 500 links",),
        counts=("call of a shard", "calls of shards"),
        seconds=3,
    ),
    PreparedComparison(
        id="bloom",
        question="What does a Bloom filter spare the database?",
        toggle="one_to_one",
        alternatives=(
            Alternative("Look up each URL", {"one_to_one": "index"}),
            Alternative("Bloom filter first", {"one_to_one": "bloom"}),
        ),
        workload="new_links_storm",
        rate=200,
        expect="All URLs are new: the filter says so without asking, and is wrong about few of them.",
        answer="url_lookups",
        best=("Bloom filter first",),
        counts=("lookup of a URL", "lookups of URLs"),
        seconds=2,
    ),
)
