"""How long each answer took, by lab or part; and the metrics themselves, for who may read them."""

from __future__ import annotations

import hmac
import ipaddress
import time
from functools import cache

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sdlab import registry
from sdlab.api.problems import documented
from sdlab.lab import Forbidden
from sdlab.metrics import HTTP, REGISTRY
from sdlab.rooms.calls import CALLS
from sdlab.rooms.gauges import measure
from sdlab.rooms.http import address_of
from sdlab.rooms.manager import room_manager
from sdlab.settings import settings

PARTS = ("labs", "classes", "rooms", "health", "alive", "metrics")

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")  # a proxy on this machine calls for others

router = APIRouter(prefix="/api")


class Measured:
    """Times every HTTP answer. A part is a lab's slug, a part of the frame's API, or `pages`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._parts = {*PARTS, *(design.slug for design in registry.designs())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, part, answered = time.perf_counter(), self._part(scope["path"]), False
        CALLS.began()

        async def noted(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                CALLS.answered()
                _timer(part, message["status"] // 100).observe(time.perf_counter() - began)
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            if not answered:  # the server answers 500 for an application that did not
                CALLS.answered()
                _timer(part, 5).observe(time.perf_counter() - began)

    def _part(self, path: str) -> str:
        if not path.startswith("/api/"):
            return "pages"
        name = path[len("/api/") :].partition("/")[0]
        return name if name in self._parts else "other"


@cache
def _timer(part: str, hundreds: int) -> Histogram:
    """Of known parts and five kinds of status, so that few are kept."""
    return HTTP.labels(part, f"{hundreds}xx")


@router.get(
    "/metrics",
    tags=["server"],
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "metrics"}, **documented(403)},
)
def metrics(request: Request) -> Response:
    """From this machine, or with `Authorization: Bearer` and the token that the operator has set."""
    _demand_operator(request)
    measure(room_manager())
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _demand_operator(request: Request) -> None:
    wanted = settings().metrics_token
    shown = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if wanted:
        allowed = hmac.compare_digest(shown.encode(errors="replace"), wanted.encode())
    else:
        # Of several workers none is reached but through the process in front, which says by "via" who came so to it.
        far = (
            "via" in request.headers if settings().worker is not None else came_through_proxies(request.scope)
        )
        allowed = _is_here(address_of(request)) and not far
    if not allowed:
        raise Forbidden("figures are for the operator: from this machine, or with the token that is set")


def came_through_proxies(scope: Scope) -> bool:
    """Whether somebody between a visitor and this server has left a mark."""
    return any(one in Headers(scope=scope) for one in FORWARDED)


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
