"""What a visitor wants: one handler for each verb of the product."""

from __future__ import annotations

from typing import Any

from designs.stock_alerts.engine.alert_request import AlertRequest
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.stocks import CENTS, DEAREST
from sdlab.lab import Invalid, LabError
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("stock-alerts", StockAlerts)


class StockAlertsState(VerbState):
    """The last refusal of what was asked for; prices and alerts are in the live frames."""

    wrong: str = ""

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.wrong = error.detail

    @verb
    async def look(self, engine: StockAlerts, symbol: str) -> None:
        """Put another stock on the screen."""
        await engine.look(symbol)

    @verb
    async def nudge(self, engine: StockAlerts, symbol: str, up: bool) -> None:
        """Move the price a little."""
        await engine.nudge(symbol, up=up)

    @verb(unusable="that is not a number")
    async def place(self, engine: StockAlerts, symbol: str, kind: str, value: str) -> None:
        """Set an alert: a price, or a percentage."""
        number = float(value.replace(",", ""))
        by_share = kind.startswith("pct")
        request = AlertRequest(kind, percent=number) if by_share else AlertRequest(kind, _cents(number))
        await engine.set_alert(symbol, request)

    @verb(unusable="that is not a price")
    async def move(self, engine: StockAlerts, id: str, price: float) -> None:
        """Drag the line of an alert to another price."""
        await engine.rearm(int(id), price=_cents(price))

    @verb
    async def rearm(self, engine: StockAlerts, id: str) -> None:
        """Wait for the same again."""
        await engine.rearm(int(id))

    @verb
    async def delete(self, engine: StockAlerts, id: str) -> None:
        """Take an alert back."""
        await engine.delete(int(id))


def _cents(price: float) -> int:
    if not 0 < price < DEAREST:
        raise Invalid("a price is above 0", field="alertPrice")
    return round(price * CENTS)
