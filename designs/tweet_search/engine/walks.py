"""What searches were given, for whoever checks afterwards: the first page of some, and who pages on from there."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query
from designs.tweet_search.engine.found import Sort
from sdlab.lab import EngineContext

MOST_WALKS = 200
MOST_WAITING = 32


@dataclass(frozen=True, slots=True)
class FirstPage:
    """A page as it was given between two moments. Everything up to `watermark` could be found when it was asked for."""

    query: Query
    sort: Sort
    size: int
    ids: tuple[int, ...]
    watermark: int
    began: float
    ended: float
    partial: bool
    ranking: str = ""  # by which rule likes were ranked then


@dataclass(slots=True)
class Walk:
    """A reader who pages: the pages so far, and whether the last of them was looked at."""

    pages: list[FirstPage] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        """Everything that was given, in order."""
        return [id for page in self.pages for id in page.ids]


class Walks:
    """`first` are pages, and `gone_on` walks, that nobody has checked yet; of too many the oldest go."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._walks: OrderedDict[str, Walk] = OrderedDict()
        self.first: deque[FirstPage] = deque(maxlen=MOST_WAITING)
        self.gone_on: deque[Walk] = deque(maxlen=MOST_WAITING)

    def began(self, name: str, page: FirstPage) -> None:
        """A first page was given."""
        self._walks[name] = Walk([page])
        self.first.append(page)
        while len(self._walks) > MOST_WALKS:
            self._walks.popitem(last=False)

    def went_on(self, name: str, page: FirstPage) -> None:
        """A further page was given; of a walk that is not known any more, nothing can be said."""
        walk = self._walks.get(name)
        if walk is not None:
            walk.pages.append(page)
            if walk not in self.gone_on:
                self.gone_on.append(walk)

    def newest(self, count: int) -> tuple[list[FirstPage], list[Walk]]:
        """The newest of both that nobody has checked: they are taken off, and the older ones stay."""
        first = [self.first.pop() for _ in range(min(count, len(self.first)))]
        return first, [self.gone_on.pop() for _ in range(min(count, len(self.gone_on)))]

    def clear(self) -> None:
        """What comes is judged by itself."""
        self._walks.clear()
        self.first.clear()
        self.gone_on.clear()
