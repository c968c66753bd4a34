"""Cursors that name a position in a list without telling how."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any

from sdlab.lab.errors import Invalid

MAX_CURSOR = 256
CHECK_BYTES = 6
BIGGEST = 1 << 63

Scalar = str | int | float


class CursorKey:
    """The cursors of one list: `CursorKey("links", float, str)` names positions by a number and a text.

    A cursor that was made for another list, by hand, or with other types is refused. It is no
    secret and no capability: what may be seen behind it is checked as for the first page.
    """

    def __init__(self, name: str, *types: type[Scalar]) -> None:
        self.name, self.types = name, types

    def encode(self, *key: Scalar) -> str:
        """The cursor of that position. `ValueError` when it would be longer than `MAX_CURSOR`."""
        cursor = self._written(key)
        if not self._fits(list(key)) or len(cursor) > MAX_CURSOR:
            raise ValueError(f"{key!r} is no key of {self.name}")
        return cursor

    def decode(self, cursor: str | None) -> Any:
        """The key in that cursor, as a tuple; None for none. `Invalid` for what `encode` did not make."""
        if not cursor:
            return None
        try:
            if len(cursor) > MAX_CURSOR:
                raise ValueError
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            key = json.loads(raw[CHECK_BYTES:])
            if self._fits(key) and self._written(key) == cursor:
                return tuple(key)
        except (binascii.Error, ValueError, RecursionError):
            pass
        raise Invalid("this is no cursor of this list", field="cursor")

    def _fits(self, key: Any) -> bool:
        return (
            isinstance(key, list)
            and len(key) == len(self.types)
            and all(_is(part, kind) for part, kind in zip(key, self.types, strict=True))
        )

    def _written(self, key: Sequence[Scalar]) -> str:
        # Floats stay floats when they are written: 2.0, not 2.
        typed = [float(part) if kind is float else part for part, kind in zip(key, self.types, strict=False)]
        body = json.dumps(typed, separators=(",", ":")).encode()
        check = hashlib.blake2b(body, digest_size=CHECK_BYTES, key=self.name.encode()[:64]).digest()
        return base64.urlsafe_b64encode(check + body).decode().rstrip("=")


def _is(part: object, kind: type[Scalar]) -> bool:
    if isinstance(part, bool):
        return False
    if kind is float:
        return isinstance(part, int | float) and abs(part) < BIGGEST and math.isfinite(part)
    if kind is int:
        return isinstance(part, int) and -BIGGEST <= part < BIGGEST
    return isinstance(part, str)
