"""The shortener's endpoints: make, follow, list, count, delete."""

from __future__ import annotations

import base64
import html
import io
import json
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.inside.views import LinkView
from designs.url_shortener.engine.link_request import MAX_URL
from sdlab.api.problems import documented, lab_problem
from sdlab.blocks.lru import LruCache
from sdlab.lab import Invalid, LabError, NotFound
from sdlab.rooms.house import House, house
from sdlab.rooms.http import acting_user, address_of, cookie_room, engine_of, may_act
from sdlab.rooms.ids import HEADER, PUBLIC

SLUG = "url-shortener"
MAX_PAGE = 100
REMEMBERED_ROOMS = 10_000
REMEMBERED_S = 60.0

EngineHere = Annotated[UrlShortener, Depends(engine_of(SLUG))]
User = Annotated[str, Depends(acting_user)]


class GenerateBody(BaseModel):
    """What to shorten. `expires_at` is RFC 3339 with an offset, or Unix seconds."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": "https://docs.python.org/3/library/asyncio-task.html"}]},
    )

    url: str = Field(max_length=MAX_URL, description="http or https, without credentials")
    alias: str | None = Field(None, description="3 to 32 letters, digits, _ or -")
    expires_at: AwareDatetime | float | None = Field(None, description="in the future, within 10 years")


class Generated(BaseModel):
    """The short link."""

    code: str = Field(examples=["aZ3kP9q"])
    short_url: str = Field(examples=["http://localhost:3000/s/aZ3kP9q"])
    url: str
    expires_at: datetime | None


class Link(Generated):
    """A short link with its clicks, as far as they were seen."""

    clicks: int
    created_at: datetime


class LinkPage(BaseModel):
    """Links, newest first; `next_cursor` leads to the next page, if there is one."""

    items: list[Link]
    next_cursor: str | None


class MinuteClicks(BaseModel):
    """Clicks seen in the minute that begins at `minute`."""

    minute: datetime
    clicks: int


class Stats(BaseModel):
    """Clicks seen: all, and for each of the last 60 minutes, oldest first."""

    code: str
    clicks: int
    per_minute: list[MinuteClicks]


def router() -> APIRouter:
    """Everything below `/api/url-shortener`."""
    routes = APIRouter()

    @routes.post(
        "/shorturl/generate", summary="Shorten a URL", response_model=Generated, responses=documented(409)
    )
    async def generate(
        engine: EngineHere,
        user: User,
        body: GenerateBody,
        request: Request,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> Generated:
        """422 for a URL, alias or expiry that cannot be; 409 for a taken alias; 503 while no code can be had.

        With an `Idempotency-Key`, repeating the call within a day gives the first answer again.
        """
        _refuse_own(body.url, request)
        link = await engine.generate(
            body.url,
            alias=body.alias,
            expires_at=_seconds(body.expires_at),
            by=user,
            idempotency_key=idempotency_key,
        )
        return Generated(
            code=link.code, short_url=_short(request, link), url=link.url, expires_at=_time(link.expires_at)
        )

    @routes.get("/links", summary="My links", response_model=LinkPage, responses=documented())
    async def links(
        engine: EngineHere,
        user: User,
        request: Request,
        cursor: Annotated[str | None, Query(max_length=200, description="from next_cursor")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 20,
    ) -> LinkPage:
        """The acting user's links, newest first."""
        before = _position(cursor) if cursor is not None else None
        found = await engine.links(before=before, limit=limit + 1, by=user)
        more = found[limit - 1] if len(found) > limit else None
        return LinkPage(
            items=[_link(request, link) for link in found[:limit]],
            next_cursor=_cursor(more) if more else None,
        )

    @routes.get(
        "/links/{code}/stats", summary="Clicks per minute", response_model=Stats, responses=documented()
    )
    async def stats(engine: EngineHere, user: User, code: str) -> Stats:
        """Clicks that this server saw; a redirect kept by a browser makes clicks that nobody sees."""
        per_minute, total = await engine.stats(code, by=user)
        return Stats(
            code=code,
            clicks=total,
            per_minute=[
                MinuteClicks(minute=datetime.fromtimestamp(minute * 60, UTC), clicks=count)
                for minute, count in per_minute
            ],
        )

    @routes.get(
        "/links/{code}/qr.svg",
        summary="QR code of a link",
        response_class=Response,
        responses={200: {"content": {"image/svg+xml": {}}, "description": "SVG"}, **documented()},
    )
    async def qr(engine: EngineHere, code: str, request: Request) -> Response:
        """The short URL as a QR code."""
        link = await engine.link(code)
        drawn = io.BytesIO()
        segno.make(_short(request, link), error="m").save(drawn, kind="svg", scale=4, border=2)
        return Response(drawn.getvalue(), media_type="image/svg+xml")

    @routes.delete(
        "/links/{code}",
        summary="Delete a link",
        status_code=204,
        response_class=Response,
        responses=documented(),
    )
    async def delete(engine: EngineHere, user: User, code: str) -> Response:
        """404 afterwards; the code is never given to another URL."""
        await engine.delete(code, by=user)
        return Response(status_code=204)

    return routes


