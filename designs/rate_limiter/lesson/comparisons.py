"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison
from sdlab.lab.scenario import Fault

COMPARISONS = (
    PreparedComparison(
        id="store",
        question="Where must the counter live?",
        toggle="store",
        alternatives=(
            Alternative("One step", {"store": "shared"}),
            Alternative("Read, then write", {"store": "racy"}),
        ),
        workload="burst",
        rate=3,
        expect="Thirty requests read the same count before any writes: all pass, far over the limit.",
        answer="over_limit",
        best=("One step",),
        counts=("request over the limit", "requests over the limit"),
    ),
    PreparedComparison(
        id="boundary",
        question="Which algorithm minds the edge of a window?",
        toggle="algorithm",
        alternatives=(
            Alternative("Fixed window", {"algorithm": "fixed_window"}, {"window_s": 2}),
            Alternative("Sliding log", {"algorithm": "sliding_log"}, {"window_s": 2}),
            Alternative("Sliding counter", {"algorithm": "sliding_counter"}, {"window_s": 2}),
        ),
        workload="boundary",
        rate=20,
        expect="A fixed window forgets at its edge, and twice the limit passes around it; the sliding ones remember.",
        answer="worst_window",
        best=("Sliding log", "Sliding counter"),
        counts=("request in the fullest window", "requests in the fullest window"),
        seconds=5,
    ),
    PreparedComparison(
        id="client_key",
        question="Is an address a client?",
        toggle="client_key",
        alternatives=(
            Alternative("By user", {"client_key": "user"}),
            Alternative("By IP address", {"client_key": "ip"}),
        ),
        workload="one_abuser",
        rate=30,
        expect="Eve shares the office's address: by address, Ana and Ben are refused for what she sent.",
        answer="broken_own_use_only",
        best=("By user",),
        counts=("refused for somebody else", "refused for somebody else"),
    ),
    PreparedComparison(
        id="on_failure",
        question="What passes while the store is down?",
        toggle="on_failure",
        alternatives=(
            Alternative("Fail closed", {"on_failure": "closed"}),
            Alternative("Local fallback", {"on_failure": "fallback"}),
            Alternative("Fail open", {"on_failure": "open"}),
        ),
        workload="one_abuser",
        rate=30,
        faults=(Fault("redis", "down"),),
        expect="Closed refuses everybody, open lets everything through unasked, and gateways that count alone do neither.",
        answer="broken_nothing_unchecked",
        best=("Fail closed", "Local fallback"),
        counts=("request that no counter saw", "requests that no counter saw"),
    ),
)
