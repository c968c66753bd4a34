"""The Notes tab: the design's `notes.md` as HTML, beside its contents and the panels that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import reflex as rx
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from components.notes import Contents, Quoted
from sdlab.concepts import concepts
from sdlab.lab import Design, Toggle

SHORTEST_TERM = 3  # characters: shorter ones are words of other things, too
# What has no links added in it: headings, code, links that are there already.
FIXED = re.compile(
    r"(^#[^\n]*$|^```.*?^```$|`[^`\n]*`|\[[^\]]*\]\([^)]*\)|https?://\S+)", re.MULTILINE | re.DOTALL
)
DIVES = "Deep dives"
KINDS = {"In a minute": "sd-minute sd-card", DIVES: "sd-dived"}
_FORMATTER = HtmlFormatter(nowrap=True, classprefix="hl-")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the notes: what stands over it, its HTML, and the question that it takes up, if one."""

    section: str
    html: str
    anchor: str
    title: str = ""


def notes(design: Design, panels: Sequence[rx.Component]) -> rx.Component:
    """The notes with their contents, and the panel of each question beside the passage that takes it up."""
    found = passages(linked(design.notes))
    return rx.el.div(
        Contents.create(headings=_headings(found)),
        rx.el.article(*_sections(design, panels, found)),
        class_name="sd-notes",
    )


def _headings(found: Sequence[Passage]) -> list[dict[str, str | int]]:
    return [
        {"anchor": one.anchor, "text": one.title or one.section, "level": 2 if one.title else 1}
        for one in found
        if one.anchor
    ]


def _sections(
    design: Design, panels: Sequence[rx.Component], found: Sequence[Passage]
) -> Iterator[rx.Component]:
    left = {str(one.anchor._var_value): one for one in panels}
    for one in found:
        toggle = next((other for other in design.toggles if one.title in (other.question, other.short)), None)
        panel = _panel_of(toggle, left) if toggle else None
        text = rx.el.div(
            custom_attrs={"dangerouslySetInnerHTML": {"__html": one.html}}, class_name="sd-prose"
        )
        if panel:
            yield rx.el.section(text, panel, class_name="sd-dived sd-beside")
        else:
            yield rx.el.section(text, class_name=KINDS.get(one.section, "sd-passage"))


def _panel_of(toggle: Toggle, left: dict[str, rx.Component]) -> rx.Component | None:
    """The first of the question's panels that no passage before has shown."""
    for name in toggle.panels:
        if name in left:
            return Quoted.create(left.pop(name), panel=name, question=toggle.id)
    return None


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


def passages(markdown: str) -> list[Passage]:
    """The notes in pieces: each second-level heading begins one, and so does each question of the deep dives.

    Raw HTML is shown as text; what stands before the first heading is left out, as the page has its title.
    """
    parser, tokens = _parsed(markdown)
    found = []
    for (start, section, title), (end, _, _) in pairwise([*_starts(tokens), (len(tokens), "", "")]):
        anchor = "notes-" + re.sub(r"[^a-z0-9]+", "-", (title or section).lower()).strip("-")
        tokens[start].attrSet("id", anchor)
        html = str(parser.renderer.render(tokens[start:end], parser.options, {}))
        found.append(Passage(section, html, anchor, title))
    return found


def render(markdown: str) -> str:
    """HTML of a text without headings of its own."""
    parser, tokens = _parsed(markdown)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _parsed(markdown: str) -> tuple[MarkdownIt, list[Token]]:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _coloured}).enable(
        ["table", "strikethrough"]
    )
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("tabindex", "0")  # it scrolls on a narrow screen
    return parser, tokens


def _starts(tokens: Sequence[Token]) -> Iterator[tuple[int, str, str]]:
    """Where a passage begins, the section that it is in, and the question that it takes up."""
    section = ""
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            section = _plain(tokens[at + 1].children or ())
            yield at, section, ""
        elif section == DIVES and token.level == 0 and (question := _question(tokens, at)):
            yield at, section, question


def _question(tokens: Sequence[Token], at: int) -> str:
    """The question that a paragraph begins with in bold, or that a smaller heading is."""
    if tokens[at].type not in ("paragraph_open", "heading_open"):
        return ""
    parts = [one for one in tokens[at + 1].children or () if one.content or one.type != "text"]
    if tokens[at].type == "paragraph_open":
        ends = [place for place, one in enumerate(parts) if one.type == "strong_close"]
        parts = parts[: ends[0]] if ends and parts[0].type == "strong_open" else []
    text = _plain(parts)
    return text if text.endswith("?") else ""


def _plain(parts: Sequence[Token]) -> str:
    return "".join(one.content for one in parts)


def _coloured(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, _FORMATTER))
