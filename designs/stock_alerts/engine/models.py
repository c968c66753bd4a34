"""The rows of alerts: what is asked for, and whether it has fired."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

ARMED, FIRED = "armed", "fired"


class AlertRow(SQLModel, table=True):
    """An alert of somebody. Prices are cents, times Unix seconds.

    `arming` counts how often it was armed; `since` is the number of the stock's newest tick at that moment:
    only later ones can cross it. The index serves the range of one stock and one side among those in force.
    """

    __tablename__ = "stock_alerts_alert"
    __table_args__ = (
        sa.Index("stock_alerts_range", "room", "stock", "status", "above", "price"),
        sa.Index("stock_alerts_owner", "room", "user", "id"),
    )

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    user: str
    stock: int
    kind: str
    above: bool
    price: int
    percent: float | None = None
    status: str = ARMED
    arming: int = 1
    since: int = 0
    crowd: bool = False
    created_at: float
    armed_at: float
    fired_at: float | None = None
    fired_price: int | None = None


ALERT: sa.Table = AlertRow.__table__  # type: ignore[attr-defined]
