"""The one table of live comments: every comment that was acknowledged, in the order of its stream."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class CommentRow(SQLModel, table=True):
    """A comment. `seq` counts from 1 in each stream without holes; `at` is Unix seconds.

    A hidden comment keeps its position: the order of the others does not depend on it.
    """

    __tablename__ = "live_comments_comment"

    room: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    author: str
    text: str
    at: float
    hidden: bool = False
