"""What the parts of a search hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from designs.tweet_search.engine.analysis import Query

Sort = Literal["Likes", "Time"]
SHIFT = 32  # bits of an id in a rank, below the likes
ONE_ID = (1 << SHIFT) - 1


def rank_of(likes: int, id: int) -> int:
    """A number by which tweets are ordered: by likes, of equal ones the newer first."""
    return (likes << SHIFT) | id


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of an order: of the tweets that meet the query, the first `limit` between two ids, by a field.

    `by` is "id" for time; "likes" or "floor" for what the index knows of likes. `below` 0 means no bound.
    """

    query: Query
    by: str
    limit: int
    above: int = 0
    below: int = 0


@dataclass(frozen=True, slots=True)
class Matches:
    """Ids in the wanted order, how many tweets there are between the bounds, and how it was found.

    `likes` are those that the index knows, beside the ids, where it ranked by them.
    `looked` is how many entries were looked at; of an engine, how many its collector saw. `missing`
    are shards that did not answer.
    """

    ids: tuple[int, ...] = ()
    likes: tuple[int, ...] = ()
    total: int = 0
    looked: int = 0
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What an index is told of a tweet: its terms, and its likes as they are."""

    id: int
    terms: tuple[str, ...]
    likes: int


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit wrote, and how many segments there were before and after, where there are any."""

    entries: int = 0
    whole: bool = True
    segments_before: int = 0
    segments: int = 0


class Finder(Protocol):
    """Finds tweets. What it must be told of is found after `commit`."""

    async def open(self) -> None:
        """Begin with the archive."""

    async def close(self) -> None:
        """Let go of it."""

    async def find(self, wanted: Wanted) -> Matches:
        """A part of the order. `Unavailable` when nobody answers."""
        ...

    def put(self, entries: list[IndexEntry]) -> None:
        """To be found after the next commit, instead of what was known of them."""

    async def commit(self) -> Committed:
        """Let what was put be found; not `whole` where a part of it has to wait."""
        ...

    async def known(self, ids: Sequence[int], by: str) -> dict[int, int]:
        """What it knows of the likes of those tweets that it has, past its nodes."""
        ...

    async def size(self) -> int:
        """How many tweets are found."""
        ...

    async def frequency(self, term: str, *, pair: bool = False) -> int:
        """In how many tweets a term, or a bigram, is, as the index has it."""
        ...

    async def first(self, term: str, count: int, *, pair: bool = False) -> list[int]:
        """The first ids of the list of a term, or of a bigram, ascending."""
        ...

    async def wipe(self, node_id: str) -> str:
        """That node has lost what it had; says what was taken from the archive."""
        ...
