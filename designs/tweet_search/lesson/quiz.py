"""Questions about tweet search; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.tweet_search.engine.analysis import WORD_RULES, words_of
from designs.tweet_search.engine.strategies import floor_of
from designs.tweet_search.lesson.numbers import ESTIMATE, writes_for
from sdlab.blocks.inverted_index import InvertedIndex, tokens
from sdlab.blocks.posting_list import PostingList, follow, intersection
from sdlab.lab import Choice, Question

TEXTS = ("good coffee in Oslo", "coffee is good", "good tea and good coffee", "a coffee good for nothing")


def terabytes() -> float:
    """The tweets of ten years, TB."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "stored")


def looked_at() -> float:
    """Entries that a walk over a list of 5,000 and one of 3 looks at."""
    long, short = PostingList(range(1, 5001)), PostingList((700, 2900, 4990))
    return float(follow(intersection([long, short])).visited)


def phrase_hits() -> float:
    """In how many of the four texts the phrase is."""
    index = InvertedIndex()
    for id, text in enumerate(TEXTS):
        index.add(id, tokens(text))
    return float(len(index.phrase(["good", "coffee"]).found))


def stems() -> str:
    """What the words of an example become."""
    return ", ".join(WORD_RULES["telling"].terms(words_of("the trains are running"), "english"))


QUIZ = (
    Question(
        id="found",
        text="A tweet was acknowledged a moment ago, and a search does not find it. What has happened?",
        explanation="The row is there, and the news of it. The index hears of it in the next commit.",
        choices=(
            Choice("It is lost", "Its row was written before it was acknowledged."),
            Choice("It waits for the next commit", "Searches see what was committed.", right=True),
            Choice("Its shard is down", "Then it waits longer, and the answer says that it is partial."),
        ),
    ),
    Question(
        id="offset",
        text="Page 2 is asked for as “results 11 to 20 by time”. Two matching tweets came since page 1. What does its "
        "reader see?",
        explanation="The list has moved by two. A page that begins below the last id does not move.",
        choices=(
            Choice("Two tweets once more", "What was 9th and 10th is 11th and 12th by now.", right=True),
            Choice("Two tweets never", "They move to where page 2 begins, not past it."),
            Choice("Just what follows", "Only if nothing comes."),
        ),
    ),
    Question(
        id="floors",
        text=f"The index knows powers of two. Which two tweets does it rank alike: 1,025 and 2,047 likes, or 2,047 and "
        f"2,048? It keeps {floor_of(1025):,}, {floor_of(2047):,} and {floor_of(2048):,}.",
        explanation="One like may tell two apart, and a thousand may not.",
        choices=(
            Choice("1,025 and 2,047", "Both are 1,024 in the index.", right=True),
            Choice("2,047 and 2,048", "1,024 and 2,048: a power lies between them."),
            Choice("Neither", "There are only so many powers."),
        ),
    ),
    Question(
        id="rerank",
        text="Why is it enough to rank the best N of the index again by exact likes?",
        explanation="Whoever belongs to the first page has at least the likes of its last one, and in the index more than "
        "half of them. As long as N reaches below that half, nobody is missed.",
        choices=(
            Choice("Because N is large", "A large N is not enough where very many are liked alike."),
            Choice("Because the index is behind by less than half", "So the true ones are above half.", right=True),
            Choice("Because likes hardly change", "They change all the time."),
        ),
    ),
    Question(
        id="shards",
        text="Four shards, each late for 1 search in 100. How often is an answer late, without copies?",
        explanation="All four must be in time: 1 − 0.99⁴ ≈ 3.9 %.",
        answer=lambda: 100 * (1 - 0.99**4),
        unit="%",
    ),
    Question(
        id="stem",
        text="Words become stems, and stop words go: “the trains are running” is indexed as …",
        explanation=f"As {stems()}, by the Snowball rules for English.",
        choices=(
            Choice("train, run", "Two words say something; their endings are taken off.", right=True),
            Choice("the, train, are, run", "That is with stop words."),
            Choice("trains, running", "That is without stems."),
        ),
    ),
    Question(
        id="phrase",
        text="In how many of these does “good coffee” stand as a phrase? " + " · ".join(TEXTS),
        explanation="Positions tell: both words are in all four, one right after the other in two.",
        answer=phrase_hits,
        tolerance=0.01,
        unit="texts",
    ),
    Question(
        id="skip",
        text="One list has the ids 1 to 5,000 and a skip pointer every 70 entries, the other 700, 2,900 and 4,990. How "
        "many entries does the walk to their intersection look at?",
        explanation="Some two hundred instead of five thousand: pointers jump over the rest. Counted by the walk itself.",
        answer=looked_at,
        tolerance=0.3,
        unit="entries",
    ),
    Question(
        id="writes",
        text="A tweet gets a million likes, one after the other. How often is it written to the index, at powers of two?",
        explanation="At 1, 2, 4, … 524,288: twenty times.",
        answer=lambda: float(writes_for(1_000_000)),
        tolerance=0.01,
        unit="writes",
    ),
    Question(
        id="terabytes",
        text="100 million tweets a day of 1 kB, kept for ten years: how many TB?",
        explanation="10⁸ × 365 × 10 × 10³ bytes.",
        answer=terabytes,
        tolerance=0.02,
        unit="TB",
    ),
)  # fmt: skip
