"""Bearer tokens: who acts, in which room, and whether they may change anything (RFC 7519, RFC 6750)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import jwt

ALGORITHM = "HS256"
LIFETIME = timedelta(hours=12)
PURPOSE = b"facebook-feed tokens"

Scope = Literal["write", "read"]


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token says."""

    member: str
    room: str
    scope: Scope


class BadToken(ValueError):
    """Not a token of this server, or one that is too old."""


def key_from(secret: bytes) -> bytes:
    """The signing key, which is of no use for anything else that the secret signs."""
    return hmac.digest(secret, PURPOSE, hashlib.sha256)


def issue(bearer: Bearer, key: bytes, *, now: datetime | None = None) -> str:
    """A token for that member in that room."""
    at = now or datetime.now(UTC)
    claims = {
        "sub": bearer.member,
        "aud": bearer.room,
        "scope": bearer.scope,
        "iat": at,
        "exp": at + LIFETIME,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def read(token: str, key: bytes) -> Bearer:
    """What a token says. `BadToken` unless it was signed with this key and is in force."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options={"verify_aud": False, "require": ["sub", "aud", "scope", "exp"]},
        )
    except jwt.InvalidTokenError as error:
        raise BadToken(str(error)) from None
    return Bearer(str(claims["sub"]), str(claims["aud"]), "read" if claims["scope"] == "read" else "write")
