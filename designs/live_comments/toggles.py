"""The deep dives as switches and numbers of the running system."""

from __future__ import annotations

from designs.live_comments.engine.strategies import (
    DELIVERY_METHODS,
    DISTRIBUTIONS,
    FULL_BUFFERS,
    PAGINATIONS,
    ROUTINGS,
    TRANSPORTS,
)
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="delivery",
        question="How does a comment get to a screen?",
        options=options(DELIVERY_METHODS),
        default="sse",
        changes="All simulated viewers and the screens of the page reconnect by the new method, or begin to poll.",
        watch="Deliveries and bytes by method, and their delay: most polls come back empty.",
        panel="deliveries",
    ),
    Toggle(
        id="routing",
        question="Which server gets a viewer?",
        options=options(ROUTINGS),
        default="by_stream",
        changes="Everybody reconnects, and is sent where the rule says.",
        watch="The matrix: how many streams each server has to listen for.",
        panel="matrix",
    ),
    Toggle(
        id="distribution",
        question="Which comments does a server hear?",
        options=options(DISTRIBUTIONS),
        default="partitioned",
        changes="What servers subscribe to, and who decides where a comment is sent.",
        watch="The channels of each server, and how many of its messages are useful.",
        panel="matrix",
    ),
    Toggle(
        id="transport",
        question="What if nobody listens at that moment?",
        options=options(TRANSPORTS),
        default="log",
        changes="Comments go over channels that keep nothing, or over a log that is read from a position.",
        watch="End a server: its viewers go on where they stopped, or have missed something.",
        panel="bus",
        unprotected="pubsub",
        protects="seen_once",
        breaks_under="deploys",
    ),
    Toggle(
        id="pagination",
        question="How does one page through what moves?",
        options=options(PAGINATIONS),
        default="cursor",
        changes="What readers of history ask for: so many to skip, or a position to go on from.",
        watch="Duplicates and gaps while comments are added and hidden.",
        panel="paging",
        unprotected="offset",
        protects="pages_exact",
        breaks_under="readers",
    ),
    Toggle(
        id="slow_viewer",
        question="What about a viewer who cannot keep up?",
        options=options(FULL_BUFFERS),
        default="drop",
        changes="What a server does when a viewer's buffer has no room for the next comment.",
        watch="Buffers, and the claim that nobody waits for somebody else.",
        panel="buffers",
        under=("viewers:slow",),
        unprotected="wait",
        protects="unhindered",
        breaks_under="come_and_go",
    ),
)

KNOBS = (
    Knob("servers", "Servers", "nodes", 2, 6, 4, changes="Servers that hold connections."),
    Knob(
        "capacity", "Capacity", "connections", 500, 10_000, 4000, 500, changes="Most connections per server."
    ),
    Knob("log_kept", "Log", "entries", 100, 10_000, 1000, 100, changes="Entries kept per stream."),
    Knob("buffer", "Buffer", "events", 8, 512, 128, 8, changes="Events that may wait for one viewer."),
    Knob(
        "viewers",
        "Viewers",
        "simulated",
        0,
        10_000,
        300,
        50,
        changes="How many watch while there is traffic; ten seconds after its end they leave.",
    ),
    Knob("poll_s", "Polling interval", "s", 1, 10, 2, changes="Seconds between two polls of a viewer."),
    Knob(
        "author_limit", "Author limit", "comments", 1, 100, 10, changes="Comments per author in ten seconds."
    ),
)
