"""Questions about tags; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.tagging_service.engine.strategies.counts import sample_bound
from designs.tagging_service.lesson.numbers import ESTIMATE
from sdlab.blocks.posting_list import PostingList, encode, follow, intersection
from sdlab.lab import Choice, Question

EVERY_OTHER = range(2, 2_002, 2)
RARE = (400, 1_900)


def packed_half() -> float:
    """Bytes of a list of every other of 2,000 items, as gaps."""
    return float(len(encode(list(EVERY_OTHER))))


def looked_at() -> float:
    """Ids that a walk looks at when three rare ids meet a list of a thousand."""
    return float(follow(intersection([PostingList(RARE), PostingList(EVERY_OTHER)])).visited)


def pair_rows() -> float:
    """Rows of the pair table by the estimate's defaults, in millions."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "pairs") / 1e6


def bound_of_thousand() -> float:
    """The bound of an estimate of 1,000 from a fifth of the rows."""
    return float(sample_bound(1000, 0.2))


QUIZ = (
    Question(
        id="order",
        text="The pairs have one index, on (item, tag). Which query does it serve badly?",
        explanation="An index is sorted by its first column. All items of a tag are spread over all of it.",
        choices=(
            Choice("All tags of one item", "They stand next to each other in it."),
            Choice("All items with one tag", "They are spread over the whole tree.", right=True),
            Choice("Whether an item has a tag", "Both columns are known: one walk down."),
        ),
    ),
    Question(
        id="partial",
        text="There is a partial index over the pairs of active items. Which query can use it?",
        explanation="What the query asks for must imply the condition of the index; how many rows meet it does not matter.",
        choices=(
            Choice("Any query for a rare tag", "It would miss items that are not active."),
            Choice("Any query, when most items are active", "The planner may not assume that the others do not match."),
            Choice("A query that asks for active items", "Its condition implies that of the index.", right=True),
        ),
    ),
    Question(
        id="merge",
        text="A merge reads which items have “trip”, then writes “trips” for them. Somebody adds “trip” to an item in "
        "between. What becomes of that pair?",
        explanation="It was not on the list, so it is not moved; and “trip” means “trips” from now on, so that nobody looks "
        "under it any more. The writer was told that it is stored.",
        choices=(
            Choice("It is moved with the others", "The list was made before it was there."),
            Choice("It stays under a tag that is no more", "Stored, and never found.", right=True),
            Choice("The database refuses it", "Nothing says that it may not be there."),
        ),
    ),
    Question(
        id="unique",
        text="Would a unique index on (item, tag) make a merge without a lock safe?",
        explanation="It turns a double into an error. A pair that was written to the old tag too late is unique, and lost.",
        choices=(
            Choice("Yes", "It sees doubles only."),
            Choice("It forbids doubles, and still loses pairs", "Half of the claim.", right=True),
            Choice("No, it does nothing for a merge", "It does refuse the second of two equal pairs."),
        ),
    ),
    Question(
        id="cut",
        text="An index is cut into eight shards by item. How many does a query for one rare tag ask?",
        explanation="Any of them may have an item with that tag.",
        choices=(
            Choice("One", "That would be so if it were cut by tag."),
            Choice("All eight", "Scatter, then gather.", right=True),
            Choice("As many as have the tag", "Nobody knows before asking."),
        ),
    ),
    Question(
        id="outbox",
        text="After the commit the service writes to the bitmaps and to Valkey. It dies right after the commit. "
        "When do the copies learn of the change?",
        explanation="Nobody remembers that there was something to tell. With an outbox the news is in the same transaction "
        "as the change, and a reader brings it.",
        choices=(
            Choice("When the service starts again", "Only if it makes the copies anew from the pairs."),
            Choice("At the next change of that pair", "Perhaps never."),
            Choice("Not at all", "Unless everything is built anew.", right=True),
        ),
    ),
    Question(
        id="packed",
        text="Every other one of 2,000 items has a tag. How many bytes does its list take as gaps in varints?",
        explanation="Each gap is 2 and takes one byte, where a number would take four.",
        answer=packed_half,
        tolerance=0.01,
        unit="bytes",
    ),
    Question(
        id="skips",
        text="Two rare ids, 400 and 1,900, are looked for in that list of 1,000 with skip pointers of 31. About "
        "how many ids does the walk look at?",
        explanation="Pointers carry it over 31 at a time; without them it would be some 950. Counted by the walk that runs.",
        answer=looked_at,
        tolerance=0.1,
        unit="ids",
    ),
    Question(
        id="rows",
        text="How many million rows has the pair table, by the defaults of the estimate?",
        explanation="Items times tags of an item.",
        answer=pair_rows,
        tolerance=0.01,
        unit="million",
    ),
    Question(
        id="sample",
        text="A fifth of all rows is counted and scaled up; 1,000 is told. By how much may that be off, in 95 of 100 cases?",
        explanation="1.96 × √(n (1 − p) / p): the rarer the tag, the larger the share of it that this is.",
        answer=bound_of_thousand,
        tolerance=0.05,
        unit="items",
    ),
)  # fmt: skip
