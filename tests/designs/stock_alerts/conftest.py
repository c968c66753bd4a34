"""Stock alerts at work over real stores, on virtual time, with a small crowd."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.alert_request import AlertRequest
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.stocks import STOCKS
from sdlab.lab import WorkloadRunner, as_user
from sdlab.registry import design as design_of
from tests.conftest import AtWork
from tests.virtual_time import VirtualClock

Opener = Callable[..., Awaitable[StockAlerts]]
SYMBOL = STOCKS[0].symbol
CROWD = 300
SETTLED = 6.0  # seconds in which everything is found, sent and judged


@pytest.fixture
def opener(at_work: AtWork, usual_clock: VirtualClock) -> Opener:
    """`await opener(room=..., **config)`; naming a room twice re-opens it."""
    make = at_work("stock-alerts", StockAlerts, Config, clock=lambda: usual_clock)

    async def opened(*, alerts: int = CROWD, **choices: object) -> StockAlerts:
        engine: StockAlerts = await make(alerts=alerts, **choices)
        return engine

    return opened


def price_of(engine: StockAlerts, stock: int = 0) -> int:
    """Its price now, in cents."""
    return engine.market.quotes[stock].price


async def set_alert(engine: StockAlerts, kind: str, price: int, *, user: str = "ann") -> int:
    """The number of an alert on the first stock."""
    request = AlertRequest(kind, price)
    placed = await as_user(user, engine.set_alert(SYMBOL, request), by_hand=False)
    return placed.stored.id


async def tick(engine: StockAlerts, *prices: int, seq: int | None = None) -> None:
    """Ticks of the first stock, each by a call of its own."""
    for price in prices:
        await engine.ticks([(SYMBOL, price, seq)])


async def play(engine: StockAlerts, workload: str, *, rate: float, seconds: float, seed: int = 3) -> None:
    """That traffic, and the time until everything is judged."""
    chosen = design_of("stock-alerts")
    runner = WorkloadRunner(
        clock=engine.clock, perform=chosen.traffic(engine).perform, crashed=engine.crashed
    )
    runner.start(chosen.workload(workload), rate=rate, seed=seed, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(SETTLED)


async def told(engine: StockAlerts, user: str = "ann") -> list[int]:
    """The alerts that rang for a user, the oldest first."""
    found = await engine.inbox.of(user, limit=1000)
    return [one.alert for _, one in reversed(found) if not one.quiet]


def broken(engine: StockAlerts) -> dict[str, int]:
    """Claims that were broken, and how often."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}


def causes(engine: StockAlerts, claim: str) -> set[str]:
    """What the evidence names as the cause; of a setting, without the time."""
    steps = engine.monitors[claim].view().evidence
    return {one.text.partition(" since ")[0] for one in steps if one.kind == "cause"}