def root_router() -> APIRouter:
    """`GET /s/{code}`, outside `/api`."""
    routes, doors = APIRouter(), Doors()
    documents = {
        301: {"description": "Moved permanently"},
        302: {"description": "Found"},
        **{status: answer for status, answer in documented(410).items() if status != 422},
    }

    @routes.get(
        "/s/{code}",
        summary="Follow a short link",
        status_code=302,
        response_class=Response,
        responses=documents,
    )
    async def follow(code: str, request: Request) -> Response:
        """`Location` and `Cache-Control` as the redirect policy says; 410 once expired, 404 when unknown."""
        return await _follow(doors, code, request, click=True)

    @routes.head("/s/{code}", include_in_schema=False)
    async def look(code: str, request: Request) -> Response:
        """Where it leads; not a click."""
        return await _follow(doors, code, request, click=False)

    return routes


async def _follow(doors: Doors, code: str, request: Request, *, click: bool) -> Response:
    try:
        engine = await doors.engine(code, request)
        # The link works for everybody; in the room of a class only those who may act there make it count.
        redirect = await engine.resolve(code, click=click and await may_act(request, engine.room.id))
    except LabError as error:
        if isinstance(error, NotFound):
            doors.forget(code)
        return _page(error) if "text/html" in request.headers.get("accept", "") else lab_problem(error)
    headers = {"location": redirect.location, "cache-control": redirect.cache_control}
    return Response(status_code=redirect.status, headers=headers)


class Doors:
    """Which room a code leads to: the one that is named, the code's owner, the visitor's own, or `public`.

    Owners and checked rooms are remembered for a minute, so that a popular link needs no lookup.
    """

    def __init__(self) -> None:
        self._house: House | None = None
        self._owners: LruCache[str, str] = LruCache(REMEMBERED_ROOMS, lifetime=REMEMBERED_S)
        self._checked: LruCache[str, str] = LruCache(REMEMBERED_ROOMS, lifetime=REMEMBERED_S)

    async def engine(self, code: str, request: Request) -> UrlShortener:
        """The engine that knows the code. `NotFound` for a room that does not exist."""
        if self._house is not house():
            self._house = house()
            self._owners.clear()
            self._checked.clear()
        room = await self._room(self._house, code, request)
        engine = (await self._house.lab(room, SLUG)).engine
        assert isinstance(engine, UrlShortener)
        return engine

    def forget(self, code: str) -> None:
        """The owner of that code does not know it any more."""
        self._owners.discard(code)

    async def _room(self, home: House, code: str, request: Request) -> str:
        now = home.clock.monotonic()
        named = request.query_params.get("room") or request.headers.get(HEADER)
        if named:
            room = self._checked.get(named, now=now)
            if room is None:
                room = await home.enter(named, address_of(request))
                self._checked.put(named, room, now=now)
            return room
        owner = self._owners.get(code, now=now) or await home.names.owner("link", code)
        if owner is None:
            return cookie_room(request) or PUBLIC
        self._owners.put(code, owner, now=now)
        return owner


def _page(error: LabError) -> Response:
    """A refusal for somebody who followed a link."""
    title, detail = html.escape(error.title), html.escape(error.detail)
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<main><h1>{title}</h1><p>{detail}</p><p><a href='/labs/{SLUG}'>Shorten a link</a></p></main></html>"
    )
    return Response(body, error.status, media_type="text/html", headers={"cache-control": "no-store"})


def _refuse_own(url: str, request: Request) -> None:
    """A short link to a short link would only lead in circles."""
    try:
        parts = urlsplit(url.strip())
        same = (parts.hostname, parts.port) == (request.url.hostname, request.url.port)
    except ValueError:
        return  # the engine says what is wrong with it
    if same and parts.path.startswith("/s/"):
        raise Invalid("this is a short link already", field="url")


def _seconds(moment: datetime | float | None) -> float | None:
    return moment.timestamp() if isinstance(moment, datetime) else moment


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _short(request: Request, link: LinkView) -> str:
    return str(request.base_url).rstrip("/") + link.path


def _link(request: Request, link: LinkView) -> Link:
    return Link(
        code=link.code,
        short_url=_short(request, link),
        url=link.url,
        expires_at=_time(link.expires_at),
        clicks=link.clicks,
        created_at=datetime.fromtimestamp(link.created_at, UTC),
    )


def _cursor(link: LinkView) -> str:
    return base64.urlsafe_b64encode(json.dumps([link.created_at, link.code]).encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[float, str]:
    try:
        created_at, code = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return float(created_at), str(code)
    except (ValueError, TypeError):
        raise Invalid("not a cursor of ours", field="cursor") from None
