"""One name for one thing, whatever somebody types."""

from __future__ import annotations

import pytest

from designs.tagging_service.engine.names import MAX_NAME, MOST_ASKED, tag_name, tag_query
from sdlab.lab import Invalid


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NYC", "nyc"),
        ("  New \u00a0 York", "new york"),
        ("ＮＹＣ", "nyc"),
        ("Straße", "strasse"),
        ("e\u0301t\u00e9", "été"),
    ],
)
def test_spellings_are_one(text: str, name: str) -> None:
    assert tag_name(text) == name
    assert tag_name(name) == name


@pytest.mark.parametrize("text", ["", " \u200b", "x" * (MAX_NAME + 1), "a,b", "a/b", "ﷺ" * 20])
def test_what_is_no_tag_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        tag_name(text)


def test_a_query_is_bounded_and_says_itself() -> None:
    with pytest.raises(Invalid):
        tag_query([f"t{n}" for n in range(MOST_ASKED + 1)])
    assert tag_query(["Red", "red"], none_of=["Fish"], active=True).said == "red · none of fish · active"
    assert tag_query().said == "everything"
