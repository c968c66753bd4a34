"""Questions about top-k; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.top_k.engine.strategies import SLOTS, Partitioned, RandomHosts
from sdlab.blocks.count_min import CountMin, depth_for, width_for
from sdlab.blocks.k_way_merge import merge_ranked
from sdlab.lab import Choice, Question


def slots_moved_by_a_fourth_host() -> float:
    """The per cent of slots that get another first host when a fourth joins three."""
    moved = sum(Partitioned.owners(slot, 3, 1) != Partitioned.owners(slot, 4, 1) for slot in range(SLOTS))
    return 100 * moved / SLOTS


def entries_read() -> float:
    """How many entries a merge of 5 ranked lists of 100 looks at for the first 10, one list having them all."""
    lists = [[(f"{host}-{n}", 1000 * (5 - host) - n) for n in range(100)] for host in range(5)]
    return float(merge_ranked(lists, 10).read)


def width_for_a_thousandth() -> float:
    """The width of a sketch that is off by at most a thousandth of all views."""
    return float(width_for(0.001))


def sketch_kib() -> float:
    """KiB of one sketch of 2,048 counters in four rows."""
    return CountMin(width=2048, depth=4).nbytes / 1024


def wrong_winner() -> str:
    """What merging short lists makes of two hosts that were sent views at random."""
    first = [("a", 10), ("b", 9), ("c", 8)]
    second = [("d", 10), ("b", 9), ("c", 8)]
    whole, _ = RandomHosts.merge([first, second], 1)
    short = merge_ranked([first[:1], second[:1]], 1).first
    return f"{short[0][0]} instead of {whole[0][0]}"


QUIZ = (
    Question(
        id="short_lists",
        text="Views are routed to hosts at random. Each host sends only its own top 10. What can happen?",
        explanation="A video that is eleventh everywhere may be first in all. Short lists are enough only when each "
        f"video is on one host. With two hosts and k = 1 the code that runs here would say {wrong_winner()}.",
        choices=(
            Choice("Nothing: the global top 10 is among the local ones", "Only if no video is on two hosts."),
            Choice(
                "One that is popular everywhere, but first nowhere, is missing",
                "Its parts were never added.",
                right=True,
            ),
            Choice("Counts are right, only their order is not", "Counts lack the parts that were not sent."),
        ),
    ),
    Question(
        id="too_large",
        text="A count-min sketch says that a video has 500 views. What is certain?",
        explanation="Every cell of the video holds its own views, and perhaps those of others.",
        choices=(
            Choice("It has 500", "Others may have raised all its cells."),
            Choice("It has at least 500", "Cells only ever hold too much."),
            Choice("It has at most 500", "The least of its cells still holds all of its views.", right=True),
            Choice("It has 500 give or take ε", "The error has one sign only."),
        ),
    ),
    Question(
        id="one_copy",
        text="Three hosts, each count in one copy. A host is killed and started again. What is missing?",
        explanation="Counters live in memory. What it counts from now on is right, what it had counted is gone.",
        choices=(
            Choice("Nothing, the log has everything", "The log is kept, but hosts count in memory: nobody reads it to them."),
            Choice("All views of its videos until then", "No other host has them.", right=True),
            Choice("A third of the views of each video", "That is what random routing would lose."),
        ),
    ),
    Question(
        id="hot",
        text="One video gets most of the views. What helps its host?",
        explanation="A partition by video id keeps all views of a video together. Only splitting the key spreads them, and "
        "then its parts must be added again when somebody asks.",
        choices=(
            Choice("More hosts", "The video stays on one of them."),
            Choice("More copies", "Every copy counts every view."),
            Choice("Splitting the video's count over several keys", "As random routing does, for one video.", right=True),
        ),
    ),
    Question(
        id="tumbling",
        text="“Last minute” is a counter that is set to 0 at each full minute. When is the leaderboard wrong?",
        explanation="Just after the turn the window holds a second, not a minute. Slices bound what may be missing.",
        choices=(
            Choice("Never", "It says “last minute” and shows less."),
            Choice("Most of all just after the turn", "Almost everything has just been forgotten.", right=True),
            Choice("Most of all just before the turn", "Then it covers nearly a whole minute."),
        ),
    ),
    Question(
        id="width",
        text="How wide is a sketch whose counts are off by at most a thousandth of all views?",
        explanation="⌈e ÷ 0.001⌉, for any number of videos.",
        answer=width_for_a_thousandth,
        tolerance=0.01,
        unit="counters",
    ),
    Question(
        id="depth",
        text="How many rows make the chance of a larger error at most 1 %?",
        explanation="⌈ln 100⌉ = 5: each row is wrong with a chance of at most 1/e, and all must be.",
        answer=lambda: float(depth_for(0.01)),
        tolerance=0.01,
        unit="rows",
    ),
    Question(
        id="kib",
        text="Four rows of 2,048 counters of 4 bytes: how many KiB, after a billion views?",
        explanation="32 KiB. What is counted does not change the size.",
        answer=sketch_kib,
        tolerance=0.01,
        unit="KiB",
    ),
    Question(
        id="merge",
        text="Five hosts send ranked lists of 100 videos that are disjoint, and one host has the ten largest. How many "
        "entries does the k-way merge look at for the top 10?",
        explanation="The five heads, and after each of the first nine winners the next of its list: 14 of 500.",
        answer=entries_read,
        tolerance=0.01,
        unit="entries",
    ),
    Question(
        id="moved",
        text=f"Consistent hashing places {SLOTS} slots. How many per cent get another first host when a fourth joins three?",
        explanation="About a quarter; hash mod n would move three quarters. Computed with the placement that runs.",
        answer=slots_moved_by_a_fourth_host,
        tolerance=0.35,
        unit="%",
    ),
)  # fmt: skip
