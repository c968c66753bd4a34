"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="makespan",
        question="What does it bring to cut a file up?",
        toggle="split",
        alternatives=(
            Alternative("Whole file", {"split": "whole"}, {"workers": 4}),
            Alternative("Segments, 1 transcoder", {}, {"workers": 1}),
            Alternative("Segments, 2 transcoders", {}, {"workers": 2}),
            Alternative("Segments, 4 transcoders", {}, {"workers": 4}),
        ),
        workload="alone",
        rate=0.7,
        expect="A whole file takes as long as one transcoder, however many there are; segments are shared out.",
        answer="makespan_p50",
        best=("Segments, 4 transcoders",),
        counts=("ms, p50", "ms, p50"),
        seconds=6,
    ),
    PreparedComparison(
        id="path",
        question="What do app servers carry?",
        toggle="path",
        alternatives=(
            Alternative("Through the app servers", {"path": "app"}),
            Alternative("Straight to the store", {"path": "direct"}),
        ),
        workload="alone",
        rate=2,
        expect="With signed addresses no byte of a file passes an app server.",
        answer="app_bytes",
        best=("Straight to the store",),
        counts=("byte carried", "bytes carried"),
        seconds=3,
    ),
    PreparedComparison(
        id="abr",
        question="Who gets through the tunnel without a stall?",
        toggle="abr",
        alternatives=(
            Alternative("Fixed 720p", {"abr": "fixed"}),
            Alternative("Throughput-based", {"abr": "throughput"}),
            Alternative("Buffer-based", {"abr": "buffer"}),
        ),
        workload="trace",
        rate=2,
        expect="Fixed has the most bits and stalls in the tunnel; the others go down in time. Switches and bits differ.",
        answer="stalled_s",
        best=("Throughput-based", "Buffer-based"),
        counts=("s stalled", "s stalled"),
        seconds=22,
    ),
)
