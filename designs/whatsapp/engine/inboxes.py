"""Inboxes and kept messages from outside the chat servers: pages of history, deletion by age, another footprint."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import orjson

from designs.whatsapp.config import Config
from designs.whatsapp.engine.directory import Directory
from designs.whatsapp.engine.nodes import BALANCER, STORE
from sdlab.lab import EngineContext

MOST_KEPT = 20_000  # messages of a room
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that the servers still have."""

    id: str
    seq: int
    said: dict[str, Any]


class Inboxes:
    """Reads and deletes; whoever writes is a chat server."""

    def __init__(self, context: EngineContext[Config], directory: Directory) -> None:
        self._context, self._directory = context, directory

    async def page(self, chat: str, *, below: int | None, limit: int) -> list[Kept]:
        """The newest ones with numbers below that."""
        redis, key = self._context.room.redis, self._context.room.key

        async def read() -> list[Kept]:
            high = "+inf" if below is None else f"({below}"
            ids = await redis.zrevrangebyscore(key("log", chat), high, "-inf", start=0, num=limit)
            if not ids:
                return []
            bodies = await redis.hmget(key("msg", chat), ids)
            said = [(mid, orjson.loads(body)) for mid, body in zip(ids, bodies, strict=True) if body]
            return [Kept(mid, one["seq"], one) for mid, one in said]

        return await self._context.node(STORE).call("read the chat", read, source=BALANCER)

    async def purge(self) -> None:
        """Delete what is too old, where age decides; and the oldest, where there is too much."""
        room, config = self._context.room, self._context.config
        redis, times = room.redis, room.key("times")
        old: list[str] = []
        if config.retention == "days":
            before = self._context.clock.time() - config.days
            old = await redis.zrangebyscore(times, "-inf", before, start=0, num=AT_ONCE)
        elif await redis.zcard(times) > MOST_KEPT:
            old = await redis.zrange(times, 0, AT_ONCE - 1)
        if not old:
            return
        pipeline = redis.pipeline(transaction=True)
        for one in old:
            chat, _, mid = one.partition("|")
            pipeline.hdel(room.key("msg", chat), mid)
            pipeline.hdel(room.key("left", chat), mid)
            pipeline.zrem(room.key("log", chat), mid)
        pipeline.zrem(times, *old)
        await pipeline.execute()

    async def move(self, *, per_device: bool) -> None:
        """What waits now waits in inboxes of the other kind; meant for a moment in which no server works."""
        room = self._context.room
        redis, key = room.redis, room.key
        boxes = [one for one in await redis.smembers(key("waiting")) if ("/" in one) != per_device]
        if not boxes:
            return
        pipeline = redis.pipeline(transaction=False)
        for box in boxes:
            pipeline.zrange(key("inbox", box), 0, -1, withscores=True)
        wanted: dict[str, dict[str, float]] = defaultdict(dict)
        change: dict[tuple[str, str], int] = defaultdict(int)
        for box, found in zip(boxes, await pipeline.execute(), strict=True):
            targets = [f"{box}/{name}" for name in self._directory.devices.get(box, ())]
            for member, place in found:
                parts = member.split("|", 2)
                for target in targets if per_device else [box.partition("/")[0]]:
                    new = member not in wanted[target]
                    wanted[target][member] = place
                    change[parts[1], parts[2]] += new and member[0] == "m"
                change[parts[1], parts[2]] -= member[0] == "m"
        written = redis.pipeline(transaction=True)
        for box in boxes:
            written.delete(key("inbox", box))
            written.srem(key("waiting"), box)
        for box, members in wanted.items():
            written.zadd(key("inbox", box), members)
            written.sadd(key("waiting"), box)
        for (chat, mid), by in change.items():
            if by:
                written.hincrby(key("left", chat), mid, by)
        await written.execute()
