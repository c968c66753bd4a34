"""Whether an answer is kept for those who ask the same again."""

from __future__ import annotations

from typing import Protocol

from designs.yelp.config import Config
from sdlab.lab import EngineContext


class Keeping(Protocol):
    """Keeps answers, or not. `hears`: it forgets them when places or ratings have changed."""

    label: str
    tradeoff: str
    keeps: bool
    hears: bool

    @staticmethod
    def lifetime(config: Config) -> float:
        """Seconds that an answer may be given again."""
        ...

    @staticmethod
    def missed(context: EngineContext[Config]) -> None:
        """Say why there is no kept answer."""
        ...


class NoCache:
    """Every search is worked out."""

    label = "none"
    tradeoff = "As fresh as the index; the same search is worked out again and again."
    keeps = False
    hears = False

    @staticmethod
    def lifetime(config: Config) -> float:
        return float("inf")  # of nothing

    @staticmethod
    def missed(context: EngineContext[Config]) -> None:
        context.decide("nothing is kept: every search is worked out")


class Invalidated:
    """Forgotten with every change."""

    label = "LRU, forgotten with each change"
    tradeoff = "Never older than the index; each rating and each edit empties it."
    keeps = True
    hears = True

    @staticmethod
    def lifetime(config: Config) -> float:
        return float("inf")

    @staticmethod
    def missed(context: EngineContext[Config]) -> None:
        context.decide("no answer is kept since the last change: it is worked out, and kept")


class ByTime:
    """Kept for some seconds, whatever happens."""

    label = "by time"
    tradeoff = "Most searches are not worked out at all; an answer may be wrong for as long as it is kept."
    keeps = True
    hears = False

    @staticmethod
    def lifetime(config: Config) -> float:
        return float(config.kept_s)

    @staticmethod
    def missed(context: EngineContext[Config]) -> None:
        context.decide("no answer is young enough: it is worked out, and kept for a while")


CACHES: dict[str, type[Keeping]] = {"none": NoCache, "lru": Invalidated, "ttl": ByTime}
