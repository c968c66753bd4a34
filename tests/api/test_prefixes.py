"""Routes are found by the beginning of the path: the same as without that, and independent of how many there are."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Match

from sdlab.api.prefixes import ANY, Prefixes, key_of
from sdlab.registry import designs


def test_every_route_of_the_application_is_found_where_it_is_looked_for(application: FastAPI) -> None:
    found = application.router.middleware_stack
    assert isinstance(found, Prefixes)
    for path, operations in application.openapi()["paths"].items():
        asked = path.replace("{", "").replace("}", "")
        for method in operations:
            scope = {
                "type": "http",
                "path": asked,
                "method": method.upper(),
                "headers": [],
                "root_path": "",
                "query_string": b"",
            }
            routes = found._router_for(asked).routes
            first = next(one for one in routes if one.matches(dict(scope))[0] is Match.FULL)
            plain = next(one for one in application.routes if one.matches(dict(scope))[0] is Match.FULL)
            assert first is plain


def test_a_labs_call_passes_no_other_labs_routes(application: FastAPI) -> None:
    found = application.router.middleware_stack
    assert isinstance(found, Prefixes)
    everywhere = found._router_for("/nowhere").routes
    for design in designs():
        routes = found._router_for(f"/api/{design.slug}/x").routes
        assert len([one for one in routes if one not in everywhere]) == 1


@pytest.mark.parametrize(
    ("path", "key"),
    [("/", ANY), ("", ANY), ("/api", "/api"), ("/api/", "/api/"), ("/api/a/b/c", "/api/a"), ("/s/x", "/s")],
)
def test_what_a_path_is_found_by(path: str, key: str) -> None:
    assert key_of(path) == key


async def test_what_is_mounted_later_is_found_too_and_nothing_is_a_404() -> None:
    api = FastAPI()
    routes = Prefixes(api)
    router = APIRouter()
    router.add_api_route("/x", lambda: "x")
    routes.include(router, prefix="/api/a")
    pages = FastAPI()
    pages.add_api_route("/page", lambda: "page")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://localhost") as one:
        assert (await one.get("/page")).status_code == 404
        api.mount("", pages)
        assert (await one.get("/page")).json() == "page"
        assert (await one.get("/api/a/x")).json() == "x"
        assert (await one.get("/api/a/y")).status_code == 404


def test_a_call_that_takes_a_key_says_that_the_first_may_be_under_way(application: FastAPI) -> None:
    lacking = [
        f"{method} {path}"
        for path, operations in application.openapi()["paths"].items()
        for method, operation in operations.items()
        if any(one["name"].lower() == "idempotency-key" for one in operation.get("parameters", ()))
        and "409" not in operation["responses"]
    ]
    assert lacking == []
