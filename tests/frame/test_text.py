"""One rule for text: any script, nothing that controls, and blank means that nothing can be seen."""

from __future__ import annotations

import pytest

from sdlab.lab import Invalid
from sdlab.lab.text import TextRule, header_text, is_blank

TITLE = TextRule("title", 20)


@pytest.mark.parametrize(
    "text",
    ["hey 👩‍💻", "می‌خواهم", "❤️", "שלום", "日本語", "a\u200fb", "🏳️‍🌈", "𝔘𝔫𝔦", "x" * 20, "\u2067שלום\u2069"],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert TITLE.check(text) == text


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "\u200d\u200c", "\ufe0f", "\u3164", "\u2800", "\u00a0\u00ad"]
)
def test_nothing_visible_is_blank(text: str) -> None:
    assert is_blank(text)
    with pytest.raises(Invalid, match="visible") as refused:
        TITLE.check(text)
    assert refused.value.extra["field"] == "title"
    assert TextRule("note", 20, minimum=0).check(text) == ""


@pytest.mark.parametrize(
    "text", ["a\x00", "a\x07b", "\x85", "a\ud800", "a\u202eb", "\u202da", "a\nb", "tab\t"]
)
def test_what_controls_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        TITLE.check(text, field="comment")


def test_lines_are_kept_where_they_are_allowed() -> None:
    assert TextRule("post", 20, lines=True).check("a\n\tb\n") == "a\n\tb"


def test_characters_are_counted_after_normalising() -> None:
    assert TITLE.check("e\u0301" * 20) == "é" * 20
    assert TITLE.check("👍" * 20) == "👍" * 20
    with pytest.raises(Invalid, match="not 21"):
        TITLE.check("👍" * 21)


def test_headers_are_utf_8_and_else_latin_1() -> None:
    assert header_text("Zoë 日本".encode().decode("latin-1")) == "Zoë 日本"
    assert header_text("Zoë") == "Zoë"
    assert header_text("plain") == "plain"
