"""The questions of this design, as switches and numbers of the running system."""

from __future__ import annotations

from designs.leetcode.engine.strategies import DELIVERIES, ISOLATIONS, RANKINGS, STARTS, WATCHINGS
from sdlab.lab import Knob, Toggle, options

TOGGLES = (
    Toggle(
        id="isolation",
        short="Where does code run?",
        question="Where does the code of strangers run?",
        options=options(ISOLATIONS),
        default="namespaces",
        changes="How the interpreter is confined before it is given any code. What the host does not have is replaced.",
        watch="Attacks: what each was given for a verdict, and what it got of the host.",
        panel="attacks",
        also=("sandboxes",),
        unprotected="process",
        protects="host",
        breaks_under="attacks",
    ),
    Toggle(
        id="start",
        short="When does a sandbox start?",
        question="When is a sandbox started?",
        options=options(STARTS),
        default="warm",
        changes="Whether interpreters wait for their job, inside their sandboxes, or are started for it.",
        watch="Sandboxes: how many were cold, and how long a job waited for its interpreter.",
        panel="sandboxes",
        also=("queue",),
        shown_under="contest",
    ),
    Toggle(
        id="delivery",
        short="What if a runner dies?",
        question="What becomes of a submission whose runner dies?",
        options=options(DELIVERIES),
        default="fenced",
        changes="Whether the queue forgets what is taken, and whether a verdict shows its token.",
        watch="Queue and runners: submissions that nobody has, and verdicts that were refused or written twice.",
        panel="queue",
        also=("verdicts",),
        under=("runner-1:dies", "runner-2:stopped"),
        unprotected="popped",
        protects="once",
        breaks_under="contest",
    ),
    Toggle(
        id="board",
        short="Who asks who leads?",
        question="Where is the leaderboard read?",
        options=options(RANKINGS),
        default="sorted",
        changes="Whether a look reads all rows, a copy that may be old, or a structure that is in order already.",
        watch="Leaderboard: reads of the database, their time, and how old what was shown was.",
        panel="board",
        also=("watching",),
        unprotected="ttl",
        protects="board",
        breaks_under="finale",
    ),
    Toggle(
        id="watching",
        short="Ask, or be told?",
        question="How does a spectator hear that the leaderboard has changed?",
        options=options(WATCHINGS),
        default="push",
        changes="Whether each spectator asks every few seconds, or all are told once something has changed.",
        watch="Spectators: requests, bytes, and how old news were when they came.",
        panel="watching",
        also=("board",),
        shown_under="finale",
    ),
)

KNOBS = (
    Knob(
        "cpu_ms", "CPU time of a submission", "ms", 100, 2000, 500, step=50,
        changes="What takes more is ended: time limit.", about="isolation",
    ),
    Knob(
        "memory_mb", "Memory of a submission", "MB", 64, 512, 128, step=16,
        changes="What asks for more gets none: memory limit.", about="isolation",
    ),
    Knob(
        "warm", "Interpreters that wait", "per runner", 1, 3, 1,
        changes="More: a burst finds them ready, and each has its memory all the time.", about="start",
    ),
    Knob("runners", "Runners", "processes", 1, 4, 2, changes="How many are judged at once.", about="delivery"),
    Knob(
        "lease_s", "Life of a lease", "s", 0.5, 10.0, 1.5, step=0.5,
        changes="Shorter: what a dead runner had comes again sooner; a slow one is taken for dead.", about="delivery",
    ),
    Knob(
        "ttl_s", "Life of the cache", "s", 0.5, 30.0, 5.0, step=0.5,
        changes="Longer: fewer reads of the database, an older leaderboard.", about="board",
    ),
    Knob(
        "history", "Submissions of before", "rows", 0, 100_000, 0, step=1000,
        changes="So many rows stand in the store before the contest begins.", about="board",
    ),
    Knob("spectators", "Spectators", "people", 1, 200, 30, changes="How many look at the leaderboard.", about="watching"),
    Knob(
        "poll_s", "Between two polls", "s", 0.5, 10.0, 3.0, step=0.5,
        changes="Shorter: more requests, younger news.", about="watching",
    ),
)  # fmt: skip
