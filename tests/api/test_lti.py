"""Launches from a course: the messages of the LTI 1.3 specification, signed by a platform of the tests' own."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from aiohttp import web
from fastapi import FastAPI
from jwcrypto.jwk import JWK

from sdlab.api import lti
from sdlab.api.server import build_api
from sdlab.course import key_sets
from sdlab.course.key_sets import ANEW_AFTER, KEPT_FOR, KeySets, fetch_bytes
from sdlab.course.platforms import BadPlatforms, Platform, read_platforms
from sdlab.lab import Unavailable
from sdlab.launcher.checks import read_settings
from sdlab.launcher.errors import LauncherError
from sdlab.registry import designs
from sdlab.rooms.manager import RoomManager
from sdlab.settings import Settings, settings

OWN = "http://localhost:3000"
ISSUER = "https://platform.example.edu"
CLIENT = "962fa4d8-bcbf-49a0-94b2-2de05ad274af"
DEPLOYMENT = "07940580-b309-415e-a37c-914d387c1150"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
HTML = {"Accept": "text/html"}

# https://www.imsglobal.org/spec/lti/v1p3#examplelinkrequest, with the nonce and the times of each test in their places
EXAMPLE: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "a6d5c443-1f51-4783-ba1a-7686ffe3b54a",
    "aud": [CLIENT],
    "azp": CLIENT,
    "name": "Ms Jane Marie Doe",
    "given_name": "Jane",
    "family_name": "Doe",
    "middle_name": "Marie",
    "picture": "https://platform.example.edu/jane.jpg",
    "email": "jane@platform.example.edu",
    "locale": "en-US",
    f"{CLAIM}deployment_id": DEPLOYMENT,
    f"{CLAIM}message_type": "LtiResourceLinkRequest",
    f"{CLAIM}version": "1.3.0",
    f"{CLAIM}roles": [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
        LEARNER,
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor",
    ],
    f"{CLAIM}role_scope_mentor": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"],
    f"{CLAIM}context": {
        "id": "c1d887f0-a1a3-4bca-ae25-c375edcc131a",
        "label": "ECON 1010",
        "title": "Economics as a Social Science",
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
    },
    f"{CLAIM}resource_link": {
        "id": "200d101f-2c14-434a-a0f3-57c2a42369fd",
        "description": "Assignment to introduce who you are",
        "title": "Introduction Assignment",
    },
    f"{CLAIM}tool_platform": {
        "guid": "https://platform.example.edu",
        "contact_email": "support@platform.example.edu",
        "description": "An Example Tool Platform",
        "name": "Example Tool Platform",
        "url": "https://platform.example.edu",
        "product_family_code": "ExamplePlatformVendor-Product",
        "version": "1.0",
    },
    f"{CLAIM}target_link_uri": "https://tool.example.com/lti/48320/ruix8782rs",
    f"{CLAIM}launch_presentation": {
        "document_target": "iframe",
        "height": 320,
        "width": 240,
        "return_url": "https://platform.example.edu/terms/201601/courses/7/sections/1/resources/2",
    },
    f"{CLAIM}custom": {"xstart": "2017-04-21T01:00:00Z", "request_url": "https://tool.com/link/123"},
    f"{CLAIM}lis": {
        "person_sourcedid": "example.edu:71ee7e42-f6d2-414a-80db-b69ac2defd4",
        "course_offering_sourcedid": "example.edu:SI182-F16",
        "course_section_sourcedid": "example.edu:SI182-001-F16",
    },
    "http://www.ExamplePlatformVendor.com/session": {"id": "89023sj890dju080"},
}
TEACHES: dict[str, Any] = {
    "sub": "the-teacher",
    f"{CLAIM}roles": [INSTRUCTOR],
    f"{CLAIM}custom": {"lab": "url-shortener"},
}
Change = Callable[[dict[str, Any]], object]


class Lms:
    """Signs messages as a platform does."""

    def __init__(self) -> None:
        self.key = JWK.generate(kty="RSA", size=2048, kid="of-the-platform")
        self.other = JWK.generate(kty="RSA", size=2048, kid="of-the-platform")

    @property
    def key_set(self) -> dict[str, Any]:
        return {"keys": [{**json.loads(self.key.export_public()), "alg": "RS256", "use": "sig"}]}

    def sign(
        self, claims: dict[str, Any], *, alg: str = "RS256", key: Any = None, kid: str = "of-the-platform"
    ) -> str:
        used = key or self.key.export_to_pem(private_key=True, password=None)
        return jwt.encode(claims, None if alg == "none" else used, algorithm=alg, headers={"kid": kid})


def message(nonce: str, /, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {**EXAMPLE, "nonce": nonce, "iat": now, "exp": now + 500, **changes}


@pytest.fixture(scope="module")
def lms() -> Lms:
    return Lms()


@pytest.fixture(scope="module")
def registered(lms: Lms, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application where that platform is registered."""
    file = tmp_path_factory.mktemp("lti") / "platforms.json"
    known = {
        "issuer": ISSUER,
        "client_id": CLIENT,
        "auth_url": "https://platform.example.edu/auth?tenant=1",
        "key_set": lms.key_set,
        "deployment_ids": [DEPLOYMENT],
    }
    file.write_text(json.dumps({"platforms": [known, {**known, "client_id": "another"}]}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDLAB_LTI_PLATFORMS", str(file))
        settings.cache_clear()
        yield build_api()
    settings.cache_clear()


@pytest.fixture
def unregistered(monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    """The application as it is for most."""
    monkeypatch.delenv("SDLAB_LTI_PLATFORMS", raising=False)
    settings.cache_clear()
    yield build_api()
    settings.cache_clear()


def browser_of(application: FastAPI, base: str = OWN, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base, headers={"Origin": ISSUER, **headers})


@pytest.fixture
async def browser(registered: FastAPI, manager: RoomManager) -> AsyncIterator[httpx.AsyncClient]:
    """One that comes from a page of the platform."""
    async with browser_of(registered) as one:
        yield one


LOGIN = {
    "iss": ISSUER,
    "client_id": CLIENT,
    "login_hint": "hint-1",
    "target_link_uri": f"{OWN}/api/lti/launch",
    "lti_message_hint": '{"cmid":7}',
    "lti_deployment_id": DEPLOYMENT,
}


async def begin(browser: httpx.AsyncClient, **changes: str) -> tuple[str, str]:
    """State and nonce of a new login."""
    answer = await browser.post("/api/lti/login", data={**LOGIN, **changes})
    assert answer.status_code == 302, answer.text
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    return asked["state"][0], asked["nonce"][0]


async def come(browser: httpx.AsyncClient, lms: Lms, **changes: Any) -> httpx.Response:
    """Login and launch with those claims."""
    state, nonce = await begin(browser)
    token = lms.sign(message(nonce, **changes))
    return await browser.post("/api/lti/launch", data={"id_token": token, "state": state})


def kept(answer: httpx.Response, role: str) -> str:
    found = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"sdlab_{role}_")]
    assert len(found) == 1
    return found[0].partition(";")[0].partition("=")[2]


# Where nothing is registered


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["login", "launch", "keys"])
async def test_nothing_is_there_without_a_platform(client: httpx.AsyncClient, path: str, method: str) -> None:
    answer = await client.request(method, f"/api/lti/{path}")
    assert answer.status_code == 404
    assert (await client.post(f"/api/lti/{path}", headers={"Origin": ISSUER})).status_code == 403


