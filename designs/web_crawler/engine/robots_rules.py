"""Rules of robots.txt (RFC 9309): what protego says of an address, and which rule it was that said so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from protego import Protego

from designs.web_crawler.engine.addresses import canonical

AGENT = "sdlab-crawler"
MOST_RULES = 40
MOST_DELAY_S = 60.0


@lru_cache(maxsize=512)
def parsed(text: str) -> Protego:
    """The rules of that text."""
    return Protego.parse(text)


def may_fetch(text: str, url: str) -> bool:
    """Whether the rules let us ask for that address."""
    return bool(parsed(text).can_fetch(url, AGENT))


def delay_s(text: str) -> float | None:
    """The pause that the host asks for, where it does."""
    found = parsed(text).crawl_delay(AGENT)
    return None if found is None else min(MOST_DELAY_S, max(0.0, float(found)))


def sitemaps(text: str) -> list[str]:
    """Addresses of the lists of pages that the host names."""
    return [found for one in parsed(text).sitemaps if (found := canonical(str(one)))]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line for us. `fits`: it fits the address; `decides`: it is the longest that does."""

    allows: bool
    path: str
    fits: bool = False
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an address may be asked for, or not."""

    url: str
    allowed: bool
    rules: tuple[Rule, ...]
    delay_s: float | None
    why: str


def explain(text: str, url: str) -> Explained:
    """The rules for us with what they say of an address: the longest that fits decides, of equals the one that allows.

    >>> explain("User-agent: *\\nDisallow: /a/\\nAllow: /a/open", "http://x.test/a/open").why
    '“Allow: /a/open” is the longest rule that fits'
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    rules = [(allows, rule, _fits(rule, path)) for allows, rule in _rules(text) if rule]
    fitting = [(len(rule), allows, rule) for allows, rule, fits in rules if fits]
    best = max(fitting, default=None)
    allowed = best is None or best[1]
    why = "no rule fits: what nobody forbids is allowed"
    if best is not None:
        why = f"“{'Allow' if best[1] else 'Disallow'}: {best[2]}” is the longest rule that fits"
    shown = [
        Rule(allows, rule, fits, best is not None and fits and (allows, rule) == best[1:])
        for allows, rule, fits in rules[:MOST_RULES]
    ]
    return Explained(url, allowed, tuple(shown), delay_s(text), why)


def _rules(text: str) -> list[tuple[bool, str]]:
    """The rules of the group for us, or else of that for everybody."""
    groups: dict[str, list[tuple[bool, str]]] = {}
    agents: list[str] = []
    reading_agents = False
    for line in text.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            agents = [*agents, value.lower()] if reading_agents else [value.lower()]
            reading_agents = True
            continue
        reading_agents = False
        if name in ("allow", "disallow"):
            for agent in agents:
                groups.setdefault(agent, []).append((name == "allow", value))
    return groups.get(AGENT) or groups.get("*") or []


def _fits(rule: str, path: str) -> bool:
    pattern = "".join(".*" if char == "*" else re.escape(char) for char in rule.removesuffix("$"))
    return re.match(pattern + ("$" if rule.endswith("$") else ""), path) is not None
