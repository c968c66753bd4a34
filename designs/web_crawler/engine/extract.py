"""Reading a page: which charset it really has, its title, language, text and links. Pure; runs in processes of its own."""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from designs.web_crawler.engine.addresses import canonical
from sdlab.blocks.simhash import shingles, simhash

MOST_LINKS = 300
MOST_TEXT = 20_000
MOST_TITLE = 200
KANA = 0.01  # share of the letters of a Japanese text, at least
MOST_WRONG = 0.02  # share of signs that no text has, beyond which a charset is not believed
_IN_HEADER = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_IN_BODY = re.compile(rb"<meta[^>]+charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_PART = 2_048
_GUESSES = ("utf-8", "shift_jis", "gb18030", "windows-1251", "koi8-r", "iso-8859-7", "windows-1252")
_SCRIPTS = {
    "shift_jis": re.compile(r"[\u3040-\u30ff]"),
    "gb18030": re.compile(r"[\u4e00-\u9fff]"),
    "windows-1251": re.compile(r"[а-яё]"),
    "koi8-r": re.compile(r"[а-яё]"),
    "iso-8859-7": re.compile(r"[α-ωά-ώ]"),
    "windows-1252": re.compile(r"[à-ÿ]"),
}


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read. `hash` and `simhash` are of the text; links are in canonical form, in their order."""

    title: str
    language: str
    charset: str
    text: str
    hash: str
    simhash: int
    links: tuple[str, ...]


def extract(body: bytes, content_type: str, url: str, *, buggy: bool = False) -> Extracted:
    """Read a page. A `buggy` version finds the links and no text."""
    charset, markup = decoded(body, content_type)
    tree = LexborHTMLParser(markup)
    heading = tree.css_first("title")
    html = tree.css_first("html")
    links = []
    for anchor in tree.css("a[href]"):
        if len(links) >= MOST_LINKS:
            break
        rel = anchor.attributes.get("rel") or ""
        if found := "" if "nofollow" in rel else canonical(anchor.attributes.get("href") or "", url):
            links.append(found)
    language = (html.attributes.get("lang") or "") if html else ""
    tree.strip_tags(["script", "style", "nav", "template", "noscript"])
    text = "" if buggy or tree.body is None else tree.body.text(separator=" ")
    text = _SPACE.sub(" ", text).strip()[:MOST_TEXT].replace("\x00", "")
    title = _SPACE.sub(" ", heading.text() if heading else "").strip()[:MOST_TITLE].replace("\x00", "")
    return Extracted(
        title=title,
        language=language[:20],
        charset=charset,
        text=text,
        hash=hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest() if text else "",
        simhash=_signed(simhash(shingles(text))),
        links=tuple(dict.fromkeys(one for one in links if one != url)),
    )


def links_of_sitemap(body: bytes) -> tuple[str, ...]:
    """The addresses that a sitemap lists."""
    text = body.decode("utf-8", "replace")
    found = (canonical(one) for one in re.findall(r"<loc>\s*([^<]+?)\s*</loc>", text)[:MOST_LINKS])
    return tuple(dict.fromkeys(one for one in found if one))


def decoded(body: bytes, content_type: str) -> tuple[str, str]:
    """The charset that fits, and the text in it.

    A byte order mark is believed, then what the header says, then what the page says of itself; what gives signs that no
    text has is not believed, and charsets are tried by the letters that they give.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return name.removesuffix("-sig"), body.decode(name, "replace")
    said = [found[1] for found in (_IN_HEADER.search(content_type),) if found]
    said += [found[1].decode("ascii", "replace") for found in (_IN_BODY.search(body[:_PART]),) if found]
    for name in said:
        text = _in(body, name)
        if text is not None and _is_text(text):
            return name.lower(), text
    name = max(_GUESSES, key=lambda one: _likely(body, one))
    return name, _in(body, name) or body.decode("utf-8", "replace")


def _in(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name, "replace")
    except (LookupError, ValueError):
        return None


def _is_text(text: str) -> bool:
    wrong = sum(1 for char in text if char == "\ufffd" or "\x80" <= char <= "\x9f")
    return wrong <= len(text) * MOST_WRONG


def _likely(body: bytes, name: str) -> float:
    text = _in(body[: 4 * _PART], name)
    if text is None or not text:
        return -1.0
    wrong = sum(1 for char in text if char == "\ufffd" or "\x80" <= char <= "\x9f") / len(text)
    if name == "utf-8":
        return 1.0 if wrong == 0 else -wrong
    letters = sum(char > "\x7f" for char in text)
    fitting = len(_SCRIPTS[name].findall(text)) / max(1, letters)
    if name == "shift_jis" and fitting > KANA:
        return 1.0 - 3 * wrong  # what is Japanese gives kana in no other charset
    return fitting - 3 * wrong - (0.3 if name == "windows-1252" else 0.0)


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
