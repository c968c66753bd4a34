"""Key sets of platforms: fetched from their registered addresses alone, kept for a while, and small.

A key that is not in the kept set may be new (https://www.imsglobal.org/spec/security/v1p0#h_platform-originating-messages:
keys are rotated): then the set is fetched once more, but not more often than once a minute, whoever asks.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sdlab.course.platforms import Platform
from sdlab.lab import Unavailable

FETCH_WITHIN = 5.0  # seconds, from the name to the last byte
MOST_BYTES = 256 * 1024
MOST_KEYS = 100
KEPT_FOR = 3600.0
ANEW_AFTER = 60.0  # seconds between two fetches of one set

KeySet = dict[str, list[dict[str, Any]]]
Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: KeySet
    at: float


class KeySets:
    """The sets of all platforms, as this process knows them."""

    def __init__(self, fetch: Fetch | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch or fetch_bytes
        self._now = now
        self._kept: dict[str, _Kept] = {}
        self._tried: dict[str, float] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def of(self, platform: Platform, key_id: str) -> KeySet:
        """The platform's keys, fetched when none are kept or when the one of that id is not among them.

        `Unavailable` when there is none and the platform gives none.
        """
        if platform.key_set is not None:
            return platform.key_set
        url = platform.key_set_url
        async with self._asking.setdefault(url, asyncio.Lock()):  # registered addresses: few
            kept = self._kept.get(url)
            old = kept is None or self._now() - kept.at > KEPT_FOR
            if kept is not None and not old and _has(kept.keys, key_id):
                return kept.keys
            if self._now() - self._tried.get(url, float("-inf")) >= ANEW_AFTER:
                kept = await self._anew(url) or kept
        if kept is None:
            raise Unavailable("the platform's keys cannot be had just now", retry_after=ANEW_AFTER)
        return kept.keys

    async def _anew(self, url: str) -> _Kept | None:
        self._tried[url] = self._now()
        try:
            keys = _read(await self._fetch(url))
        except (OSError, ValueError, TimeoutError):
            return None
        self._kept[url] = _Kept(keys, self._now())
        return self._kept[url]


async def fetch_bytes(url: str) -> bytes:
    """What is there: no redirects, in time, not too much. `OSError`, `TimeoutError` or `ValueError` otherwise."""
    import aiohttp  # only where a platform is registered

    limit = aiohttp.ClientTimeout(total=FETCH_WITHIN)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, allow_redirects=False, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status != 200:
                raise ValueError(f"{answer.status} is no key set")
            return await _bounded(answer.content)
    except aiohttp.ClientError as error:
        raise OSError(str(error)) from error


async def _bounded(content: Any) -> bytes:
    found = bytearray()
    async for part in content.iter_any():
        found += part
        if len(found) > MOST_BYTES:
            raise ValueError("that is too much for a key set")
    return bytes(found)


def _read(text: bytes) -> KeySet:
    """A JSON Web Key Set, RFC 7517 section 5; `ValueError` for anything else."""
    found = json.loads(text)
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS or not all(isinstance(one, dict) for one in keys):
        raise ValueError("that is no key set")
    return {"keys": keys}


def _has(keys: KeySet, key_id: str) -> bool:
    return any(one.get("kid") == key_id for one in keys["keys"])
