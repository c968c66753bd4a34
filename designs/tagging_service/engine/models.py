"""What lasts: items, tags, the pairs of both, and the outbox of changed pairs.

On PostgreSQL every room has an item and a pair table of its own below these (`tables.py`), so that
indexes, sizes and plans are the room's own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class ItemRow(SQLModel, table=True):
    """A picture. `look` is how it is drawn, `tags` the names of its tags once more, beside the pairs."""

    __tablename__ = "tagging_service_item"

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    look: int
    active: bool
    tags: Any = Field(sa_type=ARRAY(sa.Text).with_variant(sa.JSON(), "sqlite"))  # type: ignore[call-overload]


class TagRow(SQLModel, table=True):
    """A tag; `alias` is the tag that it was merged into, 0 for one that stands for itself."""

    __tablename__ = "tagging_service_tag"
    __table_args__ = (sa.UniqueConstraint("room", "name"),)

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str
    alias: int = 0


class PairRow(SQLModel, table=True):
    """An item bears a tag. `active` is that of the item, for the partial index."""

    __tablename__ = "tagging_service_item_tag"

    room: str = Field(primary_key=True)
    item: int = Field(primary_key=True)
    tag: int = Field(primary_key=True)
    active: bool


class ChangeRow(SQLModel, table=True):
    """A pair that changed, or with item 0 all pairs of a tag; waits until the other copies have it."""

    __tablename__ = "tagging_service_change"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    room: str = Field(index=True)
    item: int
    tag: int
    present: bool
