"""Which room a call is about, and which serving process has that room when nobody has it yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from sdlab.rooms.ids import COOKIE, HEADER, PUBLIC

OWN = "own"  # what an address calls the room that the visitor's cookie names
API = "/api/"
# Pages and calls of a class name its room in the path.
_PATH = re.compile(r"^/(?:teach|taught|api/classes)/([a-z2-7]{24})(?:/|$)")
# A page puts the room that its tab is in before the name of its own that Reflex gives it.
_TOKEN = re.compile(r"^([a-z2-7]{24}|public)\.")


def room_named(path: str, query: str, headers: Mapping[str, str], *, peer: str) -> str:
    """The room that a call names: in its path, a header, its query, or the visitor's cookie.

    A call of the API that names none is about the public room; any other page is nobody's, and goes by `peer`.
    `headers` have names in lower case. What is named need not exist.

    >>> room_named("/api/top-k/top", "room=public", {}, peer="10.0.0.1")
    'public'
    """
    if found := _PATH.match(path):
        return found[1]
    if named := headers.get(HEADER.lower()):
        return named
    asked = parse_qs(query)
    if named := _in_query(asked):
        return named
    if own := _cookie(headers.get("cookie", "")):
        return own
    return PUBLIC if path.startswith(API) else peer


def _in_query(asked: Mapping[str, list[str]]) -> str:
    """An opened page says the query of its own address in `visit`, and in `room` where its tab was."""
    visit = parse_qs(asked.get("visit", [""])[0]).get("room", [""])[0]
    if visit == OWN:
        return ""
    token = _TOKEN.match(asked.get("token", [""])[0])
    named = visit or asked.get("room", [""])[0] or (token[1] if token else "")
    return "" if named == OWN else named


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def place_of(room: str, places: int) -> int:
    """Which of so many processes, 0 or more, a room falls to.

    Highest random weight (Thaler and Ravishankar, 1998): one process more takes rooms of all, and no
    other room moves.
    """
    return max(range(places), key=lambda place: blake2b(f"{place}|{room}".encode()).digest())
