"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from designs.stock_alerts.engine.alert_book import StoredAlert
from designs.stock_alerts.engine.alert_request import AlertRequest
from designs.stock_alerts.engine.engine import MOST_TICKS, Accepted
from designs.stock_alerts.engine.inbox import Notification
from designs.stock_alerts.engine.market import Quote
from designs.stock_alerts.engine.stocks import CENTS, DEAREST, STOCKS, money
from sdlab.api.kit import StrictModel
from sdlab.lab import Example

BASE = "/api/stock-alerts"
LARGEST = DEAREST / CENTS
MOST_SEQ = 2**53

Price = Annotated[float, Field(gt=0, le=LARGEST, examples=[140.0], description="in money, to the cent")]
Symbol = Annotated[str, Field(min_length=1, max_length=8, examples=["BRIK"])]
Kind = Literal["above", "below", "pct_up", "pct_down"]


class NewAlert(StrictModel):
    """An alert that is asked for. `alertPrice` with above and below, `percent` with the others."""

    stock: Symbol
    kind: Kind = Field(examples=["pct_up"])
    alertPrice: Price | None = None
    percent: float | None = Field(default=None, gt=0, le=1000, examples=[2.5])
    currentPrice: Price | None = Field(
        default=None, description="the price that you saw; refused when it is off by more than 10 %"
    )

    def request(self) -> AlertRequest:
        """As the engine takes it."""
        return AlertRequest(self.kind, _cents(self.alertPrice), self.percent, _cents(self.currentPrice))


class Rearm(StrictModel):
    """At which price from now on; without one, as before."""

    alertPrice: Price | None = None

    @property
    def cents(self) -> int | None:
        """The price in cents."""
        return _cents(self.alertPrice)


class NewTick(StrictModel):
    """A price of a stock. `seq` is the feed's own number of it; left out, it is the next one."""

    stock: Symbol
    price: Price
    seq: int | None = Field(default=None, ge=1, le=MOST_SEQ)


class NewTicks(StrictModel):
    """Ticks in their order."""

    ticks: list[NewTick] = Field(min_length=1, max_length=MOST_TICKS)

    def prices(self) -> list[tuple[str, int, int | None]]:
        """As the engine takes them."""
        return [(one.stock, round(one.price * CENTS) or 1, one.seq) for one in self.ticks]


class AlertOut(BaseModel):
    """An alert of yours."""

    id: str = Field(examples=["2001"])
    stock: str
    kind: str
    alertPrice: float
    percent: float | None
    status: str
    arming: int
    created_at: datetime
    armed_at: datetime
    fired_at: datetime | None
    fired_price: float | None


class AcceptedOut(BaseModel):
    """How many ticks were taken, and how many of them are in the log now."""

    accepted: int
    logged: int


class StockOut(BaseModel):
    """A stock as it stands."""

    stock: str
    name: str
    price: float
    seq: int


class StocksOut(BaseModel):
    """All stocks."""

    items: list[StockOut]


class NotificationOut(BaseModel):
    """What you were told. `delay_ms` is from the tick to your inbox; `quiet` ones did not ring."""

    alert_id: str
    stock: str
    text: str
    price: float
    alertPrice: float
    at: datetime
    delay_ms: float
    quiet: bool


def _cents(price: float | None) -> int | None:
    return None if price is None else max(1, round(price * CENTS))


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def alert_out(one: StoredAlert) -> AlertOut:
    """A row, as it travels."""
    return AlertOut(
        id=str(one.id),
        stock=STOCKS[one.stock].symbol,
        kind=one.kind,
        alertPrice=one.price / CENTS,
        percent=one.percent,
        status=one.status,
        arming=one.arming,
        created_at=_time(one.created_at),
        armed_at=_time(one.armed_at),
        fired_at=_time(one.fired_at) if one.fired_at else None,
        fired_price=one.fired_price / CENTS if one.fired_price else None,
    )


def accepted_out(one: Accepted) -> AcceptedOut:
    """What became of ticks."""
    return AcceptedOut(accepted=one.ticks, logged=len(one.places))


def stock_out(one: Quote) -> StockOut:
    """A quote, as it travels."""
    return StockOut(stock=one.stock.symbol, name=one.stock.name, price=one.price / CENTS, seq=one.seq)


def notification_out(one: Notification) -> NotificationOut:
    """An entry of an inbox, as it travels."""
    symbol = STOCKS[one.stock].symbol
    return NotificationOut(
        alert_id=str(one.alert),
        stock=symbol,
        text=f"{symbol} {'rose to' if one.above else 'fell to'} {money(one.price)}",
        price=one.price / CENTS,
        alertPrice=one.threshold / CENTS,
        at=_time(one.sent_at),
        delay_ms=round(one.delay_ms, 1),
        quiet=one.quiet,
    )


EXAMPLES = (
    Example("Prices now", "GET", f"{BASE}/stocks"),
    Example(
        "Tell me when it rises by 2.5 %",
        "POST",
        f"{BASE}/stocks/alert",
        body={"stock": "BRIK", "kind": "pct_up", "percent": 2.5},
        status=201,
        saves={"alert": "id"},
    ),
    Example("My alerts", "GET", f"{BASE}/alerts?limit=5"),
    Example("One of them", "GET", f"{BASE}/alerts/{{alert}}"),
    Example(
        "At another price",
        "POST",
        f"{BASE}/alerts/{{alert}}/arm",
        body={"alertPrice": 1999.5},
    ),
    Example(
        "It was there before",
        "POST",
        f"{BASE}/stocks/alert",
        body={"stock": "BRIK", "kind": "below", "alertPrice": 900_000.0},
        status=422,
        note="The stock is below that already: the alert would fire at once.",
    ),
    Example(
        "A tick of the feed",
        "POST",
        f"{BASE}/ticks",
        body={"ticks": [{"stock": "BRIK", "price": 2100.0}]},
        status=202,
    ),
    Example("What I was told", "GET", f"{BASE}/notifications?limit=5"),
    Example("Take it back", "DELETE", f"{BASE}/alerts/{{alert}}", status=204),
)
