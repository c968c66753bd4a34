"""The most viewed of a window, as the approach in force answers."""

from __future__ import annotations

from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.fleet import Fleet
from designs.top_k.engine.nodes import GATEWAY, MERGER
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.engine.stores import Ranking, SketchStore
from designs.top_k.engine.strategies import SLIDINGS
from designs.top_k.engine.videos import title
from sdlab.lab import EngineContext


@dataclass(frozen=True, slots=True)
class RankedVideo:
    """A rank of an answer, from 1."""

    rank: int
    video_id: str
    title: str
    views: int


@dataclass(frozen=True, slots=True)
class TopAnswer:
    """An answer. A count is at most `error_bound` too large, but for the chance `error_chance`.

    `as_of` (Unix seconds) is the moment it speaks of; `missing` is how many of `slots` nobody
    answered for, `lacking` how many answered without views that died with a host; `read` entries
    were merged for it. Of a `partial` answer nobody knows how far it is off.
    """

    window: str
    k: int
    items: tuple[RankedVideo, ...]
    as_of: float
    read: int
    exact: bool = True
    error_bound: float = 0.0
    error_chance: float = 0.0
    missing: int = 0
    lacking: int = 0
    slots: int = 0

    @property
    def partial(self) -> bool:
        """Whether some of what it should speak of is not in it."""
        return self.missing + self.lacking > 0


class TopAnswers:
    """Asks the hosts through the merger, or the rankings of the batch job."""

    def __init__(self, context: EngineContext[Config], approach: Approach) -> None:
        self._context = context
        self._approach = approach

    async def answer(self, window: str, k: int) -> TopAnswer:
        """The `k` most viewed of a window. `Unavailable` when nobody knows."""
        fleet, pipeline = self._approach.fleet, self._approach.pipeline
        if pipeline is not None:
            return await self._published(pipeline, window, k)
        assert fleet is not None
        return await self._merged(fleet, window, k)

    async def _published(self, pipeline: Pipeline, window: str, k: int) -> TopAnswer:
        self._explain(window)
        ranking, as_of = await pipeline.ranking(window, k)
        return TopAnswer(window, k, _items(ranking), as_of, len(ranking))

    async def _merged(self, fleet: Fleet, window: str, k: int) -> TopAnswer:
        self._explain(window)
        now = self._context.clock.time()
        merged = await self._context.node(MERGER).call(
            "top", lambda: fleet.merger.query(window, k), source=GATEWAY
        )
        store = None if fleet.exact else fleet.slots.store_of(0)
        bound, chance = 0.0, 0.0
        if isinstance(store, SketchStore):
            bound, chance = store.error_bound(window), store.shape.empty().delta
        return TopAnswer(
            window,
            k,
            _items(merged.ranking),
            now,
            merged.read,
            exact=store is None,
            error_bound=bound,
            error_chance=chance,
            missing=merged.missing,
            lacking=merged.lacking,
            slots=fleet.slots.total,
        )

    def _explain(self, window: str) -> None:
        now = self._context.clock.time()
        covered = now - self._approach.begins(window, now)
        SLIDINGS[self._context.config.sliding].explain(self._context.decide, f"{covered:,.0f} s")


def _items(ranking: Ranking) -> tuple[RankedVideo, ...]:
    return tuple(
        RankedVideo(rank, video, title(video), views) for rank, (video, views) in enumerate(ranking, start=1)
    )
