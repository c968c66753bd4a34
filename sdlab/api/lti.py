"""Launches from a course, by LTI 1.3: an instructor's opens the class of a link, a learner's joins it.

Where no platform is registered nothing of this is there. A browser brings all of it, so refusals are pages for
whoever wants a page, and problem documents for everybody else.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from redis.asyncio import Redis

from sdlab.api.classes import remember
from sdlab.api.control import as_json
from sdlab.api.problems import lab_problem
from sdlab.course.key_sets import KeySets
from sdlab.course.links import class_of_link, learner, open_class
from sdlab.course.platforms import Platform, Platforms, origin_of, platforms_of
from sdlab.course.tool_key import private_key, public_keys
from sdlab.lab import Forbidden, Invalid, LabError, TooMany
from sdlab.live.framing import IN_A_FRAME
from sdlab.live.headers import is_secure
from sdlab.registry import designs
from sdlab.rooms.happenings import Happening, happened
from sdlab.rooms.http import address_of
from sdlab.rooms.manager import RoomManager, room_manager
from sdlab.settings import settings

LOGIN_WITHIN = 600  # seconds for the way to the platform and back
ONE_HOUR = 3600
MOST_LOGINS = 2_000  # of one address within an hour: a campus has one
MOST_FIELDS = 30
LONGEST_FIELD = 8_000
FORM = "application/x-www-form-urlencoded"
STATE = re.compile(r"state-[0-9a-f-]{36}")
LAUNCH = "/api/lti/launch"

router = APIRouter(prefix="/api/lti", tags=["courses"], include_in_schema=False)


class LaunchRefused(Forbidden):
    """Somebody comes from a course, and is not let in."""

    title = "Launch refused"


def registered() -> Platforms:
    """All platforms."""
    chosen = settings()
    assert chosen.lti_platforms is not None  # or these routes were not there
    return platforms_of(chosen.lti_platforms, http_loopback=chosen.lti_http_loopback)


Registered = Annotated[Platforms, Depends(registered)]


@router.get("/keys")
async def keys(known: Registered) -> Response:
    """This tool's public key."""
    found = await public_keys(room_manager().stores.redis)
    return as_json(found)


@router.get("/login")
@router.post("/login")
async def login(known: Registered, request: Request) -> Response:
    """A platform says that somebody wants to come: they are sent there, and come back with a signed message."""
    return await _in_words(request, lambda: _login(known, request))


@router.post("/launch")
async def launch(known: Registered, request: Request) -> Response:
    """They come back: into the class of the link."""
    return await _in_words(request, lambda: _launch(known, request))


async def _login(known: Platforms, request: Request) -> Response:
    params = await _params(request)
    platform = _platform(known, params.get("iss", ""), params.get("client_id", ""))
    redis = room_manager().stores.redis
    await _count_login(redis, address_of(request))
    found = await asyncio.to_thread(_begin, platform, params, f"{_own_address(request)}{LAUNCH}")
    kept = {"issuer": platform.issuer, "client_id": platform.client_id, "nonce": found.nonce}
    await redis.set(_key(found.state), json.dumps(kept), ex=LOGIN_WITHIN)
    answer = RedirectResponse(found.address, 302, headers={"Cache-Control": "no-store"})
    if is_secure(request.scope):
        _set_state(answer, found.state, LOGIN_WITHIN)
    return answer


async def _launch(known: Platforms, request: Request) -> Response:
    params = await _params(request)
    state = params.get("state", "")
    if "error" in params and "id_token" not in params:
        raise LaunchRefused("the course's server did not let you through; open the link in the course again")
    if not STATE.fullmatch(state):
        raise Invalid("a launch brings the state of its login", field="state")
    if is_secure(request.scope) and request.cookies.get(_cookie(state)) != state:
        raise LaunchRefused(
            "your browser began no launch here, or keeps no cookies of other sites in a frame: "
            "open the link in a new window"
        )
    manager = room_manager()
    stored = await manager.stores.redis.getdel(_key(state))
    if stored is None:
        raise LaunchRefused(
            "this launch was used before, or took too long; open the link in the course again"
        )
    begun = json.loads(stored)
    platform = _platform(known, begun["issuer"], begun["client_id"])
    answer = await _enter(manager, request, platform, params, nonce=begun["nonce"])
    _set_state(answer, state, 0)
    return answer


async def _enter(
    manager: RoomManager, request: Request, platform: Platform, params: dict[str, str], *, nonce: str
) -> Response:
    key_id = await asyncio.to_thread(_key_id, params.get("id_token", ""))
    key_set = await _key_sets.of(platform, key_id)
    tool_key = await private_key(manager.stores.redis)
    found = await asyncio.to_thread(
        _verify, platform, key_set, params, nonce=nonce, tool_key=tool_key, address=_own_address(request)
    )
    from sdlab.course.launches import Choice  # it is loaded by now

    if isinstance(found, Choice):
        return _choice_page(found)
    taught = await (open_class(manager, found) if found.teaches else class_of_link(manager, found))
    if taught is None:
        return _page(
            "The class has not begun",
            "Your teacher opens it with the same link. Open the link in your course again then.",
        )
    room = taught.standing.room
    if found.teaches:
        answer: Response = RedirectResponse(f"/teach/{room}", 303)
        remember(request, answer, "leader", room, taught.rights.leader_token())
    else:
        answer = RedirectResponse(f"/labs/{taught.standing.lab}?room={room}&class=1", 303)
        name = learner(manager, found)
        remember(request, answer, "follower", room, taught.rights.follower_token(name))
        happened(Happening("launched", room, taught.standing.lab, name))
    answer.headers["Cache-Control"] = "no-store"
    return answer


