"""The deep dives as switches and numbers of the running system."""

from __future__ import annotations

from designs.rate_limiter.engine.strategies import (
    ALGORITHMS,
    CLIENT_KEYS,
    CLOCKS,
    FAILURES,
    HIERARCHIES,
    SHADOWS,
    STORES,
)
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="algorithm",
        question="Which algorithm decides?",
        options=options(ALGORITHMS),
        default="token_bucket",
        changes="Who answers from the next request on. The others go on beside it and decide nothing.",
        watch="Lanes: the same requests, six verdicts. Promise and count: the most that passed in any window.",
        panel="lanes",
    ),
    Toggle(
        id="store",
        question="Where does the counter live?",
        options=options(STORES),
        default="shared",
        changes="Which counters the gateways read and write, and whether doing so is one step.",
        watch="Passed against limit: read-then-write and counters per gateway go over the promise.",
        panel="used",
        unprotected="racy",
        protects="within_limit",
        breaks_under="burst",
    ),
    Toggle(
        id="client_key",
        question="Who is a client?",
        options=options(CLIENT_KEYS),
        default="user",
        changes="What an allowance belongs to. Ana, Ben and Eve share one office address; Dev has two keys.",
        watch="The claim that nobody is refused for somebody else, with Eve's traffic running.",
        panel="accounts",
        unprotected="ip",
        protects="own_use_only",
        breaks_under="one_abuser",
    ),
    Toggle(
        id="on_failure",
        question="What if the store is down?",
        options=options(FAILURES),
        default="closed",
        changes="What a gateway does with a request that the counter store does not answer for.",
        watch="Take the counter store down while traffic runs: refused, unlimited, or limited roughly.",
        panel="counters",
    ),
    Toggle(
        id="clock",
        question="Whose clock counts?",
        options=options(CLOCKS),
        default="store",
        changes="Whether a check is decided at one time for all or at its gateway's.",
        watch="Skew a gateway's clock: with the gateways' clocks, the sliding log forgets too early.",
        panel="counters",
    ),
    Toggle(
        id="hierarchy",
        question="One rule or two?",
        options=options(HIERARCHIES),
        default="client",
        changes="Whether a request must also fit a limit for all clients together, in the same atomic step.",
        watch="All together: many clients, each within its rule, meet the global one.",
        panel="together",
    ),
    Toggle(
        id="shadow",
        question="Who looks at each request?",
        options=options(SHADOWS),
        default="on",
        changes="Whether the other algorithms evaluate each request too, each with state of its own.",
        watch="Lanes, and the checks that travel together per trip.",
        panel="lanes",
    ),
)

KNOBS = (
    Knob("limit", "Limit", "requests", 1, 1000, 10, changes="Requests per window, for each client."),
    Knob("window_s", "Window", "s", 1, 60, 10, changes="How long a window is."),
    Knob(
        "burst",
        "Burst",
        "requests",
        1,
        1000,
        5,
        changes="Bucket size: at once (token, GCRA) or waiting (leaky).",
    ),
    Knob(
        "global_limit",
        "Global limit",
        "requests",
        1,
        2000,
        40,
        changes="Per window, for all clients together.",
    ),
    Knob("gateways", "Gateways", "nodes", 1, 4, 3, changes="Nodes that requests are spread over, in turn."),
    Knob(
        "ipv6_prefix",
        "IPv6 prefix",
        "bits",
        32,
        128,
        64,
        changes="How much of an IPv6 address is one client; 128 takes each address for another.",
    ),
)
