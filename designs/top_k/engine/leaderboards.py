"""The leaderboards as they were last answered, each beside the truth of that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.top_k.ledger import Ledger
from designs.top_k.stores import Ranking


@dataclass(frozen=True, slots=True)
class Errors:
    """How an answer compares with the truth. `recall` is the share of the true k in it, 0..1."""

    recall: float = 1.0
    mean: float = 0.0
    largest: int = 0
    under: int = 0


@dataclass(frozen=True, slots=True)
class Board:
    """An answer: `as_of` is when it was true (Unix seconds), `bound` how much too large a count may be."""

    window: str
    ranking: Ranking
    exact: bool
    bound: float
    as_of: float
    missing: int = 0
    read: int = 0
    ms: float = 0.0
    truth: tuple[tuple[str, int], ...] = ()
    of: tuple[int, ...] = ()
    errors: Errors = Errors()
    views: int = 0


def compare(answer: Ranking, truth: Ranking, of: Sequence[int]) -> Errors:
    """Errors of an answer. A video counts as found if its true count is no less than that of the last true place.

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


def beside_truth(
    board: Mapping[str, object],
    ranking: Ranking,
    ledger: Ledger,
    *,
    window: str,
    k: int,
    under_way: Mapping[str, int],
) -> Board:
    """A board with the truth of this moment and its errors.

    A view that a host has counted and the log is just taking is no error: `under_way` says how
    many of a video's there are.
    """
    truth = ledger.top(window, k)
    of = tuple(
        max(true, min(count, true + under_way.get(video, 0)))
        for (video, count), true in ((one, ledger.count(one[0], window)) for one in ranking)
    )
    return Board(
        window=window,
        ranking=ranking,
        truth=tuple(truth),
        of=of,
        errors=compare(ranking, truth, of),
        views=ledger.total(window),
        **board,  # type: ignore[arg-type]
    )
