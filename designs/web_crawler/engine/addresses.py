"""Addresses of pages: their one canonical form, and which may be crawled at all.

w3lib's form (RFC 3986) and on top of it what it leaves: the usual port and what campaigns add to a query.
"""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from sdlab.lab.errors import Invalid

ALLOWED = "SDLAB_CRAWL_HOSTS"  # names of hosts with commas, in the environment
MOST_URL = 1_000
PORTS = {"http": 80, "https": 443}
CAMPAIGN = "utm_"


def allowed_hosts() -> frozenset[str]:
    """What the operator lets the crawler ask beside the lab's own web: none, unless the environment names some."""
    return frozenset(one.strip().lower() for one in os.environ.get(ALLOWED, "").split(",") if one.strip())


def canonical(url: str, base: str = "") -> str:
    """The canonical form of an address, or of a link on the page `base`; empty for what is no page of the web.

    >>> canonical("http://Portal.TEST:80/x/../a?utm_source=b&z=1&a=2#top")
    'http://portal.test/a?a=2&z=1'
    >>> canonical("b.html", "http://portal.test/a/")
    'http://portal.test/a/b.html'
    >>> canonical("mailto:ann@portal.test")
    ''
    """
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
            return ""
        port = parts.port
        host = parts.hostname + ("" if port in (None, PORTS[parts.scheme]) else f":{port}")
        kept = [
            (name, value) for name, value in parse_qsl(parts.query, True) if not name.startswith(CAMPAIGN)
        ]
        found = canonicalize_url(
            urlunsplit((parts.scheme, host, _resolved(parts.path or "/"), urlencode(kept), ""))
        )
    except ValueError:
        return ""
    return found if len(found) <= MOST_URL else ""


def _resolved(path: str) -> str:
    return urlsplit(urljoin("http://h/", path)).path if "/." in path else path


def why_not(url: str, hosts: frozenset[str], allowed: frozenset[str]) -> str:
    """Why an address in canonical form may not be crawled; empty when it may. `hosts` are those of the lab's web."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "that is no address"
    if not url or parts.scheme not in PORTS or not host:
        return "an address is http(s)://host/path"
    if _is_number(host):
        return "hosts are crawled by their names, not by numbers"
    if port not in (None, PORTS[parts.scheme]):
        return f"pages are asked for at the usual port of {parts.scheme}"
    if host in hosts:
        return "" if parts.scheme == "http" else "the lab's web speaks http"
    return (
        ""
        if host in allowed
        else f"{host[:80]} is not of the lab's own web, and the operator allows no other"
    )


def check_seed(url: str, hosts: frozenset[str]) -> str:
    """A seed in canonical form. `Invalid` with the reason for what may not be crawled."""
    if len(url) > MOST_URL or any(ord(char) < 32 or ord(char) == 127 for char in url):
        raise Invalid(
            f"an address has at most {MOST_URL} characters, none of them a control character", field="seeds"
        )
    found = canonical(url if "//" in url else f"http://{url}")
    if wrong := why_not(found, hosts, allowed_hosts()):
        raise Invalid(wrong, field="seeds")
    return found


def host_of(url: str) -> str:
    """Its host."""
    return urlsplit(url).hostname or ""


def path_of(url: str) -> str:
    """Its path with its query, as a host sees it."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.replace(".", "").isdigit() or host.startswith("0x")
    return True