def test_the_library_is_loaded_only_for_a_platform() -> None:
    program = (
        "import sys; from sdlab.api.server import build_api; build_api();"
        "print([one for one in ('pylti1p3', 'jwcrypto', 'requests', 'sdlab.course.launches') if one in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[0] == "[]"


# Login


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_login_sends_the_visitor_to_the_platform(browser: httpx.AsyncClient, method: str) -> None:
    how = {"params": LOGIN} if method == "GET" else {"data": LOGIN}
    answer = await browser.request(method, "/api/lti/login", **how)  # type: ignore[arg-type]
    assert answer.status_code == 302
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://platform.example.edu/auth"
    asked = {name: one[0] for name, one in parse_qs(address.query).items()}
    assert asked.pop("state").startswith("state-")
    assert len(asked.pop("nonce")) >= 32
    # https://www.imsglobal.org/spec/security/v1p0#step-2-authentication-request
    assert asked == {
        "tenant": "1",
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": CLIENT,
        "redirect_uri": f"{OWN}/api/lti/launch",
        "login_hint": "hint-1",
        "lti_message_hint": '{"cmid":7}',
    }


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"iss": "https://unknown.example"}, 403),
        ({"iss": ""}, 403),
        ({"client_id": "nobody"}, 403),
        ({"client_id": ""}, 403),  # the issuer has two
        ({"login_hint": ""}, 422),
        ({"login_hint": "x" * 8001}, 422),
    ],
)
async def test_a_login_that_nobody_can_answer_is_refused(
    browser: httpx.AsyncClient, changes: dict[str, str], status: int
) -> None:
    answer = await browser.post("/api/lti/login", data={**LOGIN, **changes})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    page = await browser.post("/api/lti/login", data={**LOGIN, **changes}, headers=HTML)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")


