"""The one table of the URL shortener: every copy of every link, partitioned by shard."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class LinkRow(SQLModel, table=True):
    """A copy of a link on a shard. Times are Unix seconds.

    A deleted or expired link stays as a tombstone without its URL: its code is never given again,
    because whoever kept the short link would land on somebody else's page.
    """

    __tablename__ = "url_shortener_link"
    __table_args__ = (
        Index("url_shortener_link_url", "room", "shard", "copy", "url_digest"),
        Index("url_shortener_link_owner", "room", "shard", "copy", "owner", "created_at"),
        Index("url_shortener_link_expiry", "room", "expires_at"),
    )

    room: str = Field(primary_key=True)
    shard: int = Field(primary_key=True)
    copy_: int = Field(primary_key=True, sa_column_kwargs={"name": "copy"})
    code: str = Field(primary_key=True)
    url: str
    url_digest: str
    owner: str
    alias: bool
    by_hand: bool
    created_at: float
    expires_at: float | None
    deleted_at: float | None
