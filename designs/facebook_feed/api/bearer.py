"""Who calls: the member that a bearer token names, who acts for as long as the request lasts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from fastapi.exceptions import HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from designs.facebook_feed.api.tokens import BadToken, Bearer, key_from, read
from sdlab.lab import Forbidden, acting_as
from sdlab.rooms.http import RoomOf
from sdlab.rooms.manager import room_manager

_bearer = HTTPBearer(auto_error=False, description="from GET /members/{id}/token")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def signing_key() -> bytes:
    """With which this server signs tokens of the feed."""
    return key_from(room_manager().ids.secret)


async def reader(room: RoomOf, credentials: Credentials) -> AsyncIterator[Bearer]:
    """Whose token it is. 401 without one in force, 403 with one for another room."""
    if credentials is None:
        raise _unknown("a bearer token is needed")
    try:
        bearer = read(credentials.credentials, signing_key())
    except BadToken as error:
        raise _unknown(f"that token is not in force: {error}") from None
    if bearer.room != room:
        raise Forbidden("that token is for another room")
    with acting_as(bearer.member):
        yield bearer


async def writer(bearer: Annotated[Bearer, Depends(reader)]) -> Bearer:
    """The same, of somebody who may change things; 403 for a token that only reads."""
    if bearer.scope != "write":
        raise Forbidden("that token is for reading only")
    return bearer


def _unknown(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


Reader = Annotated[Bearer, Depends(reader)]
Writer = Annotated[Bearer, Depends(writer)]