async def test_logins_of_one_address_are_bounded(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lti, "MOST_LOGINS", 2)
    await begin(browser)
    await begin(browser)
    assert (await browser.get("/api/lti/login", params=LOGIN)).status_code == 429


async def test_a_platform_may_post_to_these_two_addresses_alone(browser: httpx.AsyncClient) -> None:
    for path in ("/api/lti/login", "/api/lti/launch"):
        assert (await browser.post(path)).json()["title"] != "Foreign page"
    for path in ("/api/lti/keys", "/api/lti/launch/", "/api/rooms", "/api/classes"):
        assert (await browser.post(path)).json()["title"] == "Foreign page"
    assert (await browser.put("/api/lti/launch")).json()["title"] == "Foreign page"


# Launch


async def test_the_example_of_the_specification_finds_no_class_yet(
    browser: httpx.AsyncClient, lms: Lms
) -> None:
    answer = await come(browser, lms)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "The class has not begun" in answer.text
    assert "follower" not in answer.headers.get("set-cookie", "")


async def test_a_teacher_opens_the_class_of_a_link_and_a_learner_joins_it(
    browser: httpx.AsyncClient, lms: Lms, manager: RoomManager
) -> None:
    opened = await come(browser, lms, **TEACHES)
    assert opened.status_code == 303
    room = opened.headers["location"].removeprefix("/teach/")
    leader = {"X-SDLab-Leader": kept(opened, "leader"), "Origin": OWN}
    assert (await browser.get(f"/api/classes/{room}", headers=leader)).json()["role"] == "leader"
    again = await come(browser, lms, **TEACHES)
    assert again.headers["location"] == f"/teach/{room}"

    joined = await come(browser, lms)
    assert joined.status_code == 303
    assert joined.headers["location"] == f"/labs/url-shortener?room={room}&class=1"
    follower = kept(joined, "follower")
    await browser.patch(f"/api/classes/{room}", json={"beat": 3}, headers=leader)
    vote = {"X-SDLab-Leader": follower, "Origin": OWN}
    assert (
        await browser.post(f"/api/classes/{room}/vote", json={"option": 0}, headers=vote)
    ).status_code == 204

    assert kept(await come(browser, lms), "follower") == follower  # the same person has one vote
    assert kept(await come(browser, lms, sub="somebody else"), "follower") != follower

    elsewhere = {f"{CLAIM}resource_link": {"id": "another"}}
    assert "The class has not begun" in (await come(browser, lms, **elsewhere)).text
    assert (await come(browser, lms, **TEACHES, **elsewhere)).headers["location"] != f"/teach/{room}"


