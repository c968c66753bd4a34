"""The web of the lab as a pure function: sites with characters of their own, pages, links, robots.txt, sitemaps.

The same seed gives the same web, so that what can be reached in it is known without crawling it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from random import Random
from urllib.parse import urlsplit

from designs.web_crawler.engine.web_texts import paragraphs, title

DOMAIN = "test"
PORTAL = f"portal.{DOMAIN}"
FANOUT = 6
PARAGRAPHS = 3
HUGE_BYTES = 600_000
SHARED_ADDRESS, OWN_ADDRESS = "the shared house", ""
INSIDE, REBINDING, NOWHERE = f"inside.{DOMAIN}", f"rebinding.{DOMAIN}", f"nowhere.{DOMAIN}"
PRIVATE = "10.0.0.5"
FIRST_YEAR = 2027
MIRRORED = 2  # of the named sites have a mirror
HTML = "text/html"

_SLUG = [
    "amber", "birch", "cedar", "delta", "ember", "fable", "grove", "hazel", "ivory", "juniper", "kettle",
    "lunar", "maple", "north", "opal", "pearl", "quill", "raven", "sage", "thistle", "umber", "velvet",
    "willow", "yarrow", "zephyr", "anchor", "beacon", "canyon", "drift", "falcon",
]  # fmt: skip
_NAMES = [
    "harbour-times", "mill-lane", "quiet-river", "north-gate", "stone-bridge", "paper-moon", "old-orchard",
    "silver-birch", "tin-kettle", "blue-heron", "glass-house", "long-meadow", "salt-road", "copper-bell",
    "winter-fair", "lamp-post", "green-door", "clover-hill", "sea-wall", "iron-horse", "high-street",
    "red-barn",
]  # fmt: skip
_LANGUAGES = (
    ("en", "utf-8"), ("de", "iso-8859-1"), ("fr", "utf-8"), ("ru", "windows-1251"), ("es", "iso-8859-1"),
    ("el", "iso-8859-7"), ("ja", "shift_jis"), ("en", "utf-8"), ("pl", "iso-8859-2"), ("ar", "utf-8"),
    ("pt", "utf-8"), ("tr", "iso-8859-9"), ("zh", "gb18030"), ("en", "us-ascii"), ("ru", "koi8-r"), ("fr", "utf-16"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """A host with its character.

    `gap_ms` is the shortest time between two requests that it allows; `stated` whether its robots.txt says so.
    `latency_ms` is how long it thinks. `strict`: who comes sooner gets 429. `declared` is the charset that its
    answers name, which need not be that of its bytes.
    """

    number: int
    host: str
    kind: str
    pages: int
    language: str = "en"
    charset: str = "utf-8"
    declared: str = "utf-8"
    gap_ms: int = 200
    stated: bool = False
    latency_ms: int = 0
    strict: bool = False
    house: str = OWN_ADDRESS
    copies: str = ""
    forbids: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says to a request."""

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can be read: `links` are where it leads, in canonical form; `story` names what it tells."""

    url: str
    title: str
    text: tuple[str, ...]
    links: tuple[str, ...]
    story: str


_SPECIALS: tuple[tuple[str, str, int, dict[str, object]], ...] = (
    ("portal", "plain", 12, {"gap_ms": 100, "stated": True}),
    ("slow-boat", "slow", 14, {"latency_ms": 900}),
    ("tortoise", "slow", 10, {"latency_ms": 1_500}),
    ("deep-sleep", "slow", 4, {"latency_ms": 9_000}),
    ("strict-library", "strict", 18, {"gap_ms": 1_000, "stated": True, "strict": True}),
    ("town-archive", "strict", 16, {"gap_ms": 800, "stated": True, "strict": True}),
    ("museum", "strict", 16, {"gap_ms": 600, "stated": True, "strict": True}),
    ("mirror-one", "mirror", 16, {"copies": "harbour-times"}),
    ("mirror-two", "mirror", 16, {"copies": "mill-lane"}),
    ("wire-east", "wire", 15, {}),
    ("wire-west", "wire", 15, {}),
    ("wire-north", "wire", 15, {}),
    ("wire-south", "wire", 15, {}),
    ("basket-shop", "sessions", 12, {}),
    ("round-about", "redirects", 14, {}),
    ("moved-away", "moved", 8, {}),
    ("mixed-letters", "plain", 10, {"language": "ru", "charset": "windows-1251", "declared": "utf-8"}),
    ("no-label", "plain", 10, {"language": "el", "charset": "iso-8859-7", "declared": ""}),
    ("wrong-label", "plain", 10, {"language": "ja", "charset": "shift_jis", "declared": "iso-8859-1"}),
    ("closed-garden", "forbidding", 16, {"forbids": ("/amber/", "/*.pdf$"), "allows": ("/amber/open",)}),
    ("private-club", "forbidding", 14, {"forbids": ("/",), "allows": ("/birch/", "/$")}),
    ("back-office", "forbidding", 14, {"forbids": ("/cedar/", "/search")}),
    ("calendar", "calendar", 6, {"gap_ms": 100, "stated": True}),
    ("broken-tags", "broken", 12, {}),
    ("half-built", "errors", 12, {}),
    ("big-book", "huge", 8, {}),
    ("filing-cabinet", "files", 12, {}),
    *((f"lodger-{name}", "shared", 9, {"house": SHARED_ADDRESS})
      for name in ("ada", "ben", "cleo", "dan", "eve", "finn", "gil", "hal")),
)  # fmt: skip


def sites_of(seed: int, scale: int = 1) -> tuple[Site, ...]:
    """All sites; `scale` multiplies the pages of each."""
    rng = Random(f"sites {seed}")
    found = []
    for name, kind, pages, more in _SPECIALS:
        found.append(
            Site(len(found), f"{name}.{DOMAIN}", kind, pages * scale, **more)  # type: ignore[arg-type]
        )
    for at, name in enumerate(_NAMES):
        language, charset = _LANGUAGES[at % len(_LANGUAGES)]
        pages = 16 if at < MIRRORED else rng.randrange(10, 34)
        found.append(
            Site(
                len(found),
                f"{name}.{DOMAIN}",
                "original" if at < MIRRORED else "plain",
                pages * scale,
                language,
                charset,
                charset,
            )
        )
    return tuple(found)


def path_of(number: int) -> str:
    """The path of a site's page of that number; the first is its front page."""
    if number == 0:
        return "/"
    section, rest = number % 4, number
    words = []
    while True:
        words.append(_SLUG[rest % len(_SLUG)])
        rest //= len(_SLUG)
        if not rest:
            break
    return f"/{_SLUG[section]}/{'-'.join(words)}"


