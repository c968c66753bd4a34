"""What every answer carries: a strict Content-Security-Policy on pages, the visitor's room in a cookie."""

from __future__ import annotations

import json
import math
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sdlab.api.problems import problem
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.rooms.http import SAFE, address_of
from sdlab.rooms.ids import COOKIE
from sdlab.rooms.manager import room_manager
from sdlab.settings import ROOT

ONE_DAY = 24 * 3600
MAX_BODY = 1024 * 1024
MAX_ADDRESSES = 10_000
SCRIPTS = "csp-scripts.json"


def content_security_policy(script_hashes: list[str]) -> str:
    """Nothing from another host; of inline scripts only those that the build wrote."""
    scripts = " ".join(["'self'", *(f"'{one}'" for one in script_hashes)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    )


def built_script_hashes() -> list[str] | None:
    """Hashes of the inline scripts of the built pages; None when the build left none."""
    web = Path(os.environ.get("REFLEX_WEB_WORKDIR", ROOT / ".web"))
    try:
        found: list[str] = json.loads((web / SCRIPTS).read_text())
        return found
    except (OSError, ValueError):
        return None


class PrintablePaths:
    """Refuses paths with control characters; outermost, because routes do not match line ends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].isprintable():
            await problem(404, detail="there is nothing at such a path")(scope, receive, send)
            return
        await self.app(scope, receive, send)


class BodyLimit:
    """Refuses request bodies over `MAX_BODY` under /api before reading them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api"):
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > MAX_BODY:
            await problem(413, detail=f"a body has at most {MAX_BODY} bytes")(scope, receive, send)
            return
        await self.app(scope, _counted(receive), send)


class WriteLimit:
    """Bounds what one address may change: calls under /api other than reads, by a token bucket each.

    Buckets of addresses that were quiet for longest are forgotten first; a new bucket is full.
    """

    def __init__(self, app: ASGIApp, *, per_second: int, now: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._rule = Rule(limit=per_second, window=1.0, burst=2 * per_second)
        self._now = now
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and scope["path"].startswith("/api"):
            verdict = self._bucket(address_of(HTTPConnection(scope))).check(self._now(), self._rule)
            if not verdict.allowed:
                headers = {"Retry-After": str(max(1, math.ceil(verdict.retry_after)))}
                detail = f"your address may change {self._rule.limit} things per second"
                await problem(429, detail=detail, headers=headers)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _bucket(self, address: str) -> TokenBucket:
        found = self._buckets.pop(address, None) or TokenBucket()
        self._buckets[address] = found
        while len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        return found


def _counted(receive: Receive) -> Receive:
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            return {"type": "http.disconnect"}
        return message

    return limited


class PageHeaders:
    """Adds the policy to pages, and gives a browser without a room the id of a new one."""

    def __init__(self, app: ASGIApp, *, script_hashes: list[str] | None) -> None:
        self.app = app
        self.policy = content_security_policy(script_hashes) if script_hashes is not None else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope)
            await send(message)

        await self.app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        if not headers.get("content-type", "").startswith("text/html"):
            return
        if self.policy and not scope["path"].startswith(("/docs", "/redoc")):
            headers.setdefault("Content-Security-Policy", self.policy)
        headers["Cache-Control"] = "no-cache"
        sent = SimpleCookie(Headers(scope=scope).get("cookie", ""))
        if COOKIE not in sent or not room_manager().ids.known(sent[COOKIE].value):
            headers.append(
                "Set-Cookie", f"{COOKIE}={room_manager().ids.new()}; Path=/; Max-Age={ONE_DAY}; SameSite=Lax"
            )
