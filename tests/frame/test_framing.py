"""A class in a frame of a course: by the listed origins, its own pages, with cookies that such a frame sends."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from sdlab.launcher.checks import read_settings
from sdlab.launcher.errors import LauncherError
from sdlab.live.headers import PageHeaders
from sdlab.rooms.manager import RoomManager
from sdlab.settings import Settings, settings

LMS = "https://lms.school.example"
OF_A_CLASS = ("/join", "/join/", "/labs/top-k/", "/teach/abc/", "/taught/abc", "/api/lti/launch")
OTHERS = ("/", "/operator", "/lessons/", "/concepts/x", "/labs/a/b", "/joined", "/api/lti/keys")
STRICT = "HttpOnly; Max-Age=43200; Path=/; SameSite=strict"


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await HTMLResponse("<p>a page</p>")(scope, receive, send)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The operator lists a learning management system."""
    monkeypatch.setenv("SDLAB_FRAME_ANCESTORS", f" {LMS}/ ,https://LMS.other.example:8443")
    settings.cache_clear()
    yield
    settings.cache_clear()


async def headers_of(path: str, *, classes_by: tuple[str, ...], secure: bool = True) -> httpx.Headers:
    behind = PageHeaders(page, script_hashes=[], classes_by=classes_by)
    base = f"http{'s' if secure else ''}://localhost"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=behind), base_url=base) as one:
        return (await one.get(path)).headers


@pytest.mark.parametrize("path", OF_A_CLASS)
async def test_pages_of_a_class_may_be_framed_by_listed_origins(
    path: str, listed: None, manager: RoomManager
) -> None:
    found = await headers_of(path, classes_by=settings().frame_ancestors_listed)
    policy = found["content-security-policy"]
    assert policy.endswith(f"frame-ancestors 'self' {LMS} https://lms.other.example:8443")
    assert "x-frame-options" not in found
    assert found["set-cookie"].endswith("; Path=/; Max-Age=86400; SameSite=None; Secure; Partitioned")


@pytest.mark.parametrize("path", OTHERS)
async def test_all_other_pages_may_not(path: str, listed: None, manager: RoomManager) -> None:
    found = await headers_of(path, classes_by=settings().frame_ancestors_listed)
    assert found["content-security-policy"].endswith("frame-ancestors 'self'")
    assert found["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", OF_A_CLASS)
async def test_without_the_setting_headers_are_as_ever(path: str, manager: RoomManager) -> None:
    found = await headers_of(path, classes_by=settings().frame_ancestors_listed)
    assert found["content-security-policy"].endswith("; frame-ancestors 'self'")
    assert found["x-frame-options"] == "SAMEORIGIN"
    assert found["set-cookie"].endswith("; Path=/; Max-Age=86400; SameSite=Lax; Secure")


async def test_unencrypted_cookies_stay_as_they_are(listed: None, manager: RoomManager) -> None:
    found = await headers_of("/join", classes_by=(LMS,), secure=False)
    assert found["set-cookie"].endswith("; Path=/; Max-Age=86400; SameSite=Lax")


async def test_where_no_policy_says_by_whom_it_is_nobody(manager: RoomManager) -> None:
    behind = PageHeaders(page, script_hashes=None, classes_by=(LMS,))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=behind), base_url="https://localhost"
    ) as one:
        assert (await one.get("/join")).headers["x-frame-options"] == "SAMEORIGIN"


async def rights_given(application: FastAPI, base: str) -> list[str]:
    """What a browser is told to keep when a class is opened and joined."""
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url=base, headers={"Origin": base}) as one:
        opened = await one.post("/api/classes", json={"lab": "url-shortener"})
        joined = await one.post(f"/api/classes/{opened.json()['code']}/join")
    return [answer.headers["set-cookie"].partition("; ")[2] for answer in (opened, joined)]


async def test_rights_in_a_class_are_sent_from_a_frame(
    application: FastAPI, listed: None, manager: RoomManager
) -> None:
    framed = "HttpOnly; Max-Age=43200; Path=/; SameSite=None; Secure; Partitioned"
    assert await rights_given(application, "https://localhost") == [framed, framed]
    assert await rights_given(application, "http://localhost") == [STRICT, STRICT]


async def test_rights_in_a_class_are_as_strict_as_ever_without_it(
    application: FastAPI, manager: RoomManager
) -> None:
    assert await rights_given(application, "https://localhost") == [STRICT, STRICT]


async def test_pages_that_may_frame_a_class_may_not_act_here(
    application: FastAPI, listed: None, manager: RoomManager
) -> None:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as one:
        for path in ("/api/rooms", "/api/classes", "/api/classes/ABCDEF/join"):
            assert (await one.post(path, headers={"Origin": LMS})).json()["title"] == "Foreign page"


@pytest.mark.parametrize(
    "value",
    [
        "http://lms.example",
        "lms.example",
        "https://lms.example/course",
        "https://*.example",
        "*",
        "'self'",
        "https://lms.example; script-src *",
        "https://lms.example https://other.example",
        "https://user@lms.example",
        ",".join(f"https://lms{number}.example" for number in range(51)),
    ],
)
def test_what_is_no_https_origin_stops_the_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDLAB_FRAME_ANCESTORS", f"https://lms.example,{value}")
    settings.cache_clear()
    with pytest.raises(LauncherError, match=r"^SDLAB_FRAME_ANCESTORS: ") as refused:
        read_settings()
    settings.cache_clear()
    assert "\n" not in str(refused.value)


def test_origins_are_written_one_way() -> None:
    chosen = Settings(SDLAB_FRAME_ANCESTORS=" https://LMS.example/, ,https://b.example:1 ")  # type: ignore[call-arg]
    assert chosen.frame_ancestors_listed == ("https://lms.example", "https://b.example:1")
    assert Settings(SDLAB_FRAME_ANCESTORS=" , ").frame_ancestors_listed == ()  # type: ignore[call-arg]
