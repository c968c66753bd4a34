"""The rows: ads, and the counts of the approach that updates a row per click."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class AdRow(SQLModel, table=True):
    """An ad of an advertiser, and where a click on it leads."""

    __tablename__ = "ad_click_aggregator_ad"

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    advertiser: str
    title: str
    slot: str


class CountRow(SQLModel, table=True):
    """Clicks on an ad in a window, by its start (Unix s); updated with each click."""

    __tablename__ = "ad_click_aggregator_count"

    room: str = Field(primary_key=True)
    start: int = Field(primary_key=True)
    ad: int = Field(primary_key=True)
    clicks: int = 0


AD: sa.Table = AdRow.__table__  # type: ignore[attr-defined]
COUNT: sa.Table = CountRow.__table__  # type: ignore[attr-defined]
