"""The key pair of this tool, whose public half platforms want to know: made once, kept with the data."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import Any

from redis.asyncio import Redis

PRIVATE_KEY = "sdlab:lti:key"
BITS = 2048


async def private_key(redis: Redis) -> str:
    """An RSA key as a JSON Web Key (RFC 7517), for signatures by RS256."""
    found: str | None = await redis.get(PRIVATE_KEY)
    if found is None:
        # Of two processes that come here at once, one's key is kept.
        await redis.set(PRIVATE_KEY, await asyncio.to_thread(_new_key), nx=True)
        found = await redis.get(PRIVATE_KEY)
    return str(found)


async def public_keys(redis: Redis) -> dict[str, list[dict[str, Any]]]:
    """The key set that platforms are shown."""
    return {"keys": [await asyncio.to_thread(_public_half, await private_key(redis))]}


def _new_key() -> str:
    from jwcrypto.jwk import JWK

    return str(JWK.generate(kty="RSA", size=BITS).export_private())


@lru_cache(maxsize=1)
def _public_half(private: str) -> dict[str, Any]:
    from jwcrypto.jwk import JWK

    key = JWK.from_json(private)
    return {**json.loads(key.export_public()), "kid": key.thumbprint(), "alg": "RS256", "use": "sig"}
