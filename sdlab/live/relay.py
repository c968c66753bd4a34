"""Frames across server processes: the one that runs a room publishes, the others hand on to their viewers.

Only with several processes on one Redis. A load balancer keeps a room's commands on the process
that holds its lease; whoever watches from elsewhere gets the same frames through Redis pub/sub.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from redis.asyncio import Redis

from sdlab.lab import Unavailable
from sdlab.rooms.frames import Sent
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.publisher import Closed

LOOK_EVERY = 0.5
FIRST_FRAME_WITHIN = 5.0


def channel(room: str, slug: str) -> str:
    """Where the frames of a lab in a room are published."""
    return f"sdlab:frames:{{{room}}}:{slug}"


class Relay:
    """Publishes the frames of this process's labs while somebody elsewhere listens."""

    def __init__(self, manager: RoomManager) -> None:
        self._manager = manager
        self._publishing: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look who listens, twice a second, until cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK_EVERY)
        finally:
            for key in list(self._publishing):
                await self._stop(key)

    async def look(self) -> None:
        """Begin to publish what is listened to, stop what is not."""
        labs = self._manager.running()
        wanted = await self._heard([channel(*key) for key in labs])
        for key in [key for key, task in self._publishing.items() if task.done()]:
            await self._stop(key)
        for key, lab in labs.items():
            if channel(*key) in wanted and key not in self._publishing:
                self._publishing[key] = asyncio.create_task(self._publish(key, lab), name="frame relay")
        for key in [key for key in self._publishing if key not in labs or channel(*key) not in wanted]:
            await self._stop(key)

    async def _heard(self, channels: list[str]) -> set[str]:
        if not channels:
            return set()
        found: list[tuple[str, int]] = await self._manager.stores.redis.pubsub_numsub(*channels)
        return {name for name, listeners in found if listeners}

    async def _publish(self, key: tuple[str, str], lab: RunningLab) -> None:
        lab.frames.join()
        try:
            while True:
                await self._manager.stores.redis.publish(channel(*key), await lab.frames.next_payload())
        finally:
            lab.frames.leave()

    async def _stop(self, key: tuple[str, str]) -> None:
        task = self._publishing.pop(key)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Closed):
            await task


class RemoteFrames:
    """The frames of a lab that runs in another process, as a viewer here gets them."""

    def __init__(self, redis: Redis, room: str, slug: str) -> None:
        self._channel = channel(room, slug)
        self._listening: Any = redis.pubsub(ignore_subscribe_messages=True)
        self._seen = False

    async def open(self) -> None:
        """Listen from now on."""
        await self._listening.subscribe(self._channel)

    async def close(self) -> None:
        """Listen no more."""
        await self._listening.aclose()

    def join(self) -> None:
        """Each remote view is one viewer: there is nothing to share."""

    def leave(self) -> None:
        """See `join`."""

    async def next_sent(self, after: int) -> Sent:
        """The next frame, whole. `Unavailable` when the process that runs the room publishes nothing."""
        return Sent(after + 1, await self.next_payload())

    async def next_payload(self) -> bytes:
        """The next frame; `Unavailable` when the process that runs the room publishes nothing."""
        try:
            async with asyncio.timeout(None if self._seen else FIRST_FRAME_WITHIN):
                async for message in self._listening.listen():
                    self._seen = True
                    return str(message["data"]).encode()
        except TimeoutError:
            pass
        raise Unavailable("the process that runs this room does not answer", retry_after=1)
