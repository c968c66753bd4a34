"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison
from sdlab.lab.scenario import Fault

COMPARISONS = (
    PreparedComparison(
        id="matching",
        question="What does it cost to find the alerts of one tick?",
        toggle="matching",
        alternatives=(
            Alternative("SQL range", {"matching": "sql"}),
            Alternative("Percolator", {"matching": "percolator"}),
            Alternative("Sorted thresholds", {"matching": "thresholds"}),
        ),
        workload="market",
        rate=200,
        expect="Two bisections in memory take microseconds; a query takes a thousand times that, whatever it finds.",
        answer="match_ms",
        best=("Sorted thresholds",),
        counts=("ms per tick", "ms per tick"),
    ),
    PreparedComparison(
        id="order",
        question="What does it cost that nobody keeps the order of a stock?",
        toggle="order",
        alternatives=(
            Alternative("One partition per stock", {"order": "partitioned"}),
            Alternative("Any consumer", {"order": "any"}),
            Alternative("Any, late ones dropped", {"order": "any_newest"}),
        ),
        workload="chop",
        rate=200,
        expect="One consumer is slow. Its old ticks come last and look like moves of now; dropped, they take spikes along.",
        answer="wrong",
        best=("One partition per stock",),
        counts=("alert false or missed", "alerts false or missed"),
        seconds=4,
        faults=(Fault("consumer-1", "slow"),),
    ),
    PreparedComparison(
        id="feed",
        question="What does a poller never see?",
        toggle="feed",
        alternatives=(
            Alternative("Push", {"feed": "push"}),
            Alternative("Poll every second", {"feed": "poll"}, {"poll_s": 1}),
            Alternative("Poll every 5 s", {"feed": "poll"}, {"poll_s": 5}),
            Alternative("Poll every 30 s", {"feed": "poll"}, {"poll_s": 30}),
        ),
        workload="spikes",
        rate=15,
        expect="A price that jumps for one tick is gone at the next look; the longer the pause, the later the rest.",
        answer="missed",
        best=("Push",),
        counts=("crossing missed", "crossings missed"),
        seconds=33,
    ),
    PreparedComparison(
        id="once",
        question="Which mark survives a notifier that dies between its steps?",
        toggle="once",
        alternatives=(
            Alternative("Nothing", {"once": "off"}),
            Alternative("Status in SQL", {"once": "status"}),
            Alternative("Key, then status", {"once": "both"}),
        ),
        workload="market",
        rate=100,
        expect="Without a mark what was sent is sent again; with the status first, what was marked is never sent.",
        answer="broken_fires",
        best=("Nothing", "Key, then status"),
        counts=("alert lost", "alerts lost"),
        seconds=6,
        faults=(Fault("notifier", "unmarked"),),
    ),
)
