"""In which order places are shown, and what one score is made of."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from designs.yelp.config import Config
from designs.yelp.engine.sphere import Array
from sdlab.lab import EngineContext

PRIOR_STARS, PRIOR_COUNT = 3.7, 10
STARS = 4.0  # from the worst to the best


class Parts(NamedTuple):
    """Of each place, from 0 to 1: how well its words fit, how near it is, how well it is rated; and the metres."""

    text: Array
    near: Array
    rated: Array
    metres: Array


def rated(count: Array, total: Array) -> Array:
    """From 0 to 1: the mean of the stars as if `PRIOR_COUNT` people had given `PRIOR_STARS` before.

    One rating of five stars is not better than a hundred of 4.8.
    """
    return ((total + PRIOR_STARS * PRIOR_COUNT) / (count + PRIOR_COUNT) - 1) / STARS


class Sorting(Protocol):
    """What a score is made of: the largest comes first."""

    label: str
    tradeoff: str

    @staticmethod
    def weights(config: Config) -> tuple[float, float, float]:
        """Those of text, nearness and rating; each 0 to 1."""
        ...

    @staticmethod
    def explain(context: EngineContext[Config]) -> None:
        """Say what decides the order."""
        ...


class Relevance:
    """A weighted sum."""

    label = "relevance"
    tradeoff = "Words, distance and rating weigh against each other. The weights are opinions."

    @staticmethod
    def weights(config: Config) -> tuple[float, float, float]:
        return config.text_weight, config.distance_weight, config.rating_weight

    @staticmethod
    def explain(context: EngineContext[Config]) -> None:
        text, distance, rating = Relevance.weights(context.config)
        context.decide(f"ordered by {text:g} × text + {distance:g} × nearness + {rating:g} × rating")


class Nearest:
    """Distance alone."""

    label = "distance"
    tradeoff = "Easy to explain. The nearest place may be the worst."

    @staticmethod
    def weights(config: Config) -> tuple[float, float, float]:
        return 0.0, 1.0, 0.0

    @staticmethod
    def explain(context: EngineContext[Config]) -> None:
        context.decide("ordered by distance alone, the nearest first")


class BestRated:
    """Rating alone."""

    label = "rating"
    tradeoff = "The best of the circle, however far; few ratings count less than many."

    @staticmethod
    def weights(config: Config) -> tuple[float, float, float]:
        return 0.0, 0.0, 1.0

    @staticmethod
    def explain(context: EngineContext[Config]) -> None:
        context.decide("ordered by rating alone, few ratings drawn towards the mean")


SORTS: dict[str, type[Sorting]] = {"relevance": Relevance, "distance": Nearest, "rating": BestRated}
