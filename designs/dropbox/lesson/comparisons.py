"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison

COMPARISONS = (
    PreparedComparison(
        id="chunking",
        question="What does one byte more cost, in front, in the middle, at the end?",
        toggle="chunking",
        alternatives=(
            Alternative("Fixed size", {"chunking": "fixed"}),
            Alternative("By content", {"chunking": "content"}),
        ),
        workload="inserts",
        rate=4,
        expect="Cut at fixed sizes a byte in front makes every chunk new; by content one or two. Appended, both send one.",
        answer="a_byte",
        best=("By content",),
        counts=("byte sent", "bytes sent"),
        seconds=6,
    ),
    PreparedComparison(
        id="compression",
        question="What does compression save of texts, pictures and archives?",
        toggle="compression",
        alternatives=(
            Alternative("None", {"compression": "none"}),
            Alternative("zstd, by file type", {"compression": "by_type"}),
        ),
        workload="kinds",
        rate=4,
        expect="Texts shrink to less than half; pictures and archives are compressed already, and travel as they are.",
        answer="sent_share",
        best=("zstd, by file type",),
        counts=("% sent", "% sent"),
        seconds=6,
    ),
    PreparedComparison(
        id="delivery",
        question="How late are changes, and how many questions does that take?",
        toggle="delivery",
        alternatives=(
            Alternative("Fixed interval", {"delivery": "fixed"}),
            Alternative("Adaptive", {"delivery": "adaptive"}),
            Alternative("Long poll", {"delivery": "long_poll"}),
        ),
        workload="edits",
        rate=2,
        expect="A waiting question is answered at once; an interval is late by half of itself, a short one asks more often.",
        answer="delay_p50",
        best=("Long poll",),
        counts=("ms", "ms"),
        seconds=8,
    ),
    PreparedComparison(
        id="changes",
        question="Who finds what nobody was told of?",
        toggle="changes",
        alternatives=(
            Alternative("Log with a cursor", {"changes": "log"}),
            Alternative("Scan of all files", {"changes": "scan"}),
            Alternative("Notifications alone", {"changes": "told"}),
        ),
        workload="lost",
        rate=5,
        expect="A cursor and a scan catch up with the next question; without either, files stay different.",
        answer="differing",
        best=("Log with a cursor", "Scan of all files"),
        counts=("file stayed different", "files stayed different"),
        seconds=8,
    ),
)
