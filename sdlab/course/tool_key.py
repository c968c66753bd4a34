"""The key pair of this tool, whose public half platforms want to know: made once, kept with the data."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import Any

from redis.asyncio import Redis

PRIVATE_KEY = "sdlab:lti:key"
BITS = 2048


async def public_keys(redis: Redis) -> dict[str, list[dict[str, Any]]]:
    """A JSON Web Key Set (RFC 7517) of one RSA key, for signatures by RS256."""
    private = await redis.get(PRIVATE_KEY)
    if private is None:
        # Of two processes that come here at once, one's key is kept.
        await redis.set(PRIVATE_KEY, await asyncio.to_thread(_new_key), nx=True)
        private = await redis.get(PRIVATE_KEY)
    return {"keys": [await asyncio.to_thread(_public_half, private)]}


def _new_key() -> str:
    from jwcrypto.jwk import JWK

    return str(JWK.generate(kty="RSA", size=BITS).export_private())


@lru_cache(maxsize=1)
def _public_half(private: str) -> dict[str, Any]:
    from jwcrypto.jwk import JWK

    key = JWK.from_json(private)
    return {**json.loads(key.export_public()), "kid": key.thumbprint(), "alg": "RS256", "use": "sig"}
