"""The one table of the rate limiter: which rule was in force since when. Counters live in Redis."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class RuleRow(SQLModel, table=True):
    """A rule as it was set. `since` is Unix seconds, `window_s` seconds."""

    __tablename__ = "rate_limiter_rule"

    room: str = Field(primary_key=True)
    since: float = Field(primary_key=True)
    algorithm: str
    limit: int
    window_s: int
    burst: int
