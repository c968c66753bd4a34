"""What a visitor may ask for: a URL, an alias, an expiry. Everything from outside is checked here."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from sdlab.lab import Actor, Invalid

MAX_URL = 2048
MAX_YEARS = 10
YEAR = 365 * 86_400
ALIAS = re.compile(r"[A-Za-z0-9_-]{3,32}")
CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")
RESERVED = frozenset(
    {"admin", "api", "docs", "health", "help", "labs", "links", "login", "shorturl", "static"}
)
OWN_LINK = "this is a short link already"
SCHEMES = {"http": 80, "https": 443}

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"`{}|^\s]")


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A checked request for a short link. `expires_at` is in Unix seconds."""

    url: str
    location: str
    owner: str
    alias: str | None = None
    expires_at: float | None = None
    by_hand: bool = False

    @property
    def shareable(self) -> bool:
        """Whether the link of an equal request would do as well: it has no name and no end of its own."""
        return self.alias is None and self.expires_at is None

    @property
    def digest(self) -> str:
        """What equal URLs have in common; empty when this link is not to be shared."""
        return digest_of(normalised(self.location)) if self.shareable else ""


def digest_of(location: str) -> str:
    """128 bits of a normalised URL."""
    return hashlib.blake2b(location.encode(), digest_size=16).hexdigest()


def normalised(location: str) -> str:
    """An ASCII URI as what it resolves to (RFC 3986 §6.2.2): no dot segments, nothing escaped without need.

    >>> normalised("http://a.example/x/../%73/%7euser?q=%2f")
    'http://a.example/s/~user?q=%2F'
    """
    parts = urlsplit(location)
    path = _without_dots(_unescaped(parts.path)) or "/"
    return urlunsplit((parts.scheme, parts.netloc, path, _unescaped(parts.query), _unescaped(parts.fragment)))


def _unescaped(part: str) -> str:
    """Escapes of characters that need none are undone, those of others are written in one way."""

    def plain(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if _UNRESERVED.fullmatch(character) else escape[0].upper()

    return _ESCAPE.sub(plain, part)


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def is_short_link(url: str, origin: str) -> bool:
    """Whether a URL resolves to a short link of the server at `origin`: one to it would lead in circles.

    >>> is_short_link("HTTP://localhost:80/x/../%73/code", "http://localhost")
    True
    """
    try:
        here, there = (urlsplit(normalised(ascii_uri(one.strip()))) for one in (origin, url))
    except Invalid:
        return False
    hosts = [(parts.hostname or "").removesuffix(".") for parts in (here, there)]
    return hosts[0] == hosts[1] and _port(here) == _port(there) and there.path.startswith("/s/")


def _port(parts: SplitResult) -> int | None:
    return parts.port or SCHEMES[parts.scheme]


def checked_request(
    url: str, *, alias: str | None, expires_at: float | None, actor: Actor, now: float
) -> LinkRequest:
    """The request of that actor, checked; `Invalid` names the first field that is unacceptable."""
    text = url.strip()
    return LinkRequest(
        url=text,
        location=ascii_uri(text),
        owner=actor.name,
        alias=_alias(alias),
        expires_at=_expiry(expires_at, now),
        by_hand=actor.by_hand,
    )


def ascii_uri(url: str) -> str:
    """The URL as an ASCII URI (RFC 3987 §3.1): host in Punycode, the rest percent-encoded, no default port.

    `Invalid` for anything but http and https, for credentials, for a missing or impossible host.

    >>> ascii_uri("https://BÜCHER.example:443/köln?q=ä")
    'https://xn--bcher-kva.example/k%C3%B6ln?q=%C3%A4'
    """
    if not url:
        raise Invalid("a URL is needed", field="url")
    if len(url) > MAX_URL:
        raise Invalid(f"a URL has at most {MAX_URL:,} characters; this one has {len(url):,}", field="url")
    if _FORBIDDEN.search(url):
        raise Invalid("a URL has no spaces, quotes, brackets or control characters", field="url")
    parts, port = _split(url)
    if parts.scheme not in SCHEMES:
        raise Invalid("only http and https links are shortened", field="url")
    if "@" in parts.netloc:
        raise Invalid("a URL with a user name or password is not shortened", field="url")
    host = _host(parts.hostname or "")
    netloc = host if port in (None, SCHEMES[parts.scheme]) else f"{host}:{port}"
    rest = [_quoted(part) for part in (parts.path or "/", parts.query, parts.fragment)]
    return urlunsplit((parts.scheme, netloc, *rest))


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise Invalid(f"not a URL: {error}", field="url") from None


def _host(host: str) -> str:
    if not host:
        raise Invalid("a URL needs a host", field="url")
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise Invalid(f"{host!r} is no host", field="url") from None
    try:
        ascii_host = host.encode("idna").decode().lower()
    except UnicodeError:
        raise Invalid(f"{host!r} is no host", field="url") from None
    if len(ascii_host) > 253 or not all(
        _LABEL.fullmatch(label) for label in ascii_host.removesuffix(".").split(".")
    ):
        raise Invalid(f"{host!r} is no host", field="url")
    return ascii_host


def _quoted(part: str) -> str:
    try:
        return quote(part, safe="/?:@!$&'()*+,;=~-._%[]#")
    except UnicodeError:
        raise Invalid("a URL is made of valid Unicode", field="url") from None


def _alias(alias: str | None) -> str | None:
    if alias is None:
        return None
    if not ALIAS.fullmatch(alias):
        raise Invalid("an alias has 3 to 32 letters, digits, _ or -", field="alias")
    if alias.lower() in RESERVED:
        raise Invalid(f"{alias!r} is reserved", field="alias")
    return alias


def _expiry(expires_at: float | None, now: float) -> float | None:
    if expires_at is None:
        return None
    if not math.isfinite(expires_at) or expires_at <= now:
        raise Invalid("a link expires in the future", field="expires_at")
    if expires_at > now + MAX_YEARS * YEAR:
        raise Invalid(f"a link expires within {MAX_YEARS} years", field="expires_at")
    return expires_at
