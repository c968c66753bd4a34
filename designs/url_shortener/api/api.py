"""The shortener's endpoints: make, follow, list, count, delete."""

from __future__ import annotations

import html
import io
from typing import Annotated

import segno
from fastapi import APIRouter, Request, Response

from designs.url_shortener.api.schemas import (
    GeneratedOut,
    GenerateIn,
    LinkOut,
    StatsOut,
    generated_out,
    link_out,
    stats_out,
)
from designs.url_shortener.engine.engine import PAGE, UrlShortener
from designs.url_shortener.engine.link_request import OWN_LINK, is_short_link
from designs.url_shortener.engine.previews import is_preview
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented, lab_problem
from sdlab.blocks.lru import LruCache
from sdlab.lab import Invalid, LabError, NotFound
from sdlab.rooms.http import ActingUser, EngineOf, address_of, cookie_room, engine_in, may_act
from sdlab.rooms.ids import HEADER, PUBLIC
from sdlab.rooms.manager import RoomManager, room_manager

SLUG = "url-shortener"
REMEMBERED_ROOMS = 10_000
REMEMBERED_S = 60.0
LINKS = CursorKey("links", float, str)

EngineHere = Annotated[UrlShortener, EngineOf(SLUG, UrlShortener)]


def router() -> APIRouter:
    """Everything below `/api/url-shortener`."""
    routes = APIRouter()

    @routes.post(
        "/shorturl/generate", summary="Shorten a URL", response_model=GeneratedOut, responses=documented(409)
    )
    async def generate(
        engine: EngineHere,
        user: ActingUser,
        body: GenerateIn,
        request: Request,
        idempotency_key: IdempotencyKey = None,
    ) -> GeneratedOut:
        """422 for a URL, alias or expiry that cannot be; 409 for a taken alias; 503 while no code can be had."""
        _refuse_own(body.url, request)
        link = await engine.generate(
            body.url, alias=body.alias, expires_at=body.expires_s, idempotency_key=idempotency_key
        )
        return generated_out(link, _origin(request))

    @routes.get("/links", summary="My links", response_model=Page[LinkOut], responses=documented())
    async def links(
        engine: EngineHere, user: ActingUser, request: Request, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[LinkOut]:
        """The acting user's links, newest first."""
        found = await engine.links(before=LINKS.decode(cursor), limit=limit + 1)
        origin = _origin(request)
        return page_of(
            found,
            limit=limit,
            cursor=LINKS,
            key=lambda link: (link.created_at, link.code),
            item=lambda link: link_out(link, origin),
        )

    @routes.get(
        "/links/{code}/stats", summary="Clicks per minute", response_model=StatsOut, responses=documented()
    )
    async def stats(engine: EngineHere, user: ActingUser, code: str) -> StatsOut:
        """Clicks that this server saw, and previews; a redirect kept by a browser makes clicks that nobody sees."""
        return stats_out(code, await engine.stats(code))

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
        segno.make(_origin(request) + link.path, error="m").save(drawn, kind="svg", scale=4, border=2)
        return Response(drawn.getvalue(), media_type="image/svg+xml")

    @routes.delete(
        "/links/{code}",
        summary="Delete a link",
        status_code=204,
        response_class=Response,
        responses=documented(),
    )
    async def delete(engine: EngineHere, user: ActingUser, code: str) -> Response:
        """404 afterwards; the code is never given to another URL."""
        await engine.delete(code)
        return Response(status_code=204)

    return routes


def root_router() -> APIRouter:
    """`GET /s/{code}`, outside `/api`."""
    routes, rooms = APIRouter(), LinkRooms()
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
        return await _follow(rooms, code, request, click=True)

    @routes.head("/s/{code}", include_in_schema=False)
    async def look(code: str, request: Request) -> Response:
        """Where it leads; not a click."""
        return await _follow(rooms, code, request, click=False)

    return routes


async def _follow(rooms: LinkRooms, code: str, request: Request, *, click: bool) -> Response:
    try:
        engine = await rooms.engine(code, request)
        # The link works for everybody; in the room of a class only those who may act there make it count.
        click = click and await may_act(request, engine.room.id)
        redirect = await engine.resolve(code, click=click, preview=click and is_preview(request.headers))
    except LabError as error:
        if isinstance(error, NotFound):
            rooms.forget(code)
        return _page(error) if "text/html" in request.headers.get("accept", "") else lab_problem(error)
    headers = {"location": redirect.location, "cache-control": redirect.cache_control}
    return Response(status_code=redirect.status, headers=headers)


class LinkRooms:
    """Which room a code leads to: the one that is named, the code's owner, the visitor's own, or `public`.

    Owners and checked rooms are remembered for a minute, so that a popular link needs no lookup.
    """

    def __init__(self) -> None:
        self._manager: RoomManager | None = None
        self._owners: LruCache[str, str] = LruCache(REMEMBERED_ROOMS, lifetime=REMEMBERED_S)
        self._checked: LruCache[str, str] = LruCache(REMEMBERED_ROOMS, lifetime=REMEMBERED_S)

    async def engine(self, code: str, request: Request) -> UrlShortener:
        """The engine that knows the code. `NotFound` for a room that does not exist."""
        if self._manager is not room_manager():
            self._manager = room_manager()
            self._owners.clear()
            self._checked.clear()
        room = await self._room(self._manager, code, request)
        return engine_in(await self._manager.lab(room, SLUG), UrlShortener)

    def forget(self, code: str) -> None:
        """The owner of that code does not know it any more."""
        self._owners.discard(code)

    async def _room(self, home: RoomManager, code: str, request: Request) -> str:
        now = home.clock.monotonic()
        named = request.query_params.get("room") or request.headers.get(HEADER)
        if named:
            room = self._checked.get(named, now=now)
            if room is None:
                room = await home.rooms.enter(named, address_of(request))
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
    return Response(
        body, error.status, media_type="text/html", headers={**error.headers, "cache-control": "no-store"}
    )


def _refuse_own(url: str, request: Request) -> None:
    if is_short_link(url, _origin(request)):
        raise Invalid(OWN_LINK, field="url")


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")
