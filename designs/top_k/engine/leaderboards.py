"""The leaderboards as they were last answered, each beside the truth of that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.answers import TopAnswer, TopAnswers
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.ingestion import Ingestion
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.stores import Ranking
from designs.top_k.engine.videos import WALL, video_id
from designs.top_k.engine.windows import WINDOWS
from sdlab.lab import EngineContext, LabError
from sdlab.lab.views import view_of

WEIGHED_EVERY = 4
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Errors:
    """How an answer compares with the truth. `recall` is the share of the true k in it, 0..1."""

    recall: float = 1.0
    mean: float = 0.0
    largest: int = 0
    under: int = 0


@dataclass(frozen=True, slots=True)
class Board:
    """An answer beside the truth of its moment and of the same slices of time, and its errors.

    `as_of` is when it was true (Unix seconds), `bound` how much too large a count may be, `truth`
    the true ranking, `of` the true counts of those that were answered. `missing` slots of `slots`
    did not answer, `lacking` ones lost views. `errors` is None when answer and truth are not of one
    moment. `wall` are the true counts of the videos on the wall, of the same cut.
    """

    window: str
    ranking: Ranking
    exact: bool
    partial: bool
    bound: float
    as_of: float
    missing: int
    lacking: int
    slots: int
    read: int
    ms: float
    truth: tuple[tuple[str, int], ...]
    of: tuple[int, ...]
    least: int
    errors: Errors | None
    views: int
    wall: tuple[int, ...]


def compare(answer: Ranking, truth: Ranking, of: Sequence[int], least: int | None = None) -> Errors:
    """Errors of an answer. A video counts as found if its true count is no less than `least`.

    Without, that is the count of the last true rank.

    >>> compare([("a", 5), ("c", 3)], [("a", 5), ("b", 3)], [5, 2])
    Errors(recall=0.5, mean=0.5, largest=1, under=0)
    """
    if not truth:
        return Errors()
    enough = truth[-1][1] if least is None else least
    found = sum(count >= enough for count in of)
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
        """Answer and truth of one cut: asked again while a slice leaves the window in between."""
        for _ in range(ATTEMPTS - 1):
            board = await self._asked(window)
            if board.errors is not None:
                return board
        return await self._asked(window)

    async def _asked(self, window: str) -> Board:
        k, first = self._context.config.k, self._begins(window)
        before = self._ledger.top_since(window, k, first)
        began = self._context.clock.monotonic()
        with self._ledger.arriving() as arrived:
            found = await self._answers.answer(window, k)
        ms = (self._context.clock.monotonic() - began) * 1000
        return self._beside(found, before, arrived, ms=ms, one_cut=first == self._begins(window))

    def _begins(self, window: str) -> float:
        now = self._context.clock.time()
        self._ledger.roll(now)
        return self._approach.begins(window, now)

    def _beside(
        self, found: TopAnswer, before: Ranking, arrived: Counter[str], *, ms: float, one_cut: bool
    ) -> Board:
        """While the hosts were asked, views came: a count is right if it was at any moment of that time."""
        window, first, ledger = found.window, self._begins(found.window), self._ledger
        ranking: Ranking = [(one.video_id, one.views) for one in found.items]
        truth = ledger.top_since(window, found.k, first)
        of = [
            self._right(video, count, ledger.count_since(video, window, first), arrived)
            for video, count in ranking
        ]
        least = min(one[-1][1] if len(one) == len(truth) and one else 0 for one in (before, truth))
        return view_of(
            Board,
            found,
            ranking=ranking,
            bound=found.error_bound,
            ms=ms,
            truth=tuple(truth),
            of=tuple(of),
            least=least,
            errors=compare(ranking, truth, of, least) if one_cut else None,
            views=ledger.total_since(window, first),
            wall=tuple(ledger.count_since(video_id(n), window, first) for n in range(1, WALL + 1)),
        )

    def _right(self, video: str, count: int, true: int, arrived: Counter[str]) -> int:
        """The true count nearest to the answer: views came meanwhile, or are on their way to hosts or log."""
        coming = self._ingestion.in_flight.get(video, 0)
        return max(true - arrived[video] - coming, min(count, true + coming))

    def _weigh(self) -> None:
        """Memory of every host, now and then: adding it up takes a moment."""
        if (fleet := self._approach.fleet) is not None:
            self.host_bytes = {
                host: sum(store.nbytes for _, store in fleet.slots.held_by(host))
                for host in fleet.slots.hosts()
            }
        self.exact_bytes = self._ledger.nbytes
