"""The deep dives as switches and numbers of the running system."""

from __future__ import annotations

from designs.url_shortener.strategies import (
    ALLOCATOR_LOCKS,
    CACHES,
    GENERATORS,
    MAPPINGS,
    PLACEMENTS,
    REDIRECTS,
    URL_LOCKS,
)
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="generator",
        question="How is the key made?",
        options=options(GENERATORS),
        default="token_range",
        changes="Where the next code comes from. Links that exist keep theirs.",
        watch="Key generator: how a code comes about, collisions, and how far apart two codes are.",
        panel="generator",
    ),
    Toggle(
        id="redirect",
        question="How are browsers redirected?",
        options=options(REDIRECTS),
        default="302",
        changes="Status and Cache-Control of every redirect from now on.",
        watch="Clicks: with 301 public the seen line falls below the made line.",
        panel="clicks",
    ),
    Toggle(
        id="cache",
        question="What answers before the shards?",
        options=options(CACHES),
        default="lru",
        changes="Whether a redirect looks into memory first, and how long an entry may stay.",
        watch="Cache: hit ratio; latency: redirects from the cache against redirects from a shard.",
        panel="cache",
    ),
    Toggle(
        id="one_to_one",
        question="One code per URL?",
        options=options(MAPPINGS),
        default="off",
        changes="Whether a create first finds out if its URL has a code (alias and expiry make a link of their own).",
        watch="Bloom filter: lookups avoided, and false positives against theory.",
        panel="bloom",
    ),
    Toggle(
        id="allocator_lock",
        question="Lock on the allocator?",
        options=options(ALLOCATOR_LOCKS),
        default="on",
        changes="Whether taking a code and claiming it is one step, or look first and write later.",
        watch="The claim that no code serves two URLs, under the new-links storm.",
        panel="generator",
        unprotected="off",
        protects="one_url_per_code",
        breaks_under="new_links_storm",
    ),
    Toggle(
        id="url_lock",
        question="Lock on the long URL?",
        options=options(URL_LOCKS),
        default="on",
        changes="With 1:1 on: whether clients who ask for one URL at once wait for each other.",
        watch="The claim that one URL has one code, with 1:1 on, under the burst of identical URLs.",
        panel="locks",
        unprotected="off",
        protects="one_code_per_url",
        breaks_under="identical_burst",
    ),
    Toggle(
        id="placement",
        question="Which shard has a code?",
        options=options(PLACEMENTS),
        default="ring",
        changes="The rule from codes to shards. Rows move to their new shard while reads go on.",
        watch="Shard map: how many rows moved, and what the other rule would have moved.",
        panel="shard_map",
    ),
)

KNOBS = (
    Knob("code_length", "Code length", "signs", 2, 7, 7, changes="The code space: 62 to the power of this."),
    Knob("shards", "Shards", "shards", 1, 8, 3, changes="Rows move to their new owners, live."),
    Knob("replicas", "Copies of each shard", "copies", 1, 2, 1, changes="With two, a dead shard's links stay readable."),
    Knob("virtual_nodes", "Virtual nodes per shard", "nodes", 1, 256, 64, changes="More make shares evener."),
    Knob("cache_size", "Cache size", "links", 10, 10_000, 500, step=10, changes="How many links the cache holds."),
    Knob("cache_ttl_s", "Cache lifetime", "s", 1, 600, 30, changes="How long a TTL entry is served."),
    Knob("bloom_capacity", "Bloom capacity", "URLs", 100, 200_000, 10_000, step=100, changes="URLs it is sized for."),
    Knob("bloom_error_pct", "Bloom error", "%", 0.1, 50, 1.0, step=0.1, changes="Share of false alarms when full."),
    Knob("range_size", "Token range", "tokens", 10, 100_000, 1000, step=10, changes="Tokens per lease, and per loss."),
    Knob("key_servers", "Key servers", "servers", 1, 4, 3, changes="Servers that walk ranges, or Snowflake workers."),
)
