"""The deep dives as switches and numbers of the running system."""

from __future__ import annotations

from designs.top_k.engine.strategies import COUNTERS, COUNTINGS, OVERLAYS, SIZINGS, SLIDINGS, UPDATES
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="counting",
        question="Who counts the views?",
        options=options(COUNTINGS),
        default="partitioned",
        changes="Where a view is counted and how an answer comes together. What was counted is taken along.",
        watch="Hosts: memory and load; the answer beside the truth: which counts are off, and how old they are.",
        panel="fleet",
    ),
    Toggle(
        id="sliding",
        question="How does the window slide?",
        options=options(SLIDINGS),
        default="ring_12",
        changes="How many slices each window is made of. A whole slice leaves at once.",
        watch="Windows: how much is covered; tumbling, the leaderboard is empty at each turn.",
        panel="windows",
    ),
    Toggle(
        id="counters",
        question="How is a counter raised?",
        options=options(COUNTERS),
        default="atomic",
        changes="Whether another view of the same video is served between reading a counter and writing it, which "
        "the knob “time between read and write” sets apart.",
        watch="The claim that every view is counted once, under the viral spike.",
        panel="fleet",
        unprotected="read_then_write",
        protects="counted_once",
        breaks_under="viral_spike",
    ),
    Toggle(
        id="overlay",
        question="Compare with a sketch?",
        options=options(OVERLAYS),
        default="on",
        changes="Whether every view also goes into a sketch that answers nobody.",
        watch="Sketch and its errors: recall, mean and largest error against the bound.",
        panel="errors",
    ),
    Toggle(
        id="sketch_update",
        question="What does a view raise?",
        options=options(UPDATES),
        default="conservative",
        changes="Whether all cells of a video go up or only the smallest. The sketch is counted again.",
        watch="Errors of the sketch: plain ones are larger for the same memory.",
        panel="errors",
    ),
    Toggle(
        id="sizing",
        question="What sizes the sketch?",
        options=options(SIZINGS),
        default="manual",
        changes="Whether the width is set, or follows from a budget of memory.",
        watch="Sketch: width, memory, and the bound that comes with them.",
        panel="sketch",
    ),
)

KNOBS = (
    Knob("hosts", "Hosts", "hosts", 1, 6, 3, changes="Slots move to their new hosts, with their counts."),
    Knob("replicas", "Copies of each count", "copies", 1, 3, 2, changes="With one, a dead host's counts are gone."),
    Knob("k", "Ranks of a leaderboard", "ranks", 3, 20, 10, changes="How many the page asks for."),
    Knob("skew", "Zipf skew", "", 0.0, 2.0, 1.1, step=0.1, changes="How unequal videos are; 0 is flat."),
    Knob("videos", "Videos to choose from", "videos", 20, 50_000, 2000, step=10, changes="What load can pick."),
    Knob("width", "Sketch width", "counters", 16, 4096, 256, step=16, changes="Wider: smaller errors."),
    Knob("depth", "Sketch depth", "rows", 1, 8, 4, changes="Deeper: fewer estimates beyond the bound."),
    Knob("heap_size", "Heap", "videos", 10, 200, 50, step=10, changes="How many videos the sketch knows by name."),
    Knob("budget_kib", "Memory budget", "KiB", 8, 8192, 256, step=8, changes="For all sketches together."),
    Knob("hash_seed", "Hash seed", "", 0, 999, 1, changes="Other videos collide; the size of errors stays."),
    Knob("gap_ms", "Time between read and write", "ms", 0, 50, 1, changes="With 0 nobody comes in between."),
    Knob("flush_s", "Batch interval", "s", 1, 20, 2, changes="Longer: fewer files, later answers."),
)  # fmt: skip
