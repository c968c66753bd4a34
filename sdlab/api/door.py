"""What is checked of every call before anything else sees it: by which name, from where, how much, what signs.

OWASP, "Cross-Site WebSocket Hijacking" and "DNS rebinding": a browser says truthfully from which
page a call comes (`Origin`) and which name was asked for (`Host`); a program says neither, and has
no visitor's cookies.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import socket as sockets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sdlab.api.problems import problem
from sdlab.api.unfinished import Incoming, Unfinished
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.rooms.http import SAFE, address_of
from sdlab.settings import Settings

log = logging.getLogger("sdlab.door")

MAX_BODY = 1024 * 1024
MAX_BODIES = 64  # of one address that have begun and not ended: a class behind one address sends small ones
MAX_MESSAGE = 256 * 1024
BODY_WITHIN = 15.0
API = "/api/"
NO_SUCH_PATH = "there is nothing at such a path"
# What a learning management system has a browser post here: it shows a signature, and no right of the visitor.
LAUNCHES = frozenset({"/api/lti/login", "/api/lti/launch"})
UNSUPPORTED, BAD_TEXT, POLICY_VIOLATION, TOO_BIG, TRY_AGAIN = 1003, 1007, 1008, 1009, 1013

# A NUL as JSON writes it: after an even number of backslashes.
_WRITTEN_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_QUERY_NUL = re.compile(rb"%00|[\x00-\x1f\x7f]")
# Whoever shows one of these acts for a visitor, so it must be a page of ours that sends it.
_COOKIES = re.compile(r"(?:^|;\s*)sdlab_")


def before_routes(app: ASGIApp, *, api: ASGIApp) -> ASGIApp:
    """Refuse what no mount would match: Starlette's patterns end at a line break, and then its own text answers.

    What is for the API goes to it at once, and not through what Reflex does for pages first.
    """

    async def first(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and "\n" in path:
            await problem(404, detail=NO_SUCH_PATH)(scope, receive, send)
        elif path.startswith(API):
            await api(scope, receive, send)
        else:
            await app(scope, receive, send)

    return first


class Door:
    """The outermost layer; everything that is refused here costs no store, no task and no line in the log."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self._names = frozenset(_own_names()) | frozenset(_listed(settings.hosts))
        self._origins = frozenset(_listed(settings.origins))
        self._launches = LAUNCHES if settings.lti_platforms else frozenset()
        self._most_sockets = settings.sockets_per_address
        self._messages = Rule(
            limit=settings.writes_per_second, window=1.0, burst=2 * settings.writes_per_second
        )
        self._sockets: Counter[str] = Counter()
        self._bodies: Counter[str] = Counter()
        self._unfinished = Unfinished()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or refuse with a problem document, or with a close code for a socket."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    # HTTP

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not scope["path"].isprintable():
            await problem(404, detail=NO_SUCH_PATH)(scope, receive, send)
        elif _QUERY_NUL.search(scope["query_string"]):
            detail = "an address has no control characters"
            await problem(400, detail=detail)(scope, receive, send)
        elif not self._is_own_name(headers.get("host", "")):
            detail = "this server has no such name; its operator may list names in SDLAB_HOSTS"
            await problem(421, detail=detail)(scope, receive, send)
        elif not self._may_come(scope, headers):
            detail = "only pages of this server may do that for a visitor; its operator may list others"
            await problem(403, title="Foreign page", detail=detail)(scope, receive, send)
        elif _has_body(headers):
            await self._with_body(headers, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _with_body(self, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > MAX_BODY:
            await _refuse(413, f"a body has at most {MAX_BODY} bytes", scope, receive, send)
            return
        address = address_of(HTTPConnection(scope))
        if self._bodies[address] >= MAX_BODIES:
            await _refuse(429, "too many bodies are on their way from your address", scope, receive, send)
            return
        try:
            with _counted(self._bodies, address):
                async with asyncio.timeout(BODY_WITHIN):
                    body = await _whole(receive)
        except TimeoutError:
            await _refuse(408, f"a body is sent within {BODY_WITHIN:g} s", scope, receive, send)
            return
        if body is None:
            return
        if len(body) > MAX_BODY:
            await _refuse(413, f"a body has at most {MAX_BODY} bytes", scope, receive, send)
        elif b"\\u0000" in body and _WRITTEN_NUL.search(body):
            await problem(422, title="Invalid value", detail="texts have no NUL in them")(
                scope, receive, send
            )
        else:
            await self.app(scope, _replay(body, receive), send)

    # Sockets

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        address = address_of(HTTPConnection(scope))
        clean = scope["path"].isprintable() and not _QUERY_NUL.search(scope["query_string"])
        if not clean or not self._is_own_name(headers.get("host", "")) or not self._is_own_page(headers):
            await _turn_away(receive, send, POLICY_VIOLATION, "only pages of this server may open a socket")
            return
        if self._sockets[address] >= self._most_sockets:
            await _turn_away(receive, send, TRY_AGAIN, "too many connections from your address")
            return
        with _counted(self._sockets, address), self._unfinished.watched(scope.get("client")) as incoming:
            await self.app(scope, _Messages(receive, send, self._messages, incoming).receive, send)

    # By which name, and from where

    def _is_own_name(self, host: str) -> bool:
        """An address is nobody's name, so no page can have it rebound; names are ours or listed."""
        name = _without_port(host).lower().rstrip(".")
        return name in self._names or name.endswith(".localhost") or _is_address(name)

    def _may_come(self, scope: Scope, headers: Headers) -> bool:
        if scope["method"] in SAFE or self._is_own_page(headers):
            return True
        return scope["method"] == "POST" and scope["path"] in self._launches

    def _is_own_page(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:
            site = headers.get("sec-fetch-site", "none")
            return site in ("none", "same-origin") and not _COOKIES.search(headers.get("cookie", ""))
        if origin in self._origins:
            return True
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() == headers.get("host", "").lower()


class _Messages:
    """What a peer says over a socket: text, of bounded length and rate, without a NUL."""

    def __init__(self, receive: Receive, send: Send, rule: Rule, incoming: Incoming) -> None:
        self._receive = receive
        self._send = send
        self._rule = rule
        self._incoming = incoming
        self._bucket = TokenBucket()

    async def receive(self) -> Message:
        """The next message, or the end when it was not acceptable: the code says why."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        text = message.get("text")
        if text is None:
            return await self._end(UNSUPPORTED, "messages are text")
        self._incoming.heard(text)
        if len(text) > MAX_MESSAGE:
            return await self._end(TOO_BIG, f"a message has at most {MAX_MESSAGE} characters")
        if "\0" in text or ("\\u0000" in text and _WRITTEN_NUL.search(text.encode(errors="replace"))):
            return await self._end(BAD_TEXT, "texts have no NUL in them")
        if not self._bucket.check(asyncio.get_running_loop().time(), self._rule).allowed:
            return await self._end(POLICY_VIOLATION, "too many messages")
        return message

    async def _end(self, code: int, reason: str) -> Message:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})
        return {"type": "websocket.disconnect", "code": code, "reason": reason}


@contextmanager
def _counted(counter: Counter[str], address: str) -> Iterator[None]:
    """One more of that address, for the block; addresses with none are forgotten."""
    counter[address] += 1
    try:
        yield
    finally:
        counter[address] -= 1
        if not counter[address]:
            del counter[address]


async def _turn_away(receive: Receive, send: Send, code: int, reason: str) -> None:
    """Accepted first: a browser tells its page nothing of a refused handshake, but code and reason of a close."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def _refuse(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without having read the body: the connection cannot be used for another call."""
    await problem(status, detail=detail, headers={"Connection": "close"})(scope, receive, send)


async def _whole(receive: Receive) -> bytes | None:
    """The body as far as one byte over the limit; none when the peer is gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY or not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0].removeprefix("[")
    return host.rpartition(":")[0] if host.count(":") == 1 else host


@lru_cache(maxsize=1024)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names() -> Iterable[str]:
    own = sockets.gethostname().lower()
    return ("localhost", own, f"{own}.local")


def _listed(text: str) -> list[str]:
    return [one.strip().lower().rstrip("/") for one in text.split(",") if one.strip()]