_key_sets = KeySets()


# The library takes a while to load: a thread does, the first time that somebody comes.


def _begin(platform: Platform, params: dict[str, str], launch_url: str) -> Any:
    from sdlab.course import launches

    return launches.begin(platform, params, launch_url=launch_url)


def _key_id(token: str) -> str:
    from sdlab.course import launches

    return launches.key_id(token)


def _verify(
    platform: Platform, key_set: Any, params: dict[str, str], *, nonce: str, tool_key: str, address: str
) -> Any:
    from sdlab.course import launches

    tool = launches.Tool(
        key=tool_key,
        launch_url=f"{address}{LAUNCH}",
        labs={one.slug: one.title for one in designs()},
        http_loopback=settings().lti_http_loopback,
    )
    return launches.verify(platform, key_set, params, nonce=nonce, tool=tool)


async def _params(request: Request) -> dict[str, str]:
    """What the browser brings, in the address or as a form. `Invalid` for what is neither, too long, or too much."""
    text = request.url.query
    if request.method == "POST":
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise Invalid(f"the body is a form: {FORM}")
        text = (await request.body()).decode(errors="replace")
    try:
        found = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Invalid(f"a form has at most {MOST_FIELDS} fields") from None
    for name, value in found.items():
        if len(value) > LONGEST_FIELD and name != "id_token":
            raise Invalid(f"a field has at most {LONGEST_FIELD} characters", field=name[:40])
    return found


def _platform(known: Platforms, issuer: str, client_id: str) -> Platform:
    found = known.find(issuer, client_id) if issuer else None
    if found is None:
        raise LaunchRefused("no such platform is registered here, or not with that client id")
    return found


async def _count_login(redis: Redis, address: str) -> None:
    key = f"sdlab:lti:logins:{address}"
    seen = await redis.incr(key)
    if seen == 1:
        await redis.expire(key, ONE_HOUR)
    if seen > MOST_LOGINS:
        raise TooMany(f"{MOST_LOGINS} launches began at your address within an hour", retry_after=ONE_HOUR)


def _own_address(request: Request) -> str:
    """As the platform knows it: the door has seen to it that the name is ours."""
    scheme = "https" if is_secure(request.scope) else "http"
    return f"{scheme}://{request.headers['host']}"


def _key(state: str) -> str:
    return f"sdlab:lti:login:{state}"


def _cookie(state: str) -> str:
    return f"sdlab_lti_{state.removeprefix('state-')[:8]}"


def _set_state(answer: Response, state: str, seconds: int) -> None:
    """The browser that began a launch is the one that ends it. A platform posts it back, so it travels from there."""
    kept = f"{_cookie(state)}={state}; HttpOnly; Max-Age={seconds}; Path={LAUNCH}; {IN_A_FRAME}"
    answer.headers.append("Set-Cookie", kept)


async def _in_words(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except LabError as error:
        if "text/html" not in request.headers.get("accept", ""):
            return lab_problem(error)
        return _page(
            error.title, f"{error.detail[:1].upper()}{error.detail[1:]}.", error.status, error.headers
        )


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} · sdlab</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark }} body {{ font-family: system-ui, sans-serif; line-height: 1.5;
margin: 3rem auto; max-width: 34rem; padding: 0 1rem }} form {{ margin: 0.5rem 0 }}</style>
<main><h1>{title}</h1><p>{text}</p>{more}</main></html>"""
LINK = """<form method="post" action="{address}"><input type="hidden" name="JWT" value="{message}">
<button>{title}</button></form>"""


def _page(
    title: str, text: str, status: int = 200, headers: dict[str, str] | None = None, *, more: str = ""
) -> HTMLResponse:
    shown = PAGE.format(title=html.escape(title), text=html.escape(text), more=more)
    return HTMLResponse(shown, status, headers={**(headers or {}), "Cache-Control": "no-store"})


def _choice_page(choice: Any) -> HTMLResponse:
    """Each lab is a button that posts its own message to the platform: this page may do that, and nothing else."""
    address = html.escape(choice.return_url)
    links = [
        LINK.format(address=address, message=html.escape(one.message), title=html.escape(one.title))
        for one in choice.links
    ]
    ancestors = " ".join(["'self'", *settings().frame_ancestors_listed])
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        f"form-action https: {origin_of(choice.return_url)}; frame-ancestors {ancestors}"
    )
    return _page(
        "Choose a lab",
        "The course gets a link to a class in it.",
        headers={"Content-Security-Policy": policy},
        more="".join(links),
    )
