"""How true the first page by likes is: compared with the rows, once it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from designs.twitter.config import Config
from designs.twitter.engine.likes import Likes
from designs.twitter.engine.search import TOP, LastSearch
from designs.twitter.engine.tweets import Tweet
from sdlab.lab import EngineContext

OTHERS = 100  # that might belong on the page
AT_MOST_EVERY = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Ranked:
    """A tweet on a first page: the likes that it was ordered by, the stored ones, and the rows."""

    tweet: Tweet
    likes: int
    stored: int
    true: int


class RankChecker:
    """`misplaced` stand above one with more likes, `missing` are not on the page though they have more."""

    def __init__(self, context: EngineContext[Config], likes: Likes) -> None:
        self._context, self._likes = context, likes
        self._at = -AT_MOST_EVERY
        self.judged = self.misplaced = self.missing = 0
        self.page: list[Ranked] = []

    async def check(self, last: LastSearch, page: Sequence[Tweet], stored: dict[int, int]) -> None:
        """Compare a first page with the rows of now; not more often than that is worth."""
        now = self._context.clock.monotonic()
        if not page or now - self._at < AT_MOST_EVERY:
            return
        self._at = now
        found = set(last.found.ids) if last.found else set()
        others = sorted((id for id in stored if id in found), key=lambda id: -stored[id])[:OTHERS]
        shown = [one.id for one in page[:TOP]]
        true = await self._likes.counter.truth([str(id) for id in {*shown, *others}])
        rows = {int(name): count for name, count in true.items()}
        likes = dict(last.ranked)
        self.page = [
            Ranked(one, likes.get(one.id, 0), stored.get(one.id, 0), rows[one.id]) for one in page[:TOP]
        ]
        self.judged += 1
        self.misplaced += sum(rows[one] < rows[other] for one, other in zip(shown, shown[1:], strict=False))
        least = min(rows[id] for id in shown)
        self.missing += sum(rows[id] > least for id in others if id not in shown)
