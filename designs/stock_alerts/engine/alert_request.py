"""What somebody asks to be told of, checked before it is written down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from designs.stock_alerts.engine.alert_book import StoredAlert
from designs.stock_alerts.engine.stocks import DEAREST, money, moved
from sdlab.lab import Invalid

KINDS = ("above", "below", "pct_up", "pct_down")
LARGEST_PCT = 1_000.0
STALE = 0.1  # of the price


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """A kind, and its price (cents) or percent; `current` is the price that the client saw."""

    kind: str
    price: int | None = None
    percent: float | None = None
    current: int | None = None

    @property
    def above(self) -> bool:
        """Whether the price has to rise."""
        return self.kind in ("above", "pct_up")

    def check(self) -> None:
        """`Invalid` names the part that does not fit to the others."""
        if self.kind not in KINDS:
            raise Invalid(f"kind is one of {', '.join(KINDS)}", field="kind")
        if self.kind.startswith("pct"):
            most = LARGEST_PCT if self.kind == "pct_up" else 100.0
            if self.price is not None:
                raise Invalid(f"{self.kind} goes with percent, not with alertPrice", field="alertPrice")
            if self.percent is None or not 0 < self.percent < most:
                raise Invalid(f"{self.kind} needs a percent above 0 and below {most:g}", field="percent")
            return
        if self.percent is not None:
            raise Invalid(f"{self.kind} goes with alertPrice, not with percent", field="percent")
        if self.price is None or not 0 < self.price <= DEAREST:
            raise Invalid(f"{self.kind} needs an alertPrice up to {money(DEAREST)}", field="alertPrice")

    def threshold(self, price: int) -> int:
        """Where it fires, while the stock stands at `price`. `Invalid` when that is met already."""
        if self.current is not None and abs(self.current - price) > price * STALE:
            raise Invalid(
                f"the stock is at {money(price)}, not at {money(self.current)}", field="currentPrice"
            )
        wanted = self.price
        if wanted is None:
            share = (self.percent or 0.0) / 100
            wanted = moved(price, share if self.above else -share)
        if (price >= wanted) if self.above else (price <= wanted):
            side = "above" if self.above else "below"
            raise Invalid(
                f"the stock is at {money(price)}: {side} {money(wanted)} is met already", field="alertPrice"
            )
        return wanted


@dataclass(frozen=True, slots=True)
class PlacedAlert:
    """An alert that is in force now."""

    stored: StoredAlert

    @property
    def says(self) -> str:
        """When it fires, in words."""
        return f"{'rises to' if self.stored.above else 'falls to'} {money(self.stored.price)}"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self.stored)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PlacedAlert:
        """What `to_json` gave."""
        return cls(StoredAlert(**data))