async def test_nobody_can_be_told_from_what_is_kept(
    browser: httpx.AsyncClient, lms: Lms, manager: RoomManager
) -> None:
    room = (await come(browser, lms, **TEACHES)).headers["location"].removeprefix("/teach/")
    joined = await come(browser, lms)
    leader = {"Origin": OWN, "X-SDLab-Leader": kept(await come(browser, lms, **TEACHES), "leader")}
    await browser.patch(f"/api/classes/{room}", json={"beat": 3}, headers=leader)
    vote = {"Origin": OWN, "X-SDLab-Leader": kept(joined, "follower")}
    await browser.post(f"/api/classes/{room}/vote", json={"option": 0}, headers=vote)
    redis = manager.stores.redis
    said = " ".join([key async for key in redis.scan_iter()])
    async for key in redis.scan_iter("sdlab:*"):
        kind = await redis.type(key)
        said += str(
            await (redis.hgetall(key) if kind == "hash" else redis.get(key)) if kind != "zset" else ""
        )
    for secret in (EXAMPLE["sub"], "the-teacher", "Jane", "platform.example.edu/", "ECON", DEPLOYMENT):
        assert secret not in said


async def test_a_class_that_has_ended_is_opened_anew(browser: httpx.AsyncClient, lms: Lms) -> None:
    opened = await come(browser, lms, **TEACHES)
    room = opened.headers["location"].removeprefix("/teach/")
    leader = {"X-SDLab-Leader": kept(opened, "leader"), "Origin": OWN}
    assert (await browser.delete(f"/api/classes/{room}", headers=leader)).status_code == 204
    assert "The class has not begun" in (await come(browser, lms)).text
    anew = await come(browser, lms, **TEACHES)
    assert anew.headers["location"].startswith("/teach/")
    assert anew.headers["location"] != f"/teach/{room}"


async def test_two_teachers_at_once_have_one_class(browser: httpx.AsyncClient, lms: Lms) -> None:
    both = await asyncio.gather(*(come(browser, lms, **TEACHES, email=str(one)) for one in range(2)))
    assert len({one.headers["location"] for one in both}) == 1


async def test_many_teachers_of_one_campus_open_a_class_each(browser: httpx.AsyncClient, lms: Lms) -> None:
    limit = Settings().classes_per_address
    places = set()
    for number in range(limit + 1):
        link = {f"{CLAIM}resource_link": {"id": str(number)}, "sub": f"teacher {number}"}
        places.add((await come(browser, lms, **{**TEACHES, **link})).headers["location"])
    assert len(places) == limit + 1
    one = [{**TEACHES, f"{CLAIM}resource_link": {"id": f"again {number}"}} for number in range(limit + 1)]
    answers = [await come(browser, lms, **claims) for claims in one]
    assert [answer.status_code for answer in answers] == [303] * limit + [429]


@pytest.mark.parametrize("custom", [{}, {"lab": "no-such-lab"}, {"lab": ["url-shortener"]}, {"lab": ""}])
async def test_a_link_that_names_no_lab_says_so_to_the_teacher(
    browser: httpx.AsyncClient, lms: Lms, custom: dict[str, Any]
) -> None:
    answer = await come(browser, lms, **{**TEACHES, f"{CLAIM}custom": custom})
    assert answer.status_code == 422
    assert "lab=" in answer.json()["detail"]
    assert "url-shortener" in answer.json()["detail"]


@pytest.mark.parametrize(
    "role",
    [
        LEARNER,
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
        "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant",
    ],
)
async def test_only_who_teaches_in_the_course_opens_a_class(
    browser: httpx.AsyncClient, lms: Lms, role: str
) -> None:
    answer = await come(browser, lms, **{**TEACHES, f"{CLAIM}roles": [role]})
    assert "The class has not begun" in answer.text


FALSE: dict[str, tuple[dict[str, Any], int]] = {
    "for another tool": ({"aud": "somebody", "azp": "somebody"}, 403),
    "for another tool first": ({"aud": ["somebody", CLIENT]}, 403),
    "for another party": ({"azp": "somebody"}, 403),
    "for another client of this tool": ({"aud": ["another"], "azp": "another"}, 403),
    "expired": ({"exp": int(time.time()) - 10}, 403),
    "from the future": ({"iat": int(time.time()) + 3600}, 403),
    "with another nonce": ({"nonce": "fc5fdc6d-5dd6-47f4-b2c9-5d1216e9b771"}, 403),
    "of an unknown issuer": ({"iss": "https://unknown.example"}, 403),
    "of an unknown deployment": ({f"{CLAIM}deployment_id": "another"}, 403),
    "of another version": ({f"{CLAIM}version": "1.1"}, 403),
    "of another kind": ({f"{CLAIM}message_type": "LtiDeepLinkingRequest"}, 403),
    "of no link": ({f"{CLAIM}resource_link": None}, 403),
    "without an expiry": ({"exp": None}, 422),
    "without a user": ({"sub": None}, 422),
    "without roles": ({f"{CLAIM}roles": None}, 422),
    "without a nonce": ({"nonce": None}, 422),
    "with a link of another shape": ({f"{CLAIM}resource_link": "link"}, 422),
    "with roles of another shape": ({f"{CLAIM}roles": [{}]}, 422),
    "with a name that is too long": ({"sub": "x" * 256}, 422),
}


