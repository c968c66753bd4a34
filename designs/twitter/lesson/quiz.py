"""Questions about Twitter; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.twitter.lesson.numbers import ESTIMATE
from sdlab.blocks.inverted_index import InvertedIndex, tokens
from sdlab.lab import Choice, Question
from sdlab.parts.two_stage_counter import POWERS_OF_TWO, every, writes_for

LIKES = 10_000
PAGES, SIZE, ARRIVE = 4, 10, 3
TEXTS = ("the night train to Oslo", "a train at night", "the night market", "night", "the last train")


def writes_at_powers() -> float:
    """Writes of a count that grows to ten thousand."""
    return float(writes_for(POWERS_OF_TWO, LIKES))


def furthest_behind() -> float:
    """Likes that the database may lack at 1,023."""
    return float(POWERS_OF_TWO.most_behind(1023))


def writes_at_hundreds() -> float:
    """Writes of a count that grows to a million, every hundred."""
    return float(writes_for(every(100), 1_000_000))


def repeated_by_offset() -> float:
    """Tweets shown twice by whoever reads four pages of ten while three arrive between each two."""
    line = list(range(1000))
    shown: list[int] = []
    for page in range(PAGES):
        shown += line[page * SIZE : (page + 1) * SIZE]
        line = [-(page * ARRIVE + n + 1) for n in range(ARRIVE)] + line
    return float(len(shown) - len(set(shown)))


def in_both_lists() -> float:
    """Which of a few texts have both words."""
    index = InvertedIndex()
    for id, text in enumerate(TEXTS):
        index.add(id, tokens(text))
    return float(len(index.all_of(["night", "train"]).found))


def likes_per_second() -> float:
    """Likes per second of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "likes_s")


QUIZ = (
    Question(
        id="powers",
        text="A tweet gets 10,000 likes. How often is its count written when the database hears of powers of two?",
        explanation="At 1, 2, 4, … 8,192: one more than the whole part of log₂ 10,000.",
        answer=writes_at_powers,
        tolerance=0.01,
        unit="writes",
    ),
    Question(
        id="behind",
        text="The exact count is 1,023. By how many likes may the database be behind then?",
        explanation="It was told 512. One like more, and both are 1,024 again: never half behind.",
        answer=furthest_behind,
        tolerance=0.001,
        unit="likes",
    ),
    Question(
        id="hundreds",
        text="And with a write for every hundred likes: how many writes do a million likes cost?",
        explanation="Five hundred times as many as at powers of two; and a tweet with 99 likes shows none.",
        answer=writes_at_hundreds,
        tolerance=0.01,
        unit="writes",
    ),
    Question(
        id="set",
        text="Why is a counter alone not enough?",
        explanation="A like is about a person. INCR cannot know whether this one was counted before; a set can.",
        choices=(
            Choice("INCR is not atomic", "It is: one command, and nothing in between."),
            Choice("It counts presses, not people", "A repeated request goes up again.", right=True),
            Choice("It cannot count above four billion", "It counts to nine quintillion."),
        ),
    ),
    Question(
        id="offset",
        text="Pages of ten by offset, and three tweets arrive after each page. How many tweets does somebody who reads "
        "four pages see twice?",
        explanation="Each later page begins three places too early. A cursor goes on behind the last one shown.",
        answer=repeated_by_offset,
        tolerance=0.01,
        unit="tweets",
    ),
    Question(
        id="lists",
        text="“" + "”, “".join(TEXTS) + "”: how many are in the lists of both “night” and “train”?",
        explanation="The walk begins with the shorter list and looks each of its ids up in the other.",
        answer=in_both_lists,
        tolerance=0.01,
        unit="tweets",
    ),
    Question(
        id="lost",
        text="Redis comes back empty. Where do the counts come from?",
        explanation="Each like is a row with tweet and person. Counting the rows gives the exact count, and the set.",
        choices=(
            Choice("From the stored counts", "Those are behind: up to half of the likes would be gone."),
            Choice("From the rows of likes", "They were committed before anybody was answered.", right=True),
            Choice("From nowhere, counting begins anew", "Then every acknowledged like would be lost."),
        ),
    ),
    Question(
        id="rank",
        text="A search sorts by stored counts. What is wrong with its first page, and what mends it?",
        explanation="Between two powers of two all counts look alike. Exact counts are read for the first N only: "
        "enough to order the page, few enough to ask for each time.",
        choices=(
            Choice("Nothing: the order is the same", "600 and 1,000 likes are both stored as 512."),
            Choice(
                "Equal stored counts hide the true order; rank the first N again",
                "N counts from Redis do.",
                right=True,
            ),
            Choice("It is too old; write every like", "It would be exact, and a write for each like."),
        ),
    ),
    Question(
        id="estimate",
        text="100 million users give five likes a day. How many likes per second is that?",
        explanation="Five hundred million over 86,400 seconds; three times as many at the peak.",
        answer=likes_per_second,
        unit="per s",
    ),
)
