"""What API routes ask of a request: which room, which engine, who acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Query
from fastapi.requests import HTTPConnection

from sdlab.lab import Engine, Forbidden, Invalid
from sdlab.rooms.classroom import LEADER_HEADER, classes, token_in
from sdlab.rooms.house import house
from sdlab.rooms.ids import COOKIE, HEADER, PUBLIC
from sdlab.rooms.lab import RunningLab
from sdlab.settings import settings

MAX_USER = 40
SAFE = ("GET", "HEAD", "OPTIONS")
CONTROL = "/api/labs/"


def address_of(connection: HTTPConnection) -> str:
    """Who calls: the peer's address, or what a trusted proxy says."""
    if settings().trust_proxy and (forwarded := connection.headers.get("x-forwarded-for")):
        return forwarded.split(",")[-1].strip()
    return connection.client.host if connection.client else "unknown"


async def room_of(
    connection: HTTPConnection,
    room: Annotated[str | None, Query(description="room; see POST /api/rooms", max_length=64)] = None,
    x_sdlab_room: Annotated[
        str | None, Header(description="room, when not in the query", max_length=64)
    ] = None,
) -> str:
    """The room that a call names, else `public`.

    404 for one that does not exist; 403 for changing the room of a class that one does not lead.
    """
    entered = await house().enter(room or x_sdlab_room or PUBLIC, address_of(connection))
    if connection.scope.get("method", "GET") not in SAFE:
        control = connection.url.path.startswith(CONTROL)
        token = token_in(connection.cookies, entered, header=connection.headers.get(LEADER_HEADER, ""))
        await classes().guard(entered, token, control=control)
    return entered


async def may_act(connection: HTTPConnection, room: str) -> bool:
    """Whether the caller may use the product in that room; false for followers of a class that is not open."""
    token = token_in(connection.cookies, room, header=connection.headers.get(LEADER_HEADER, ""))
    try:
        await classes().guard(room, token, control=False)
    except Forbidden:
        return False
    return True


def cookie_room(connection: HTTPConnection) -> str | None:
    """The visitor's own room, if the browser sent one of ours."""
    room = connection.cookies.get(COOKIE, "")
    return room if room and house().ids.known(room) else None


RoomOf = Annotated[str, Depends(room_of)]


def lab_of(slug: str) -> Callable[..., Awaitable[RunningLab]]:
    """A dependency: the lab of that design at work in the call's room."""

    async def lab(room: RoomOf) -> RunningLab:
        return await house().lab(room, slug)

    return lab


def engine_of(slug: str) -> Callable[..., Awaitable[Engine[Any]]]:
    """A dependency: the engine of that design in the call's room."""

    async def engine(room: RoomOf) -> Engine[Any]:
        return (await house().lab(room, slug)).engine

    return engine


async def acting_user(
    x_sdlab_user: Annotated[str, Header(description="who acts: a name of the room's cast")] = "visitor",
) -> str:
    """Who acts; `visitor` unless the call says otherwise. 422 for what cannot be a name."""
    name = x_sdlab_user.strip()
    if not 0 < len(name) <= MAX_USER or not name.isprintable():
        raise Invalid(f"a name has 1 to {MAX_USER} printable characters", field=HEADER)
    return name


ActingUser = Annotated[str, Depends(acting_user)]
