"""Room ids: unguessable, and recognisable as ours without looking anything up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

PUBLIC = "public"
COOKIE = "sdlab_room"
HEADER = "X-SDLab-Room"
RANDOM_BYTES = 10
MARK_BYTES = 5


class RoomIds:
    """Makes and recognises ids: 80 random bits and a 40-bit keyed mark, 24 lower-case characters.

    An id that was not made with the same secret is not recognised, so nobody can fill the
    stores with invented rooms.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()

    def new(self) -> str:
        """A fresh id."""
        return self._with_mark(secrets.token_bytes(RANDOM_BYTES))

    def known(self, room: str) -> bool:
        """Whether this is `public` or an id of ours."""
        if room == PUBLIC:
            return True
        if len(room) != 24 or not room.isascii():
            return False
        try:
            raw = base64.b32decode(room.upper())
        except ValueError:
            return False
        return hmac.compare_digest(self._with_mark(raw[:RANDOM_BYTES]), room)

    def _with_mark(self, random: bytes) -> str:
        mark = hmac.digest(self.secret, b"room:" + random, hashlib.sha256)[:MARK_BYTES]
        return base64.b32encode(random + mark).decode().lower()


def short(room: str) -> str:
    """The few characters that a page shows of an id."""
    return room if room == PUBLIC else room[:4]
