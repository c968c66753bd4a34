"""What GET /feed answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from designs.tinder.engine.ranking import Viewer


@dataclass(frozen=True, slots=True)
class Refill:
    """Cards for a phone: who, with which points and mark, for whom, and whether there was nobody else.

    `source` was asked when the feed was built, at `built`; `kept` says that it was read from the feed
    cache. The viewer's filters are in force `since`; `asked_at` (monotonic) and `at` are when it was
    asked for and sent, `believed` is who said who had been swiped.
    """

    numbers: tuple[int, ...]
    points: Mapping[int, tuple[float, ...]]
    mark: str
    viewer: Viewer
    complete: bool
    source: str
    kept: bool
    built: float
    since: float
    asked_at: float
    at: float
    believed: str
