"""The rows of rides: their state, each step, and who was told that a ride is theirs; and positions for a search in SQL."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class RideRow(SQLModel, table=True):
    """A ride. Places in degrees, times Unix seconds, price in cents.

    `round` counts offers: an answer counts only for the offer that it was given to. `n` is in order of requests.
    """

    __tablename__ = "uber_ride"
    __table_args__ = (
        sa.UniqueConstraint("room", "fare", name="uber_one_ride_per_fare"),
        sa.Index("uber_ride_status", "room", "status", "requested_at"),
    )

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    fare: str
    rider: str
    status: str = "requested"
    driver: str = ""
    round: int = 0
    from_lat: float
    from_lng: float
    to_lat: float
    to_lng: float
    cents: int
    surge: float
    requested_at: float
    changed_at: float
    pickup_s: float = 0.0


class StepRow(SQLModel, table=True):
    """A state that a ride came into, the `n`-th of it, and through whom."""

    __tablename__ = "uber_step"

    room: str = Field(primary_key=True)
    ride: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    status: str
    by: str
    at: float


class AcceptanceRow(SQLModel, table=True):
    """A driver was told that a ride is theirs: read from `began`, written at `at`."""

    __tablename__ = "uber_acceptance"

    room: str = Field(primary_key=True)
    ride: str = Field(primary_key=True)
    driver: str = Field(primary_key=True)
    began: float
    at: float


class PositionRow(SQLModel, table=True):
    """Where a car is; kept while the search is one in SQL."""

    __tablename__ = "uber_position"
    __table_args__ = (sa.Index("uber_position_box", "room", "lat", "lng"),)

    room: str = Field(primary_key=True)
    driver: str = Field(primary_key=True)
    lat: float
    lng: float


RIDE: sa.Table = RideRow.__table__  # type: ignore[attr-defined]
STEP: sa.Table = StepRow.__table__  # type: ignore[attr-defined]
ACCEPTANCE: sa.Table = AcceptanceRow.__table__  # type: ignore[attr-defined]
POSITION: sa.Table = PositionRow.__table__  # type: ignore[attr-defined]