@pytest.mark.parametrize("name", FALSE)
async def test_a_message_that_is_not_so_is_refused(browser: httpx.AsyncClient, lms: Lms, name: str) -> None:
    changes, status = FALSE[name]
    await come(browser, lms, **TEACHES)  # a class that somebody could get into
    state, nonce = await begin(browser)
    claims = {key: one for key, one in message(nonce, **changes).items() if one is not None}
    answer = await browser.post("/api/lti/launch", data={"id_token": lms.sign(claims), "state": state})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
    assert "set-cookie" not in answer.headers


async def test_what_the_platform_has_not_signed_is_refused(browser: httpx.AsyncClient, lms: Lms) -> None:
    public = lms.key.export_to_pem()
    signed = {
        "by another key": lambda claims: lms.sign(
            claims, key=lms.other.export_to_pem(private_key=True, password=None)
        ),
        "by nobody": lambda claims: lms.sign(claims, alg="none"),
        "with the public key as a secret": lambda claims: _forged(claims, public),
        "by a key of another name": lambda claims: lms.sign(claims, kid="unknown"),
        "with a changed body": lambda claims: _changed(lms.sign(claims)),
    }
    await come(browser, lms, **TEACHES)
    for name, sign in signed.items():
        state, nonce = await begin(browser)
        token = sign(message(nonce))
        answer = await browser.post("/api/lti/launch", data={"id_token": token, "state": state})
        assert answer.status_code == 403, name
        assert answer.json()["title"] in ("Launch refused",), name
        assert "set-cookie" not in answer.headers


def _forged(claims: dict[str, Any], public: bytes) -> str:
    """RFC 8725, section 2.1: a tool that lets the message choose takes a public key for a shared secret."""
    key = JWK.from_password(public.decode())
    from jwcrypto.jws import JWS  # PyJWT refuses to do such a thing

    made = JWS(json.dumps(claims))
    made.add_signature(key, alg="HS256", protected=json.dumps({"alg": "HS256", "kid": "of-the-platform"}))
    return str(made.serialize(compact=True))


def _changed(token: str) -> str:
    head, body, mark = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    changed = jwt.encode({**claims, **TEACHES}, "x" * 32).split(".")[1]
    assert changed != body
    return f"{head}.{changed}.{mark}"


async def test_a_launch_is_used_once(browser: httpx.AsyncClient, lms: Lms) -> None:
    await come(browser, lms, **TEACHES)
    state, nonce = await begin(browser)
    token = lms.sign(message(nonce))
    first = await browser.post("/api/lti/launch", data={"id_token": token, "state": state})
    assert first.status_code == 303
    again = await browser.post("/api/lti/launch", data={"id_token": token, "state": state})
    assert again.status_code == 403
    assert "used before" in again.json()["detail"]
    state, _ = await begin(browser)  # the old message on a new way
    replayed = await browser.post("/api/lti/launch", data={"id_token": token, "state": state})
    assert replayed.status_code == 403
    assert "onc" in replayed.json()["detail"]


