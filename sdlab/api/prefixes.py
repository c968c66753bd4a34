"""Finds the routes of a call by the beginning of its path, however many labs there are.

Routes are tried in order, one regular expression each: with a hundred of them that costs more than
most verbs. Which may match at all is decided by the first two parts of the path.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

ANY = ""


def key_of(path: str) -> str:
    """What a path is found by: `/api/<one part>`, else its first part; `ANY` where a parameter stands there.

    >>> key_of("/api/top-k/top"), key_of("/s/{code}"), key_of("/api/{rest:path}")
    ('/api/top-k', '/s', '')
    """
    parts = path.split("/", 3)[1:3]
    used = parts if parts[:1] == ["api"] else parts[:1]
    return ANY if not any(used) or any("{" in one for one in used) else "/" + "/".join(used)


class Prefixes:
    """Stands before an application's router; what it hands on is found as without it, and sooner.

    Routers are included through `include`, so that their paths are known; whatever else the
    application has or gets later is looked at by its own path, or for every call when it has none.
    """

    def __init__(self, api: FastAPI) -> None:
        self._api = api
        self._keys: dict[int, set[str]] = {}
        self._found: dict[str, APIRouter] = {}
        self._known = 0
        api.router.middleware_stack = self  # what the application calls once its middlewares are through

    def include(self, router: APIRouter, *, prefix: str = "", tags: Sequence[str] | None = None) -> None:
        """As `FastAPI.include_router`."""
        before = len(self._api.routes)
        self._api.include_router(router, prefix=prefix, tags=list(tags) if tags else None)
        keys = {key_of(prefix + str(getattr(one, "path", ""))) for one in router.routes}
        for route in self._api.routes[before:]:
            self._keys[id(route)] = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a call to those routes that may match it."""
        if scope["type"] == "lifespan":
            await self._api.router.app(scope, receive, send)
            return
        await self._router_for(scope["path"]).app(scope, receive, send)

    def _router_for(self, path: str) -> Any:
        if len(self._api.routes) != self._known:  # pages are mounted after everything else
            self._index()
        return self._found.get(key_of(path)) or self._found[ANY]

    def _index(self) -> None:
        routes = self._api.routes
        keys = [self._keys.get(id(route)) or {key_of(str(getattr(route, "path", "")))} for route in routes]
        self._known = len(routes)
        self._found = {
            key: self._with([r for r, own in zip(routes, keys, strict=True) if key in own or ANY in own])
            for key in {ANY, *(key for own in keys for key in own)}
        }

    def _with(self, routes: list[BaseRoute]) -> APIRouter:
        router = copy.copy(self._api.router)
        router.routes = routes
        return router
