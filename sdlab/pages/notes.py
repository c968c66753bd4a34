"""The Notes tab: a lab's Markdown, rendered once when the pages are built."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import reflex as rx
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from sdlab.concepts import concepts
from sdlab.lab import Design

SHORTEST_TERM = 3  # characters: shorter ones are words of other things, too
# What has no links added in it: headings, code, links that are there already.
FIXED = re.compile(
    r"(^#[^\n]*$|^```.*?^```$|`[^`\n]*`|\[[^\]]*\]\([^)]*\)|https?://\S+)", re.MULTILINE | re.DOTALL
)
_FORMATTER = HtmlFormatter(nowrap=True, classprefix="hl-")


def notes(design: Design) -> rx.Component:
    """The notes with their table of contents."""
    html, headings = render(linked(design.notes))
    return rx.el.div(
        rx.el.nav(
            custom_attrs={"dangerouslySetInnerHTML": {"__html": _contents(headings)}},
            aria_label="Contents of the notes",
            class_name="sd-toc",
        ),
        rx.el.article(custom_attrs={"dangerouslySetInnerHTML": {"__html": html}}, class_name="sd-prose"),
        class_name="sd-notes",
    )


def linked(markdown: str) -> str:
    """The notes with the first mention of each concept, in running text, as a link to its page."""
    names = {name.lower(): one.id for one in concepts() for name in one.names if len(name) > SHORTEST_TERM}
    pattern = re.compile(
        r"(?<![\w`\[/-])("
        + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        + r")(?![\w`\]-])",
        re.IGNORECASE,
    )
    seen: set[str] = set()

    def link(found: re.Match[str]) -> str:
        concept_id = names[found[1].lower()]
        if concept_id in seen:
            return found[0]
        seen.add(concept_id)
        return f"[{found[1]}](/concepts/{concept_id})"

    return "".join(part if FIXED.match(part) else pattern.sub(link, part) for part in FIXED.split(markdown))


def _contents(headings: Sequence[tuple[str, str]]) -> str:
    """Plain links: the router's own would drop the query, and with it the tab that is open."""
    items = "".join(f'<li><a href="#{anchor}">{escape(text)}</a></li>' for anchor, text in headings)
    return f"<b>Contents</b><ol>{items}</ol>"


def render(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    """HTML of the notes, and anchor and text of each second-level heading. Raw HTML is shown as text."""
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _coloured}).enable(
        ["table", "strikethrough"]
    )
    tokens = _without_title(parser.parse(markdown))
    headings = _anchor(tokens)
    return str(parser.renderer.render(tokens, parser.options, {})), headings


def _without_title(tokens: Sequence[Token]) -> list[Token]:
    """The page has its title already."""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return list(tokens[3:])
    return list(tokens)


def _anchor(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    found = []
    for opening, inline in zip(tokens, tokens[1:], strict=False):
        if opening.type == "table_open":
            opening.attrSet("tabindex", "0")
        if opening.type == "heading_open" and opening.tag in ("h2", "h3"):
            anchor = "notes-" + re.sub(r"[^a-z0-9]+", "-", inline.content.lower()).strip("-")
            opening.attrSet("id", anchor)
            if opening.tag == "h2":
                found.append((anchor, inline.content.replace("`", "")))
    return found


def _coloured(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, _FORMATTER))
