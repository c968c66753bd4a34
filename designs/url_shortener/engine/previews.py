"""Requests that programs make ahead of a person: they open a link, and nobody has clicked."""

from __future__ import annotations

import re
from collections.abc import Mapping

# What browsers say when they load a page that might be wanted soon (Fetch, "Sec-Purpose"), and what
# older ones said.
AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")
AHEAD_VALUES = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
# Messengers, networks and search engines name their robots like this.
ROBOTS = re.compile(
    r"bot\b|bot/|crawler|spider|preview|facebookexternalhit|facebookcatalog|whatsapp|embedly|iframely"
    r"|slack-imgproxy|vkshare|pinterest/|skypeuripreview|mastodon|bluesky|google-inspectiontool",
    re.IGNORECASE,
)


def is_preview(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers (names in lower case) was made by a program, ahead of a person.

    >>> is_preview({"sec-purpose": "prefetch;prerender"}), is_preview({"user-agent": "Slackbot-LinkExpanding 1.0"})
    (True, True)
    >>> is_preview({"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"})
    False
    """
    if any(AHEAD_VALUES.search(headers.get(name, "")) for name in AHEAD):
        return True
    return ROBOTS.search(headers.get("user-agent", "")) is not None
