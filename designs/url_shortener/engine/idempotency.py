"""Once per key: a repeated create gets the first one's answer.

After the IETF draft "The Idempotency-Key HTTP Header Field": another request under the same key
is refused, and so is one that comes while the first is still under way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from designs.url_shortener.inside.views import LinkView
from designs.url_shortener.engine.link_request import Wish
from sdlab.lab import Conflict, Invalid, Room

UNDER_WAY_S = 60
REMEMBERED_S = 24 * 3600
MAX_KEY = 200


async def once(room: Room, key: str, wanted: Wish, make: Callable[[], Awaitable[LinkView]]) -> LinkView:
    """What `make` answers, or what it answered when this owner used this key before.

    A key is remembered for `REMEMBERED_S` after success and not at all after failure.
    """
    if not 0 < len(key) <= MAX_KEY:
        raise Invalid(f"an Idempotency-Key has 1 to {MAX_KEY} characters", field="Idempotency-Key")
    asked = [wanted.url, wanted.alias, wanted.expires_at]
    name = room.key("once", hashlib.sha256(f"{wanted.owner}\n{key}".encode()).hexdigest())
    pending = json.dumps({"asked": asked, "answer": None})
    if not await room.redis.set(name, pending, nx=True, ex=UNDER_WAY_S):
        return _repeated(json.loads(await room.redis.get(name) or pending), asked)
    try:
        view = await make()
    except BaseException:
        await room.redis.delete(name)
        raise
    await room.redis.set(name, json.dumps({"asked": asked, "answer": asdict(view)}), ex=REMEMBERED_S)
    return view


def _repeated(stored: dict[str, Any], asked: list[Any]) -> LinkView:
    if stored["asked"] != asked:
        raise Invalid("this Idempotency-Key was used for another request", field="Idempotency-Key")
    if stored["answer"] is None:
        raise Conflict("the first request with this Idempotency-Key is still under way", retry_after=1)
    return LinkView(**stored["answer"])
