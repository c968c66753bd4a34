"""The deep dives as switches and numbers of the running system."""

from __future__ import annotations

from designs.facebook_feed.engine.strategies import ACKS, CURSORS, FANOUTS, HOT_CACHES, PAGE_CACHES, REMOVALS
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="fanout",
        question="Who does the work: the author or the reader?",
        options=options(FANOUTS),
        default="hybrid",
        changes="What happens to the next post: into every feed at once, by workers, or not before it is read.",
        watch="Writes per post and lists read per view, per approach; how long posting takes.",
        panel="approaches",
    ),
    Toggle(
        id="ack",
        question="When is a fan-out job done?",
        options=options(ACKS),
        default="after",
        changes="When a worker tells the queue that it need not keep the job.",
        watch="End a worker in the middle of a job: another finishes it, or feeds miss the post for good.",
        panel="queue",
        unprotected="before",
        protects="delivered",
        breaks_under="crashes",
    ),
    Toggle(
        id="cursor",
        question="How is a position in the timeline named?",
        options=options(CURSORS),
        default="time_id",
        changes="What the next page goes on behind.",
        watch="Posts of one second at the end of a page: never shown, or shown twice.",
        panel="paging",
        unprotected="time",
        protects="pages_exact",
        breaks_under="scrollers",
    ),
    Toggle(
        id="page_cache",
        question="Are pages kept for the next scroll?",
        options=options(PAGE_CACHES),
        default="off",
        changes="Whether fifty pages per reader are put together at once and served until they are too old.",
        watch="Reads per view fall; posts that were ready are not shown.",
        panel="pages",
    ),
    Toggle(
        id="hot_cache",
        question="Where does a post come from that everybody reads?",
        options=options(HOT_CACHES),
        default="replicated",
        changes="Which cache node is asked for the text of a post.",
        watch="Load per node under the reader storm: one melts, or all share it.",
        panel="caches",
    ),
    Toggle(
        id="removal",
        question="How do unfollow and delete leave the feeds?",
        options=options(REMOVALS),
        default="purge",
        changes="Whether entries that were written ahead are taken out, checked when read, or left.",
        watch="Unfollow the author: the posts go, or stay.",
        panel="removal",
        unprotected="leave",
        protects="gone",
        breaks_under="churn",
    ),
)

KNOBS = (
    Knob(
        "threshold",
        "Popular above",
        "followers",
        0,
        1000,
        100,
        10,
        changes="Posts of accounts with more followers are merged in when read (hybrid).",
    ),
    Knob("workers", "Workers", "workers", 1, 6, 3, changes="Workers that fill feeds."),
    Knob(
        "worker_rate",
        "Write capacity",
        "entries/s each",
        500,
        100_000,
        2000,
        500,
        changes="Feed entries per second that one worker may write.",
    ),
    Knob("cache_ttl", "Pages last", "s", 5, 120, 60, 5, changes="How old kept pages may get."),
    Knob("cache_nodes", "Cache nodes", "nodes", 2, 6, 3, changes="Nodes that hold hot posts."),
    Knob(
        "node_rate",
        "Node capacity",
        "posts/s each",
        50,
        2000,
        400,
        50,
        changes="Posts per second that one cache node can answer; more is refused.",
    ),
)