async def test_a_login_is_forgotten_after_a_while(
    browser: httpx.AsyncClient, lms: Lms, manager: RoomManager
) -> None:
    state, nonce = await begin(browser)
    assert 0 < await manager.stores.redis.ttl(f"sdlab:lti:login:{state}") <= lti.LOGIN_WITHIN
    await manager.stores.redis.delete(f"sdlab:lti:login:{state}")  # as it does
    token = lms.sign(message(nonce))
    answer = await browser.post("/api/lti/launch", data={"id_token": token, "state": state})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"state": "state-"}, 422),
        ({"state": "*", "id_token": "a.b.c"}, 422),
        ({"state": "state-" + "0" * 36, "id_token": "a.b.c"}, 403),
        ({"error": "access_denied", "state": "state-" + "0" * 36}, 403),
        ({str(number): "" for number in range(31)}, 422),
    ],
)
async def test_what_is_no_launch_is_refused(
    browser: httpx.AsyncClient, data: dict[str, str], status: int
) -> None:
    answer = await browser.post("/api/lti/launch", data=data)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "W10.W10.W10", "e30.e30", "x" * 70_000, "\ud83d", "e30.e30.é", "..", "MQ.MQ.MQ"]
)
async def test_what_is_no_message_is_refused(browser: httpx.AsyncClient, token: str) -> None:
    state, _ = await begin(browser)
    form = {"id_token": token.encode(errors="surrogatepass"), "state": state}
    answer = await browser.post("/api/lti/launch", data=form)
    assert answer.status_code == 422


