"""Pages and cursors: every row once, and no cursor but those that were given out for this list."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.api.pages import MAX_CURSOR, CursorKey, page_of
from sdlab.lab import Invalid

LINKS = CursorKey("links", float, str, int)
NUMBER = st.integers(-(2**63), 2**63 - 1)


@given(st.floats(-1e12, 1e12), st.text(max_size=10), NUMBER)
def test_a_cursor_leads_back_to_its_key(at: float, code: str, number: int) -> None:
    assert LINKS.decode(LINKS.encode(at, code, number)) == (at, code, number)


@given(st.text(max_size=60) | st.text("abcdefABCDEF0123456789-_=", max_size=60))
def test_what_was_not_given_out_is_refused(text: str) -> None:
    if not text:
        assert LINKS.decode(text) is None
        return
    with pytest.raises(Invalid) as refused:
        LINKS.decode(text)
    assert refused.value.extra["field"] == "cursor"


@pytest.mark.parametrize("position", range(4))
def test_a_changed_cursor_is_refused(position: int) -> None:
    cursor = LINKS.encode(1.5, "abc", 7)
    other = "B" if cursor[position] != "B" else "C"
    for changed in (
        cursor[:position] + other + cursor[position + 1 :],
        cursor + "=",
        cursor + "A",
        cursor[:-1],
    ):
        with pytest.raises(Invalid):
            LINKS.decode(changed)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Invalid):
        CursorKey("clicks", float, str, int).decode(LINKS.encode(1.5, "abc", 7))
    forged = base64.urlsafe_b64encode(b"x" * 6 + b"[" * 100).decode().rstrip("=")
    with pytest.raises(Invalid):
        LINKS.decode(forged)
    with pytest.raises(Invalid):
        LINKS.decode("A" * (MAX_CURSOR + 1))


def test_a_key_of_another_kind_gives_no_cursor() -> None:
    for key in ((1.5, "a", True), (float("nan"), "a", 1), (1.5, "a"), (1.5, "a", 2**63), (1.0, "a" * 999, 1)):
        with pytest.raises(ValueError):
            LINKS.encode(*key)


@given(st.integers(0, 30), st.integers(1, 10))
def test_pages_give_every_row_once(count: int, limit: int) -> None:
    rows, ids = list(range(count)), CursorKey("numbers", int)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        (after,) = ids.decode(cursor) or (-1,)
        found = [row for row in rows if row > after][: limit + 1]
        page = page_of(found, limit=limit, cursor=ids, key=lambda row: (row,), item=str)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [str(row) for row in rows]
