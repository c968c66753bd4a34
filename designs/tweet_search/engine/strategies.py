"""The choices of the lab: who finds words, what the index knows of likes, how pages go on, and when a tweet is found."""

from __future__ import annotations

from typing import Protocol

from designs.tweet_search.engine.analysis import WORD_RULES as WORD_RULES


class Approach(Protocol):
    """Who finds the tweets with the words of a query. `indexed`: it must be told of tweets and likes."""

    label: str
    tradeoff: str
    indexed: bool


class Scan:
    """Every word of every tweet."""

    label = "Scan"
    tradeoff = "Nothing to keep up to date, and new tweets are there at once; each search reads everything."
    indexed = False


class OwnIndex:
    """Posting lists in memory."""

    label = "Own index"
    tradeoff = "A search reads the lists of its words only; one machine's memory holds all of them."
    indexed = True


class SearchEngine:
    """tantivy in shards."""

    label = "Search engine, in shards"
    tradeoff = (
        "On disk, in segments that are merged, on as many machines as are needed; found after a commit."
    )
    indexed = True


APPROACHES: dict[str, type[Approach]] = {"engine": SearchEngine, "own": OwnIndex, "scan": Scan}


class LikeRule(Protocol):
    """What the index knows of likes. `field` is what it ranks by; with `exact` the best N are ranked again."""

    label: str
    tradeoff: str
    every: bool
    field: str
    exact: bool


class EveryLike:
    """Each like is an index write."""

    label = "Every like re-indexes"
    tradeoff = "The index ranks by exact likes, a commit late; every like rewrites a document."
    every = True
    field = "likes"
    exact = False


class PowersOfTwo:
    """Written at powers of two; the best N ranked by exact likes."""

    label = "Powers of two, best N exact"
    tradeoff = "Twenty index writes for a million likes; right as long as N reaches below the true last one."
    every = False
    field = "floor"
    exact = True


class FloorsOnly:
    """Written at powers of two and shown so."""

    label = "Powers of two, as they are"
    tradeoff = "As cheap, and no counter is asked; 1,025 and 2,047 likes rank alike."
    every = False
    field = "floor"
    exact = False


LIKE_RULES: dict[str, type[LikeRule]] = {
    "powers": PowersOfTwo,
    "every": EveryLike,
    "floors": FloorsOnly,
}


def floor_of(likes: int) -> int:
    """The power of two that the index knows of that many likes.

    >>> [floor_of(one) for one in (0, 1, 3, 4, 1000)]
    [0, 1, 2, 4, 512]
    """
    return 1 << (likes.bit_length() - 1) if likes > 0 else 0


class PageRule(Protocol):
    """How the next page comes about."""

    label: str
    tradeoff: str


class QueryAgain:
    """The same search, so many further on."""

    label = "Query again"
    tradeoff = "Nothing is kept; what arrives or is liked in between moves tweets from one page to another."


class Prefetched:
    """Pages kept for this reader."""

    label = "Prefetched, for an hour"
    tradeoff = "The pages of one moment; a copy of five pages for every search that anybody makes."


class Chronological:
    """A list by time, kept for all."""

    label = "By time, shared"
    tradeoff = "A page begins below an id, so nothing moves; one list per query serves all readers, and later searches."


PAGE_RULES: dict[str, type[PageRule]] = {
    "chronological": Chronological,
    "prefetched": Prefetched,
    "again": QueryAgain,
}


class CommitRule(Protocol):
    """How often what is new is committed, seconds."""

    label: str
    tradeoff: str
    seconds: float


class TenthOfASecond:
    """Ten times a second."""

    label = "0.1 s"
    tradeoff = "Found almost at once; many small segments, and merges all the time."
    seconds = 0.1


class OneSecond:
    """Once a second."""

    label = "1 s"
    tradeoff = "What search engines are set to; a second late."
    seconds = 1.0


class TenSeconds:
    """Every ten seconds."""

    label = "10 s"
    tradeoff = (
        "Few commits, large segments; its author wonders where the tweet is, and a stricter promise breaks."
    )
    seconds = 10.0


COMMIT_RULES: dict[str, type[CommitRule]] = {"tenth": TenthOfASecond, "one": OneSecond, "ten": TenSeconds}


class PhraseRule(Protocol):
    """How words that must follow each other are found."""

    label: str
    tradeoff: str
    bigrams: bool


class Positions:
    """Positions in the posting lists."""

    label = "Positions"
    tradeoff = "Any phrase; all tweets with both words are looked into."
    bigrams = False


class Bigrams:
    """Lists of pairs of words."""

    label = "Bigrams"
    tradeoff = (
        "A phrase of two words is one short list; many more terms, and longer phrases need positions still."
    )
    bigrams = True


PHRASE_RULES: dict[str, type[PhraseRule]] = {"positions": Positions, "bigrams": Bigrams}


class HotRule(Protocol):
    """Whether what is searched all the time is kept until the next commit."""

    label: str
    tradeoff: str
    keeps: bool


class HotKept:
    """Candidates of hot queries are kept."""

    label = "Kept until the next commit"
    tradeoff = "The index is asked once for what many ask; likes are still read anew."
    keeps = True


class HotAsked:
    """Nothing is kept."""

    label = "Asked each time"
    tradeoff = "Nothing to forget; the longest lists are read most often."
    keeps = False


HOT_RULES: dict[str, type[HotRule]] = {"on": HotKept, "off": HotAsked}


class MissingRule(Protocol):
    """What a search says when a shard did not answer."""

    label: str
    tradeoff: str
    says: bool
    refuses: bool


class Said:
    """Partial, and it says so."""

    label = "Answer, and say so"
    tradeoff = "Most of an answer is worth more than none, as long as one knows."
    says = True
    refuses = False


class Hidden:
    """Partial, and nobody knows."""

    label = "Answer, say nothing"
    tradeoff = "Looks whole; what is missing is never missed."
    says = False
    refuses = False


class Refused:
    """No answer."""

    label = "Refuse"
    tradeoff = "Never wrong; one lost shard takes down all searches."
    says = True
    refuses = True


MISSING_RULES: dict[str, type[MissingRule]] = {"said": Said, "hidden": Hidden, "refused": Refused}
