"""What API routes ask of a request: which room, which engine, who acts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, TypeVar, overload

from fastapi import Depends, Header, Query
from fastapi.requests import HTTPConnection

from sdlab.lab import Engine, Forbidden, Gone, acting_as, set_hand
from sdlab.lab.text import TextRule, header_text
from sdlab.rooms.classroom import LEADER_HEADER, classes
from sdlab.rooms.ids import COOKIE, PUBLIC
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import room_manager
from sdlab.settings import settings

MAX_USER = 40
USER = TextRule("name", MAX_USER)
USER_HEADER = "X-SDLab-User"
SAFE = ("GET", "HEAD", "OPTIONS")
CONTROL = "/api/labs/"

E = TypeVar("E", bound=Engine[Any])


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
    entered = await room_manager().rooms.enter(room or x_sdlab_room or PUBLIC, address_of(connection))
    if connection.scope.get("method", "GET") not in SAFE:
        control = connection.url.path.startswith(CONTROL)
        header = connection.headers.get(LEADER_HEADER, "")
        set_hand(await classes().guard(entered, connection.cookies, header=header, control=control))
    return entered


async def may_act(connection: HTTPConnection, room: str) -> bool:
    """Whether the caller may use the product in that room; false for followers of a class that is not open."""
    header = connection.headers.get(LEADER_HEADER, "")
    try:
        await classes().guard(room, connection.cookies, header=header, control=False)
    except (Forbidden, Gone):
        return False
    return True


def cookie_room(connection: HTTPConnection) -> str | None:
    """The visitor's own room, if the browser sent one of ours."""
    room = connection.cookies.get(COOKIE, "")
    return room if room and room_manager().ids.known(room) else None


RoomOf = Annotated[str, Depends(room_of)]


def lab_of(slug: str) -> Callable[..., Awaitable[RunningLab]]:
    """A dependency: the lab of that design at work in the call's room."""

    async def lab(room: RoomOf) -> RunningLab:
        return await room_manager().lab(room, slug)

    return lab


def engine_in(lab: RunningLab, kind: type[E]) -> E:
    """The engine of a lab, known to be of that kind; `TypeError` when the lab is another's."""
    if not isinstance(lab.engine, kind):
        raise TypeError(f"{lab.design.slug} has a {type(lab.engine).__name__}, not a {kind.__name__}")
    return lab.engine


@overload
def engine_of(slug: str) -> Callable[..., Awaitable[Engine[Any]]]: ...


@overload
def engine_of(slug: str, kind: type[E]) -> Callable[..., Awaitable[E]]: ...


def engine_of(slug: str, kind: type[Any] = Engine) -> Callable[..., Awaitable[Any]]:
    """A dependency: the engine of that design in the call's room, known to be of that kind."""

    async def engine(room: RoomOf) -> Any:
        return engine_in(await room_manager().lab(room, slug), kind)

    return engine


def LabOf(slug: str) -> Any:
    """`LabHere = Annotated[RunningLab, LabOf("top-k")]`: a parameter of a route."""
    return Depends(lab_of(slug))


def EngineOf(slug: str, kind: type[Engine[Any]]) -> Any:
    """`EngineHere = Annotated[TopK, EngineOf("top-k", TopK)]`: a parameter of a route."""
    return Depends(engine_of(slug, kind))


def user_name(value: str, *, field: str = USER_HEADER) -> str:
    """A name by the rule of text, from a header or a query; `Invalid` about `field` for what is none."""
    return USER.check(value, field=field)


async def acting_user(
    x_sdlab_user: Annotated[str, Header(description="who acts: a name of the room's cast")] = "visitor",
) -> AsyncIterator[str]:
    """Who acts, for as long as the request lasts; `visitor` unless the call says otherwise.

    422 for what cannot be a name.
    """
    with acting_as(user_name(header_text(x_sdlab_user))) as actor:
        yield actor.name


ActingUser = Annotated[str, Depends(acting_user)]