async def test_a_body_that_is_no_form_is_refused(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/api/lti/launch", json={"state": "x"})).status_code == 422
    assert (await browser.post("/api/lti/launch", files={"state": b"x"})).status_code == 422


async def test_over_tls_the_browser_that_began_a_launch_ends_it(
    registered: FastAPI, manager: RoomManager, lms: Lms
) -> None:
    own = "https://localhost"
    async with browser_of(registered, own) as one, browser_of(registered, own) as other:
        state, nonce = await begin(one)
        token = lms.sign(message(nonce, **TEACHES))
        form = {"id_token": token, "state": state}
        refused = await other.post("/api/lti/launch", data=form, headers=HTML)
        assert refused.status_code == 403
        assert "new window" in refused.text
        answer = await one.post("/api/lti/launch", data=form)
        assert answer.status_code == 303  # what somebody else tried did no harm
        begun = await one.get("/api/lti/login", params=LOGIN)
        kind = "HttpOnly; Max-Age=600; Path=/api/lti/launch; SameSite=None; Secure; Partitioned"
        assert begun.headers["set-cookie"].partition("; ")[2] == kind
        assert parse_qs(urlsplit(begun.headers["location"]).query)["redirect_uri"] == [
            f"{own}/api/lti/launch"
        ]


async def test_this_tools_key_is_made_once_and_public(browser: httpx.AsyncClient) -> None:
    found = (await browser.get("/api/lti/keys")).json()
    (key,) = found["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "alg", "use"}  # and nothing of its private half
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert (await browser.get("/api/lti/keys")).json() == found


# Choosing a lab

# https://www.imsglobal.org/spec/lti-dl/v2p0#deep-linking-request-example
CHOOSING: dict[str, Any] = {
    "sub": "the-teacher",
    f"{CLAIM}roles": [INSTRUCTOR],
    f"{CLAIM}message_type": "LtiDeepLinkingRequest",
    f"{CLAIM}resource_link": None,
    "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": {
        "deep_link_return_url": "https://platform.example/deep_links?a=1&b=2",
        "accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
        "accept_media_types": "image/*,text/html",
        "accept_presentation_document_targets": ["iframe", "window", "embed"],
        "accept_multiple": True,
        "auto_create": True,
        "title": "This is the default title",
        "text": "This is the default text",
        "data": "Some random opaque data that MUST be sent back",
    },
}
SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"


async def choose(browser: httpx.AsyncClient, lms: Lms, **changes: Any) -> httpx.Response:
    state, nonce = await begin(browser)
    claims = message(nonce, **{**CHOOSING, **changes})
    token = lms.sign({name: one for name, one in claims.items() if one is not None})
    return await browser.post("/api/lti/launch", data={"id_token": token, "state": state})


async def test_a_teacher_chooses_a_lab_for_the_course(browser: httpx.AsyncClient, lms: Lms) -> None:
    answer = await choose(browser, lms)
    assert answer.status_code == 200
    assert 'action="https://platform.example/deep_links?a=1&amp;b=2"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "form-action https: https://platform.example; frame-ancestors 'self'" in policy
    messages = re.findall(r'name="JWT" value="([^"]+)"', answer.text)
    assert len(messages) == len(designs())
    (key,) = (await browser.get("/api/lti/keys")).json()["keys"]
    public = JWK(**key).export_to_pem()
    labs = []
    for one in messages:
        assert jwt.get_unverified_header(one) == {"alg": "RS256", "typ": "JWT", "kid": key["kid"]}
        said = jwt.decode(one, public, algorithms=["RS256"], audience=ISSUER, issuer=CLIENT)
        assert said[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
        assert said[f"{CLAIM}version"] == "1.3.0"
        assert said[f"{CLAIM}deployment_id"] == DEPLOYMENT
        assert said["https://purl.imsglobal.org/spec/lti-dl/claim/data"] == CHOOSING[SETTINGS]["data"]
        (item,) = said["https://purl.imsglobal.org/spec/lti-dl/claim/content_items"]
        assert item["type"] == "ltiResourceLink"
        assert item["url"] == f"{OWN}/api/lti/launch"
        labs.append(item["custom"]["lab"])
    assert labs == [one.slug for one in designs()]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({f"{CLAIM}roles": [LEARNER]}, 403),
        ({SETTINGS: None}, 403),
        ({SETTINGS: "all"}, 422),
        ({SETTINGS: {**CHOOSING[SETTINGS], "accept_types": ["link"]}}, 403),
        ({SETTINGS: {**CHOOSING[SETTINGS], "deep_link_return_url": "http://platform.example"}}, 403),
        ({SETTINGS: {**CHOOSING[SETTINGS], "deep_link_return_url": "javascript:alert(1)"}}, 403),
        ({SETTINGS: {**CHOOSING[SETTINGS], "deep_link_return_url": "https://a.example; script-src *"}}, 403),
        ({SETTINGS: {**CHOOSING[SETTINGS], "deep_link_return_url": "https://a.example;script-src"}}, 403),
    ],
)
async def test_a_choice_that_nobody_may_make_is_refused(
    browser: httpx.AsyncClient, lms: Lms, changes: dict[str, Any], status: int
) -> None:
    answer = await choose(browser, lms, **changes)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


# Keys of platforms


def platform(url: str) -> Platform:
    return Platform(
        issuer=ISSUER,
        client_id=CLIENT,
        auth_url="https://platform.example.edu/auth",
        key_set_url=url,
        deployment_ids=[DEPLOYMENT],
    )


class Source:
    """What is at an address, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.says: bytes | Exception = b'{"keys": [{"kid": "one"}]}'
        self.now = 0.0

    async def __call__(self, url: str) -> bytes:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


async def test_a_key_set_is_kept_and_asked_for_again_when_a_key_is_new() -> None:
    source = Source()
    known, one = KeySets(source, lambda: source.now), platform("https://platform.example.edu/keys")
    for _ in range(3):
        assert (await known.of(one, "one"))["keys"] == [{"kid": "one"}]
    assert source.asked == 1
    source.says = b'{"keys": [{"kid": "two"}]}'
    await known.of(one, "two")
    assert source.asked == 1  # not so soon
    source.now = ANEW_AFTER
    assert (await known.of(one, "two"))["keys"] == [{"kid": "two"}]
    for number in range(5):
        await known.of(one, f"unknown-{number}")  # anybody may say so
    assert source.asked == 2
    source.now += KEPT_FOR + 1
    await known.of(one, "two")
    assert source.asked == 3


@pytest.mark.parametrize(
    "says",
    [
        OSError("no route"),
        TimeoutError(),
        ValueError("404"),
        b"",
        b"[]",
        b"{}",
        b'{"keys": [1]}',
        b'{"keys": ' + str([{}] * 101).encode() + b"}",
    ],
)
async def test_a_platform_without_keys_is_a_trouble_of_its_own(says: bytes | Exception) -> None:
    source = Source()
    known, one = KeySets(source, lambda: source.now), platform("https://platform.example.edu/keys")
    source.says = says
    for _ in range(2):
        with pytest.raises(Unavailable):
            await known.of(one, "one")
    assert source.asked == 1
    source.says, source.now = b'{"keys": [{"kid": "one"}]}', ANEW_AFTER
    assert await known.of(one, "one")
    source.says, source.now = says, source.now + KEPT_FOR + 1
    assert await known.of(one, "one")  # better old ones than none


async def test_many_who_come_at_once_ask_once() -> None:
    source = Source()
    known, one = KeySets(source, lambda: source.now), platform("https://platform.example.edu/keys")
    await asyncio.gather(*(known.of(one, "one") for _ in range(20)))
    assert source.asked == 1


async def test_what_is_fetched_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sets, "FETCH_WITHIN", 0.2)
    silent = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/keys":
            return web.json_response({"keys": []})
        if request.path == "/elsewhere":
            raise web.HTTPFound("/keys")
        if request.path == "/silent":
            await silent.wait()
        return web.Response(body=b"x" * (key_sets.MOST_BYTES + 1))

    site = web.AppRunner(application := web.Application(), shutdown_timeout=0.1)
    application.router.add_get("/{rest:.*}", answer)
    await site.setup()
    try:
        await web.TCPSite(site, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{site.addresses[0][1]}"
        assert await fetch_bytes(f"{base}/keys") == b'{"keys": []}'
        for path in ("elsewhere", "large"):
            with pytest.raises(ValueError):
                await fetch_bytes(f"{base}/{path}")
        with pytest.raises(TimeoutError):
            await fetch_bytes(f"{base}/silent")
    finally:
        silent.set()
        await site.cleanup()
    with pytest.raises(OSError):
        await fetch_bytes(f"{base}/keys")


# What is registered


GOOD: dict[str, Any] = {
    "issuer": ISSUER,
    "client_id": CLIENT,
    "auth_url": "https://platform.example.edu/auth",
    "key_set_url": "https://platform.example.edu/keys",
    "deployment_ids": ["1"],
}
BAD: dict[str, object] = {
    "no list": {},
    "nothing in it": {"platforms": []},
    "no object": [],
    "a misspelt field": {"platforms": [{**GOOD, "key_seturl": "x"}]},
    "no issuer": {"platforms": [{**GOOD, "issuer": ""}]},
    "no deployment": {"platforms": [{**GOOD, "deployment_ids": []}]},
    "no keys": {"platforms": [{**GOOD, "key_set_url": ""}]},
    "two kinds of keys": {"platforms": [{**GOOD, "key_set": {"keys": [{}]}}]},
    "an empty key set": {"platforms": [{**GOOD, "key_set_url": "", "key_set": {"keys": []}}]},
    "an unencrypted address": {"platforms": [{**GOOD, "key_set_url": "http://platform.example.edu/keys"}]},
    "an unencrypted login": {"platforms": [{**GOOD, "auth_url": "http://127.0.0.1/auth"}]},
    "no address": {"platforms": [{**GOOD, "auth_url": "file:///etc/passwd"}]},
    "the same twice": {"platforms": [GOOD, GOOD]},
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_registers_nothing_stops_the_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "platforms.json"
    file.write_text(json.dumps(BAD[name]))
    monkeypatch.setenv("SDLAB_LTI_PLATFORMS", str(file))
    settings.cache_clear()
    with pytest.raises(LauncherError, match=r"^SDLAB_LTI_PLATFORMS: ") as refused:
        read_settings()
    settings.cache_clear()
    assert "\n" not in str(refused.value)


def test_http_is_for_trials_on_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "platforms.json"
    file.write_text(json.dumps({"platforms": [{**GOOD, "key_set_url": "http://127.0.0.1:8000/keys"}]}))
    with pytest.raises(BadPlatforms, match="no https address"):
        read_platforms(file)
    assert read_platforms(file, http_loopback=True).find(ISSUER)
    file.write_text(json.dumps({"platforms": [{**GOOD, "key_set_url": "http://lms.example/keys"}]}))
    with pytest.raises(BadPlatforms):
        read_platforms(file, http_loopback=True)
    with pytest.raises(BadPlatforms, match="No such file"):
        read_platforms(tmp_path / "none.json")
