"""Addresses that allow one upload or download until they expire, and the check of what is uploaded while it streams.

After "Authenticating Requests: Using Query Parameters" of Amazon S3 (Signature Version 4): whoever
has the address needs no other right; it names method, key, size and end, and is worth nothing when
any of them is changed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sdlab.lab.errors import Forbidden, Invalid

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of an address: what may be done to which key, of how many bytes, until when (Unix seconds)."""

    method: str
    key: str
    size: int
    expires: int
    signature: str


class Presigner:
    """Signs and checks addresses with one secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("a secret has at least 16 bytes")
        self._secret = secret

    def sign(self, method: str, key: str, *, size: int, now: float, seconds: int) -> Signed:
        """An address that is good for `seconds` from `now` on.

        >>> presigner = Presigner(b"0123456789abcdef")
        >>> presigner.check(presigner.sign("PUT", "a", size=3, now=0, seconds=60), now=59)
        """
        expires = int(now) + seconds
        return Signed(method, key, size, expires, self._mac(method, key, size, expires))

    def check(self, signed: Signed, *, now: float) -> None:
        """`Forbidden` for one that was changed, or whose time is over."""
        right = self._mac(signed.method, signed.key, signed.size, signed.expires)
        if not hmac.compare_digest(right.encode(), signed.signature.encode()):
            raise Forbidden("this address was not signed here, or was changed")
        if now > signed.expires:
            raise Forbidden("the time of this address is over: ask for a new one")

    def _mac(self, method: str, key: str, size: int, expires: int) -> str:
        said = f"{method}\n{key}\n{size}\n{expires}"
        return hmac.new(self._secret, said.encode(), hashlib.sha256).hexdigest()


async def verified(chunks: AsyncIterator[bytes], *, size: int, sha256: str) -> AsyncIterator[bytes]:
    """The same bytes, checked while they pass: nothing is kept.

    `Invalid` as soon as there are more than `size`, and at the end for fewer, or for another fingerprint:
    whoever stores them must not show them before this has ended.
    """
    seen, digest = 0, hashlib.sha256()
    async for chunk in chunks:
        seen += len(chunk)
        if seen > size:
            raise Invalid(f"more than the {size:,} bytes that were announced", field="body")
        digest.update(chunk)
        if chunk:
            yield chunk
    if seen != size:
        raise Invalid(f"{seen:,} bytes, and {size:,} were announced", field="body")
    if not hmac.compare_digest(digest.hexdigest(), sha256):
        raise Invalid("another fingerprint than the one that was announced", field="body")
