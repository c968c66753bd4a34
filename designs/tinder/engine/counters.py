"""What happened since the engine was opened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MISSED_SHOWN = 8


@dataclass(slots=True)
class Counters:
    """Numbers only grow. `mutual` pairs were looked for in the stores: `matched` and `missed`.

    `by_replica` and `by_filter` are verdicts on who was swiped, by who gave them; `by_phone` are cards
    that a simulated phone dropped because it had swiped them lately. `never_shown` are, per person,
    those whom only a filter's error keeps from being shown.
    """

    swipes: int = 0
    likes: int = 0
    repeats: int = 0
    mutual: int = 0
    matched: int = 0
    missed: int = 0
    shown_again: int = 0
    cards_sent: int = 0
    refills: int = 0
    dry: int = 0
    let_through: int = 0
    stale_shown: int = 0
    evicted: int = 0
    dropped: int = 0
    screened: int = 0
    false_yes: int = 0
    filter_yes: int = 0
    by_replica: int = 0
    by_filter: int = 0
    by_phone: int = 0
    never_shown: dict[int, set[int]] = field(default_factory=dict)
    missed_pairs: deque[str] = field(default_factory=lambda: deque(maxlen=MISSED_SHOWN))