class SmallWeb:
    """Every question about the web is answered from its seed alone."""

    def __init__(self, seed: int, scale: int = 1) -> None:
        self.seed = seed
        self.sites = sites_of(seed, scale)
        self.by_host = {site.host: site for site in self.sites}
        self.hosts = frozenset((*self.by_host, INSIDE, REBINDING, NOWHERE))

    def site(self, host: str) -> Site | None:
        """The site of that name."""
        return self.by_host.get(host)

    @cached_property
    def pages(self) -> int:
        """How many pages can be read, without the calendar's and without repetitions under other addresses."""
        return sum(site.pages for site in self.sites if site.kind not in ("moved",))

    # What robots.txt says

    def robots(self, site: Site) -> str:
        """The text of its robots.txt; empty for a site that has none."""
        if site.number % 5 == 4 and not site.stated and not site.forbids:
            return ""
        lines = ["# " + site.host, "User-agent: *"]
        lines += [f"Allow: {path}" for path in site.allows]
        lines += [f"Disallow: {path}" for path in site.forbids]
        if site.stated:
            lines.append(f"Crawl-delay: {site.gap_ms / 1000:g}")
        if not site.forbids:
            lines.append("Disallow:")
        lines += ["", f"Sitemap: http://{site.host}/sitemap.xml", ""]
        return "\n".join(lines)

    def forbidden(self, host: str, path: str) -> bool:
        """Whether the rules of that site keep everybody away from that path: the longest rule that fits decides."""
        site = self.by_host.get(host)
        if site is None or path == "/robots.txt":
            return False
        verdicts = [(len(rule), True) for rule in site.allows if _fits(rule, path)]
        verdicts += [(len(rule), False) for rule in site.forbids if _fits(rule, path)]
        return bool(verdicts) and not max(verdicts)[1]

    # Pages

    def page(self, url: str) -> Page | None:
        """The page at that address, if it can be read there; addresses in canonical form."""
        parts = urlsplit(url)
        site = self.by_host.get(parts.hostname or "")
        return None if site is None else self._page(site, parts.path or "/", parts.query)

    def links(self, url: str) -> tuple[str, ...]:
        """Where the page at that address leads."""
        page = self.page(url)
        return page.links if page else ()

    def is_trap(self, url: str) -> bool:
        """Whether it is one of the pages that have no end."""
        parts = urlsplit(url)
        site = self.by_host.get(parts.hostname or "")
        return site is not None and site.kind == "calendar" and parts.path.startswith("/days/")

    def story(self, url: str) -> str:
        """What the page tells; pages of one story say nearly or exactly the same."""
        page = self.page(url)
        return page.story if page else ""

    def _number(self, site: Site, path: str) -> int | None:
        return _numbers(site.pages).get(path)

    def _page(self, site: Site, path: str, query: str) -> Page | None:
        if site.kind == "moved":
            return None
        if site.kind == "calendar" and path.startswith("/days/"):
            return self._day(site, path)
        number = self._number(site, path)
        if number is None or (site.kind == "redirects" and number % 3 == 2):
            return None
        if site.kind == "errors" and number % 4 == 3:
            return None
        if site.kind == "files" and number % 4 == 3:
            return None
        if query and not (site.kind == "sessions" and query.startswith("sid=")):
            return None
        story, heading, text = self._told(site, number)
        url = f"http://{site.host}{path}" + (f"?{query}" if query else "")
        return Page(url, heading, text, self._links(site, number, url), story)

    def _told(self, site: Site, number: int) -> tuple[str, str, tuple[str, ...]]:
        source, story = site, f"{site.host} {number}"
        if site.kind == "mirror":
            source = self.by_host[f"{site.copies}.{DOMAIN}"]
            story = f"{source.host} {number}"
        elif site.kind == "wire":
            story = f"wire {number}"
        rng = Random(f"{self.seed} {story}")
        heading = title(rng, source.language)
        text = paragraphs(rng, source.language, 6 if site.kind == "wire" else PARAGRAPHS)
        if site.kind == "wire":  # each of the four papers changes a word or two
            own = Random(f"{self.seed} {site.host} {number}")
            words = text[-1].split(" ")
            words[own.randrange(len(words))] = site.host.partition(".")[0]
            text[-1] = " ".join(words)
        return story, heading, tuple(text)

    def _links(self, site: Site, number: int, url: str) -> tuple[str, ...]:
        home = f"http://{site.host}"
        near = [FANOUT * number + child for child in range(1, FANOUT + 1)]
        near.append((number * 7 + 3) % site.pages)
        found = [f"{home}{path_of(one)}" for one in near if 0 < one < site.pages]
        if site.kind == "sessions":
            sid = hashlib.blake2b(f"{number}".encode(), digest_size=3).hexdigest()
            found = [f"{one}?sid={sid}" for one in found]
        if number:
            found.append(f"{home}/")
        else:
            found += [f"http://{self.sites[other].host}/" for other in self._neighbours(site)]
        if number % 4 == 1:
            rng = Random(f"{self.seed} {site.host} {number} away")
            other = rng.choice(self.sites)
            found.append(f"http://{other.host}{path_of(rng.randrange(other.pages))}")
        found += self._more(site, number)
        return tuple(dict.fromkeys(one for one in found if one != url))

    def _neighbours(self, site: Site) -> list[int]:
        children = [3 * site.number + child for child in (1, 2, 3)]
        return [one for one in children if one < len(self.sites)] or [0]

    def _more(self, site: Site, number: int) -> list[str]:
        home = f"http://{site.host}"
        if site.kind == "calendar":
            return [f"{home}/days/{FIRST_YEAR}/{1 + number}"]
        if site.kind == "forbidding" and number == 0:
            return [f"{home}{_ending(rule)}" for rule in site.forbids if rule != "/"]
        if site.kind == "errors" and number == 0:
            return [
                f"{home}/missing",
                f"{home}/gone",
                f"http://{NOWHERE}/",
                f"http://{INSIDE}/",
                f"http://{REBINDING}/",
            ]
        if site.kind == "redirects" and number == 0:
            return [f"{home}/chain/1", f"{home}/loop/a"]
        return []

    def _day(self, site: Site, path: str) -> Page | None:
        numbers = [int(one) for one in re.findall(r"\d+", path)[:3]]
        if len(numbers) < 2 or path != "/days/" + "/".join(map(str, numbers)):
            return None
        year, month, *_ = numbers
        home = f"http://{site.host}/days"
        after = (year, month + 1) if month < 12 else (year + 1, 1)
        before = (year, month - 1) if month > 1 else (year - 1, 12)
        found = [
            f"{home}/{after[0]}/{after[1]}",
            f"{home}/{before[0]}/{before[1]}",
            f"{home}/{year + 1}/{month}",
        ]
        found += [f"{home}/{year}/{month}/{day}" for day in range(1, 13)]
        rng = Random(f"{self.seed} {path}")
        url = f"http://{site.host}{path}"
        links = tuple(dict.fromkeys(one for one in found if one != url))
        return Page(
            url, f"Nothing on {'/'.join(map(str, numbers))}", tuple(paragraphs(rng, "en", 1)), links, path
        )

    # Answers

    def answer(self, host: str, path: str, query: str) -> Answer:
        """What the server of that host says, before it thinks of who asks and how often."""
        site = self.by_host.get(host)
        if site is None:
            return Answer(421, b"no such site here", "text/plain")
        if path == "/robots.txt":
            text = self.robots(site)
            return (
                Answer(200, text.encode(), "text/plain; charset=utf-8")
                if text
                else Answer(404, b"none", "text/plain")
            )
        if path == "/sitemap.xml":
            return self._sitemap(site)
        page = self._page(site, path, query)
        if page is not None:
            return self._written(site, page)
        return self._otherwise(site, path)

    def _otherwise(self, site: Site, path: str) -> Answer:
        number = self._number(site, path)
        if site.kind == "moved":
            return _moved(f"http://{PORTAL}{path if number is None else path_of(number % 12)}")
        if site.kind == "redirects":
            return self._redirect(site, path, number)
        if site.kind == "errors" and number is not None:
            return Answer(500, b"it is being built", "text/plain")
        if path == "/gone":
            return Answer(410, b"it was here once", "text/plain")
        if (site.kind == "files" and number is not None) or path.endswith(".pdf"):
            return Answer(200, b"%PDF-1.4\n" + b"0 " * 900, "application/pdf")
        return Answer(404, b"<title>Not found</title><p>Nothing is here.", "text/html; charset=utf-8")

    def _redirect(self, site: Site, path: str, number: int | None) -> Answer:
        if number is not None:  # every third page has moved to its parent's place
            return _moved(f"http://{site.host}{path_of((number - 1) // FANOUT)}", permanent=True)
        if found := re.fullmatch(r"/chain/(\d)", path):
            step = int(found[1])
            return _moved(f"/chain/{step + 1}" if step < 4 else f"http://{PORTAL}/")
        if path in ("/loop/a", "/loop/b", "/loop/c"):
            return _moved("/loop/" + {"a": "b", "b": "c", "c": "a"}[path[-1]])
        return Answer(404, b"nothing", "text/plain")

    def _sitemap(self, site: Site) -> Answer:
        listed = [path_of(one) for one in range(site.pages) if one % 5 == 0]
        rows = "".join(f"<url><loc>http://{site.host}{path}</loc></url>" for path in listed)
        body = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
        return Answer(200, body.encode(), "application/xml")

    def _written(self, site: Site, page: Page) -> Answer:
        source = self.by_host[f"{site.copies}.{DOMAIN}"] if site.copies else site
        body = _html(site, page, source.language)
        if site.kind == "huge" and not page.url.endswith("/"):
            body += "<!-- " + "and so on " * (HUGE_BYTES // 10) + "-->"
        data = body.encode(source.charset if site.copies else site.charset, "replace")
        declared = source.declared if site.copies else site.declared
        content_type = f"{HTML}; charset={declared}" if declared else HTML
        etag = '"' + hashlib.blake2b(data, digest_size=8).hexdigest() + '"'
        return Answer(200, data, content_type, {"ETag": etag})


@lru_cache(maxsize=64)
def _numbers(pages: int) -> dict[str, int]:
    return {path_of(number): number for number in range(pages)}


@lru_cache(maxsize=4)
def small_web(seed: int, scale: int = 1) -> SmallWeb:
    """The web of that seed; made once."""
    return SmallWeb(seed, scale)


def _moved(where: str, *, permanent: bool = False) -> Answer:
    return Answer(301 if permanent else 302, b"", "text/plain", {"Location": where})


def _ending(rule: str) -> str:
    """A path that such a rule fits."""
    if rule.endswith("$"):
        return rule.replace("*", "report").rstrip("$").replace("//", "/")
    return rule + ("closed" if rule.endswith("/") else "")


def _fits(rule: str, path: str) -> bool:
    pattern = "".join(".*" if char == "*" else re.escape(char) for char in rule.rstrip("$"))
    return re.match(pattern + ("$" if rule.endswith("$") else ""), path) is not None


def _written_as(site: Site, page: Page, link: str, number: int) -> str:
    """The same link in one of the ways in which people write links."""
    parts = urlsplit(link)
    tail = parts.path + (f"?{parts.query}" if parts.query else "")
    if parts.hostname == site.host:
        style = number % 4
        if style == 0:
            return tail
        if style == 1:
            return f"{tail}#part-{number}"
        if style == 2:
            return f"http://{site.host.upper()}:80{tail}"
        return f"/x/..{tail}"
    return f"{link}?utm_source={site.host.partition('.')[0]}" if number % 2 and not parts.query else link


def _html(site: Site, page: Page, language: str) -> str:
    links = [_written_as(site, page, link, number) for number, link in enumerate(page.links)]
    direction = ' dir="rtl"' if language == "ar" else ""
    body = "".join(f"<p>{text}</p>" for text in page.text)
    names = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    if site.kind == "broken":  # nothing is closed, some is closed twice
        names = "".join(f"<li><a href='{link}'>{link}<b>" for link in links)
        return f"<html><title>{page.title}</title><body><h1>{page.title}<div>{body}</p></table><ul>{names}"
    meta = f'<meta charset="{site.charset}">' if site.kind == "plain" and site.declared == "" else ""
    return (
        f'<!doctype html><html lang="{language}"{direction}><head>{meta}<title>{page.title}</title>'
        f"<style>body {{ margin: 2em }}</style><script>var visits = 1;</script></head>"
        f"<body><main><h1>{page.title}</h1>{body}</main><nav><ul>{names}</ul></nav></body></html>"
    )
