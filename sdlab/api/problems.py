"""Every error under /api is an RFC 9457 problem document, never a stack trace."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from sdlab.lab import LabError
from sdlab.parts.idempotency import FIELD
from sdlab.stores.sql import Overloaded

log = logging.getLogger("sdlab.api")

STORE_ERRORS = (RedisError, OperationalError, InterfaceError, Overloaded)
MEDIA_TYPE = "application/problem+json"
MAX_SHOWN = 10


def problem(
    status: int, *, title: str = "", detail: str = "", headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **extra,
    }
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def lab_problem(error: LabError) -> Response:
    """The problem document of a refusal."""
    return problem(error.status, title=error.title, detail=error.detail, headers=error.headers, **error.extra)


_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: the problems it may answer with."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
        for status in sorted({400, 404, 422, 429, 503, *statuses})
    }


def describe_keys(router: APIRouter) -> APIRouter:
    """The same routes; of those that take an idempotency key, that the first call under it may be under way: 409."""
    for route in router.routes:
        if isinstance(route, APIRoute) and _takes_a_key(route.dependant):
            route.responses = {**documented(HTTPStatus.CONFLICT), **route.responses}
    return router


def _takes_a_key(dependant: Dependant) -> bool:
    return any(one.alias == FIELD for one in dependant.header_params) or any(
        _takes_a_key(one) for one in dependant.dependencies
    )


def install(api: FastAPI) -> None:
    """Answer every error of `api` with a problem document."""

    @api.exception_handler(LabError)
    async def refused(_: Request, error: LabError) -> Response:
        return lab_problem(error)

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        found = [
            {"field": ".".join(str(part) for part in one["loc"]), "detail": one["msg"]}
            for one in error.errors()[:MAX_SHOWN]
        ]
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return problem(400, detail="the body is not JSON", errors=found)
        first = found[0] if found else {"field": "", "detail": "invalid request"}
        return problem(422, title="Invalid value", detail=first["detail"], field=first["field"], errors=found)

    @api.exception_handler(HTTPException)
    async def refused_by_framework(_: Request, error: HTTPException) -> Response:
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, detail=str(error.detail), headers=headers)

    async def store_silent(_: Request, error: Exception) -> Response:
        log.error("a store did not answer: %s", type(error).__name__)
        return problem(503, detail="a store did not answer; try again", headers={"Retry-After": "1"})

    for kind in STORE_ERRORS:
        api.add_exception_handler(kind, store_silent)

    @api.exception_handler(DataError)
    async def refused_by_database(_: Request, error: DataError) -> Response:
        return problem(422, title="Invalid value", detail="the database takes no such value")

    @api.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        log.error("%s of %s failed", request.method, _route(request), exc_info=error)
        return problem(500, detail="this is our fault, and it is logged")


def _route(request: Request) -> str:
    """The pattern that was asked for: what stands in its place is the visitor's."""
    return str(getattr(request.scope.get("route"), "path", "an unknown path"))


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def install_fallback(api: FastAPI) -> None:
    """Unknown paths and methods under /api are problems too; must be installed after all routes."""
    known = list(api.routes)

    @api.api_route("/api/{rest:path}", methods=list(METHODS), include_in_schema=False)
    @api.api_route("/api", methods=list(METHODS), include_in_schema=False)
    async def fallback(request: Request) -> Response:
        allowed = [method for method in METHODS if _answers(known, request, method)]
        if allowed:
            detail = f"{request.method} is not allowed here"
            return problem(405, detail=detail, headers={"Allow": ", ".join(allowed)})
        return problem(404, detail=f"there is nothing at {request.url.path}")


def _answers(routes: list[BaseRoute], request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
