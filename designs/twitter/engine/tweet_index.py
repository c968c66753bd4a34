"""An inverted index over the tweets: the room's own in a growing segment, the archive in a sealed one.

Busch et al., "Earlybird: Real-Time Search at Twitter", ICDE 2012, on one growing segment beside sealed ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from designs.twitter.engine.archive import NOTHING, Archive, Ids
from designs.twitter.engine.tweets import Tweet
from sdlab.blocks.inverted_index import InvertedIndex, tokens
from sdlab.blocks.posting_list import Walk

KEPT_STEPS = 60


@dataclass(frozen=True, slots=True)
class Found:
    """Ids with all words, newest first, and how many entries of lists, or rows, were looked at for them.

    `walk` is the way over the lists of the growing segment, where there was one.
    """

    ids: list[int]
    looked_at: int
    walk: Walk | None = None


class TweetIndex:
    """Term → ids. It keeps the tweets it was given, so that a page comes from here alone.

    `likes` are the counts that the database was last told, `changed` what the search engine has not heard
    of yet. What was removed stays away, also when older news of it comes later.
    """

    def __init__(self) -> None:
        self.terms = InvertedIndex()
        self.documents: dict[int, Tweet] = {}
        self.likes: dict[int, int] = {}
        self.changed: set[int] = set()
        self._gone: set[int] = set()

    def put(self, tweet: Tweet) -> bool:
        """Index a tweet, instead of what it was before; false for what is gone. A retweet has no words of its own."""
        if tweet.id in self._gone:
            return False
        self.documents[tweet.id] = tweet
        self.changed.add(tweet.id)
        if not tweet.retweet_of:
            self.terms.add(tweet.id, tokens(tweet.text))
        return True

    def remove(self, id: int) -> None:
        """Nothing of it is found from now on."""
        self.terms.remove(id)
        self.documents.pop(id, None)
        self.likes.pop(id, None)
        self._gone.add(id)
        self.changed.add(id)

    def find(self, words: Sequence[str], archive: Archive) -> Found:
        """All ids that have every word: a walk over the growing lists, then over the sealed ones."""
        walk = self.terms.all_of(words, keep=KEPT_STEPS)
        segment = archive.segment()
        sealed, looked_at = _intersect([segment.get(word, NOTHING) for word in words])
        return Found([*reversed(walk.found), *sealed[::-1].tolist()], walk.visited + looked_at, walk)


def _intersect(lists: Sequence[Ids]) -> tuple[Ids, int]:
    """What is in every list, the shortest first: each next is gone through beside it, or halved for each of its ids.

    Whichever looks at fewer entries, and how many those were.
    """
    first, *others = sorted(lists, key=len)
    looked_at = len(first)
    for other in others:
        if not len(first):
            break
        halvings = len(first) * max(1, len(other).bit_length())
        if len(first) + len(other) <= halvings:
            looked_at += len(other)
            first = first[np.isin(first, other, assume_unique=True, kind="table")]
        else:
            looked_at += halvings
            at = np.searchsorted(other, first)
            first = first[other[np.minimum(at, len(other) - 1)] == first]
    return first, looked_at
