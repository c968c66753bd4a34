"""What flows: ticks, moves of a price, alerts in force, and what was found to be crossed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Tick:
    """A price of a stock. `seq` counts along the stock, `at` is when it came in (Unix s)."""

    stock: int
    seq: int
    price: int
    at: float

    def meets(self, alert: ArmedAlert) -> bool:
        """Whether this price is what that alert waits for, and came after it was armed."""
        if self.stock != alert.stock or self.seq <= alert.since:
            return False
        return self.price >= alert.price if alert.above else self.price <= alert.price


@dataclass(frozen=True, slots=True)
class Move:
    """What a tick does to the price that its consumer knows: from `old` to the tick's."""

    old: int
    tick: Tick


class ArmedAlert(NamedTuple):
    """An alert in force, in one of its armings; `since` as in its row."""

    id: int
    arming: int
    user: str
    stock: int
    above: bool
    price: int
    since: int
    armed_at: float

    @property
    def key(self) -> tuple[int, int]:
        """What fires once."""
        return self.id, self.arming


@dataclass(frozen=True, slots=True)
class Hit:
    """An alert, and the tick by which a consumer found it crossed."""

    alert: ArmedAlert
    tick: Tick
