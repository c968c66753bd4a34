"""The leaderboards as they were last answered, each beside the truth of that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.answers import TopAnswers
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.ingestion import Ingestion
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.stores import Ranking
from designs.top_k.engine.windows import WINDOWS
from sdlab.lab import EngineContext, LabError

WEIGHED_EVERY = 4


@dataclass(frozen=True, slots=True)
class Errors:
    """How an answer compares with the truth. `recall` is the share of the true k in it, 0..1."""

    recall: float = 1.0
    mean: float = 0.0
    largest: int = 0
    under: int = 0


@dataclass(frozen=True, slots=True)
class Board:
    """An answer beside the truth of its moment, and its errors.

    `as_of` is when it was true (Unix seconds), `bound` how much too large a count may be, `truth`
    the true ranking, `of` the true counts of those that were answered.
    """

    window: str
    ranking: Ranking
    exact: bool
    bound: float
    as_of: float
    missing: int
    read: int
    ms: float
    truth: tuple[tuple[str, int], ...]
    of: tuple[int, ...]
    errors: Errors
    views: int


def compare(answer: Ranking, truth: Ranking, of: Sequence[int]) -> Errors:
    """Errors of an answer. A video counts as found if its true count is no less than that of the last true rank.

    >>> compare([("a", 5), ("c", 3)], [("a", 5), ("b", 3)], [5, 2])
    Errors(recall=0.5, mean=0.5, largest=1, under=0)
    """
    if not truth:
        return Errors()
    least = truth[-1][1]
    found = sum(count >= least for count in of)
    off = [count - true for (_, count), true in zip(answer, of, strict=True)]
    return Errors(
        recall=min(1.0, found / len(truth)),
        mean=sum(map(abs, off)) / len(off) if off else 0.0,
        largest=max(map(abs, off), default=0),
        under=sum(one < 0 for one in off),
    )


class Leaderboards:
    """One board per window; `problem` says why they could not be answered the last time."""

    def __init__(
        self,
        context: EngineContext[Config],
        ledger: Ledger,
        approach: Approach,
        ingestion: Ingestion,
        answers: TopAnswers,
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._approach = approach
        self._ingestion = ingestion
        self._answers = answers
        self.boards: dict[str, Board] = {}
        self.problem = ""
        self.host_bytes: dict[int, int] = {}
        self.exact_bytes = 0
        self._views_then = -1
        self._rounds = 0

    def expire(self) -> None:
        """Whatever the boards say may be wrong now: answer again at the next chance."""
        self._views_then = -1

    async def refresh(self) -> None:
        """Answer the boards again if there was a view, or once a second while views age."""
        self._ledger.roll(self._context.clock.time())
        self._rounds += 1
        if not self._ledger.known:
            self.boards.clear()
            return
        if self._views_then == self._ingestion.counters.views and (self._rounds - 1) % 4:
            return
        self._views_then = self._ingestion.counters.views
        try:
            for window in WINDOWS:
                self.boards[window] = await self._board(window)
            self.problem = ""
        except LabError as error:
            self.problem = error.detail
        if self._rounds % WEIGHED_EVERY == 0:
            self._weigh()

    async def _board(self, window: str) -> Board:
        k = self._context.config.k
        began = self._context.clock.monotonic()
        found = await self._answers.answer(window, k)
        ms = (self._context.clock.monotonic() - began) * 1000
        ranking: Ranking = [(one.video_id, one.views) for one in found.items]
        truth = self._ledger.top(window, k)
        of = tuple(self._true_count(video, count, window) for video, count in ranking)
        return Board(
            window=window,
            ranking=ranking,
            exact=found.exact,
            bound=found.error_bound,
            as_of=found.as_of,
            missing=found.missing,
            read=found.read,
            ms=ms,
            truth=tuple(truth),
            of=of,
            errors=compare(ranking, truth, of),
            views=self._ledger.total(window),
        )

    def _true_count(self, video: str, count: int, window: str) -> int:
        """The true count; a view that a host has counted and the log is just taking is no error."""
        true = self._ledger.count(video, window)
        return max(true, min(count, true + self._ingestion.in_flight.get(video, 0)))

    def _weigh(self) -> None:
        """Memory of every host, now and then: adding it up takes a moment."""
        if (fleet := self._approach.fleet) is not None:
            self.host_bytes = {
                host: sum(store.nbytes for _, store in fleet.slots.held_by(host))
                for host in fleet.slots.hosts()
            }
        self.exact_bytes = self._ledger.nbytes
