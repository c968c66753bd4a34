"""What authors write in Markdown, as HTML. Raw HTML in it is shown as text."""

from __future__ import annotations

from markdown_it import MarkdownIt

_PARSER = MarkdownIt("commonmark", {"html": False})


def to_html(markdown: str) -> str:
    """HTML of a few paragraphs of CommonMark."""
    return str(_PARSER.render(markdown))
