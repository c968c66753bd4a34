"""The journal: one row per acknowledged add, so that the counter can be checked against it."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class AddRow(SQLModel, table=True):
    """An add that was acknowledged."""

    __tablename__ = "sprout_add"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    by: str
    amount: int
