"""What each algorithm said last of the requests that are counted under one key."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from designs.rate_limiter.engine.checks import NOT_EVALUATED, Outcome, Outcomes
from designs.rate_limiter.engine.strategies import ALGORITHMS
from sdlab.blocks.rate_rule import Rule

KEYS_KEPT = 300
VERDICTS_KEPT = 120


class Verdicts(NamedTuple):
    """Of one request: a sign per algorithm, and the seconds that the delaying one held it back."""

    at: float
    signs: str
    delay: float


@dataclass(slots=True)
class KeyVerdicts:
    """Of one key, oldest first; and by algorithm the last outcome with the rule that it followed."""

    rows: deque[Verdicts] = field(default_factory=lambda: deque(maxlen=VERDICTS_KEPT))
    last: dict[str, tuple[Outcome, Rule]] = field(default_factory=dict)


class VerdictLog:
    """In memory; the keys that were not used for longest are forgotten beyond `KEYS_KEPT`."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, KeyVerdicts] = OrderedDict()

    def add(self, key: str, outcomes: Outcomes, rule: Rule, *, at: float) -> None:
        """One more request, decided at that time."""
        found = self._keys.setdefault(key, KeyVerdicts())
        self._keys.move_to_end(key)
        if len(self._keys) > KEYS_KEPT:
            self._keys.popitem(last=False)
        for name, outcome in outcomes.items():
            found.last[name] = outcome, rule
        signs = "".join(outcomes[name].sign if name in outcomes else NOT_EVALUATED for name in ALGORITHMS)
        found.rows.append(Verdicts(at, signs, max(one.verdict.delay for one in outcomes.values())))

    def of(self, key: str) -> KeyVerdicts:
        """Those of one key; empty for one without."""
        return self._keys.get(key) or KeyVerdicts()
