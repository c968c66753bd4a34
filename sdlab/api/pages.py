"""Pages of long lists: `{items, next_cursor}`, and cursors that name a position without telling how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from sdlab.lab.cursor import MAX_CURSOR as MAX_CURSOR
from sdlab.lab.cursor import CursorKey as CursorKey
from sdlab.lab.cursor import Scalar

MAX_LIMIT = 100

T = TypeVar("T")
Row = TypeVar("Row")

Cursor = Annotated[
    str | None, Query(max_length=MAX_CURSOR, description="`next_cursor` of the page before this one")
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="how many at most")]


class Page(BaseModel, Generic[T]):
    """A part of a list. `next_cursor` leads to the part behind it; null when this is the last."""

    items: list[T]
    next_cursor: str | None


def page_of(
    rows: Sequence[Row],
    *,
    limit: int,
    cursor: CursorKey,
    key: Callable[[Row], tuple[Scalar, ...]],
    item: Callable[[Row], T],
) -> Page[T]:
    """The first `limit` of `rows`, of which one more than `limit` was asked for.

    `key` gives the position of a row, `item` what the API says of it.
    """
    shown = rows[:limit]
    more = len(rows) > limit
    # The parameter is left out: what `item` gives is typed by the response model of the route.
    return Page.model_construct(
        items=[item(row) for row in shown],
        next_cursor=cursor.encode(*key(shown[-1])) if more and shown else None,
    )
