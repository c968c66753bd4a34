"""The one table of top-k: the rankings that the batch job has published."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class RankRow(SQLModel, table=True):
    """A rank of a published ranking. `as_of` is Unix seconds: the end of the last interval counted."""

    __tablename__ = "top_k_rank"

    room: str = Field(primary_key=True)
    window: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    video_id: str
    views: int
    as_of: float
