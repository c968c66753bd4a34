"""The approaches: how alerts are found, in which order, once, acknowledged when, fed how, and how many a day."""

from __future__ import annotations

from designs.stock_alerts.engine.strategies.delivery import ACKS, CAPS, ONCE
from designs.stock_alerts.engine.strategies.feeds import FEEDS
from designs.stock_alerts.engine.strategies.finding import FINDINGS
from designs.stock_alerts.engine.strategies.ordering import ORDERS

__all__ = ["ACKS", "CAPS", "FEEDS", "FINDINGS", "ONCE", "ORDERS"]
