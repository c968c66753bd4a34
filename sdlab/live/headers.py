"""What every answer carries: a strict Content-Security-Policy on pages, the visitor's room in a cookie."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sdlab.api.problems import problem
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.live.framing import is_of_a_class, same_site
from sdlab.rooms.http import SAFE, address_of
from sdlab.rooms.ids import COOKIE
from sdlab.rooms.manager import room_manager
from sdlab.settings import ROOT, settings

ONE_DAY = 24 * 3600
MAX_ADDRESSES = 10_000
SCRIPTS = "csp-scripts.json"


def content_security_policy(script_hashes: list[str], *, frames: str = "'self'") -> str:
    """Nothing from another host; of inline scripts only those; shown in frames of `frames`."""
    scripts = " ".join(["'self'", *(f"'{one}'" for one in script_hashes)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
        f"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors {frames}"
    )


# A drawing needs nothing but its own styles, also when somebody opens it as a page.
DRAWING = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
EMBED = "/embed"
DOCS = "/docs"
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ALWAYS_RAW = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
SECURE = "max-age=31536000"


def built_script_hashes() -> list[str] | None:
    """Hashes of the inline scripts of the built pages; None when the build left none."""
    web = Path(os.environ.get("REFLEX_WEB_WORKDIR", ROOT / ".web"))
    try:
        found: list[str] = json.loads((web / SCRIPTS).read_text())
        return found
    except (OSError, ValueError):
        return None


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


class PageHeaders:
    """Adds the policies, and gives a browser without a room the id of a new one.

    Pages of a class may be framed by the origins `classes_by`, those for frames by `embedded_by`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        script_hashes: list[str] | None,
        embedded_by: str = "*",
        classes_by: Sequence[str] = (),
    ) -> None:
        self.app = app
        self._hashes = script_hashes
        self._policy = content_security_policy(script_hashes or [])
        self._embedded = content_security_policy(script_hashes or [], frames=embedded_by)
        framed = " ".join(["'self'", *classes_by])
        self._of_a_class = content_security_policy(script_hashes or [], frames=framed) if classes_by else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        page = _Page(send) if scope["path"].startswith(DOCS) else None

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope)
            await (page.send(message) if page else send(message))

        await self.app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        given = {name for name, _ in headers.raw}
        headers.raw.extend(one for one in ALWAYS_RAW if one[0] not in given)
        secure = is_secure(scope)
        if secure:
            headers.setdefault("Strict-Transport-Security", SECURE)
        kind = headers.get("content-type", "")
        if kind.startswith("image/svg"):
            headers.setdefault("Content-Security-Policy", DRAWING)
        if not kind.startswith("text/html"):
            return
        framed = self._framed_policy(scope["path"])
        if framed is None:
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        if self._hashes is not None and not scope["path"].startswith(DOCS):
            headers.setdefault("Content-Security-Policy", framed or self._policy)
        headers["Cache-Control"] = "no-cache"
        self._give_room(headers, scope, secure=secure)

    def _framed_policy(self, path: str) -> str | None:
        """The policy of a page that others may frame; none for all other pages."""
        if path.startswith(f"{EMBED}/"):
            return self._embedded
        # Without a policy nothing says by whom: then it is nobody.
        return self._of_a_class if self._hashes is not None and is_of_a_class(path) else None

    def _give_room(self, headers: MutableHeaders, scope: Scope, *, secure: bool) -> None:
        sent = cookie_parser(Headers(scope=scope).get("cookie", ""))
        if COOKIE not in sent or not room_manager().ids.known(sent[COOKIE]):
            usual = f"SameSite=Lax{'; Secure' if secure else ''}"
            rest = f"Path=/; Max-Age={ONE_DAY}; {same_site(usual, secure=secure)}"
            headers.append("Set-Cookie", f"{COOKIE}={room_manager().ids.new()}; {rest}")


class _Page:
    """Holds a small page back until its inline scripts are known, and allows those."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """The head goes with the first part of the body, in which all scripts of such a page are."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            headers = MutableHeaders(scope=start)
            if headers.get("content-type", "").startswith("text/html"):
                found = [script_hash(one) for one in INLINE_SCRIPT.findall(message.get("body", b""))]
                headers["Content-Security-Policy"] = content_security_policy(found)
            await self._send(start)
        await self._send(message)


def script_hash(script: bytes) -> str:
    """How a policy names an inline script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode()


def is_secure(scope: Scope) -> bool:
    """Whether the visitor's connection is encrypted, here or at a trusted proxy."""
    if scope.get("scheme") in ("https", "wss"):
        return True
    return settings().trust_proxy and Headers(scope=scope).get("x-forwarded-proto", "") == "https"
