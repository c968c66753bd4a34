"""What lasts: places with their stored averages, ratings, and the outbox of changed places."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from sdlab.parts.outbox import OutboxRow


class PlaceRow(SQLModel, table=True):
    """A place. `cell` is its geohash of nine letters as a number, so that a prefix is a range.

    `old_count` and `old_sum` are ratings from before the room was opened, of which only the sums are
    known. `count` and `total` are the stored sums of all ratings, `version` grows with each change of
    them, `averaged` says when a batch last made them (Unix seconds). `revision` counts edits.
    """

    __tablename__ = "yelp_place"
    __table_args__ = (sa.Index("yelp_place_cell", "room", "cell"),)

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    name: str
    kind: str
    tags: str
    street: str
    by: str
    text: str
    lat: float
    lng: float
    cell: int = Field(sa_type=sa.BigInteger)
    old_count: int = 0
    old_sum: int = 0
    count: int = 0
    total: int = 0
    version: int = 0
    averaged: float = 0.0
    revision: int = 0


class RatingRow(SQLModel, table=True):
    """What somebody thinks of a place. `claim` is empty with the unique key in force, so that it admits one."""

    __tablename__ = "yelp_rating"

    room: str = Field(primary_key=True)
    place_id: int = Field(primary_key=True)
    by: str = Field(primary_key=True)
    claim: str = Field(primary_key=True, default="")
    stars: int
    text: str = ""
    at: float


class NewsRow(OutboxRow, table=True):
    """A changed place, written in the transaction that changed it."""

    __tablename__ = "yelp_news"


PLACE, RATING, NEWS = (
    kind.__table__  # type: ignore[union-attr]
    for kind in (PlaceRow, RatingRow, NewsRow)
)
