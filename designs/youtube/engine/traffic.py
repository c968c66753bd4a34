"""Performs what the workloads want: somebody uploads, somebody watches."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from designs.youtube.engine import clips
from designs.youtube.engine.engine import Youtube
from designs.youtube.engine.uploads import LEAST_CHUNK, MOST_CHUNKS
from sdlab.lab import Conflict, Invalid, LabError, Operation, Traffic, performs
from sdlab.parts.presigned import Signed

TRIES = 4
PIECE = 4 * 1024
FILES = {"short": clips.SHORT, "poison": clips.POISON}


@cache
def _file(name: str) -> bytes:
    return clips.prepared()[FILES[name]].content if name in FILES else clips.NO_VIDEO


@cache
def _chunks(name: str, size: int) -> tuple[tuple[bytes, str], ...]:
    content = _file(name)
    parts = [content[n : n + size] for n in range(0, len(content), size)]
    return tuple((one, hashlib.sha256(one).hexdigest()) for one in parts)


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


def signed_of(address: str) -> Signed:
    """The parts of a signed address."""
    url = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    key = url.path.rpartition("/")[2]
    return Signed("PUT", key, int(query["size"]), int(query["expires"]), query["signature"])


class YoutubeTraffic(Traffic[Youtube]):
    """Clients that obey: they announce, send chunks in parallel, ask what is missing after a break, and complete."""

    @performs("upload")
    async def upload(self, operation: Operation) -> dict[str, Any]:
        """A file of somebody's, from the announcement to the completion."""
        engine, args = self.engine, operation.args
        name = args.get("file", "short")
        whole = len(_file(name))
        size = max(LEAST_CHUNK, engine.config.chunk_kb * 1024, math.ceil(whole / MOST_CHUNKS))
        parts = _chunks(name, size)
        made = await engine.announce(args["title"], whole, size, [sha256 for _, sha256 in parts])
        addresses = list(made.addresses)
        for _ in range(TRIES):
            await self._send_all(addresses, parts)
            _, _, missing = await engine.upload(made.video.id)
            addresses = list(missing)
            if not addresses:
                break
        answer = {"video": made.video.id, "number": made.video.number}
        try:
            await engine.complete(made.video.id)
        except (Conflict, Invalid):
            answer["refused"] = True
        return answer

    async def _send_all(self, addresses: list[str], parts: tuple[tuple[bytes, str], ...]) -> None:
        """As many at once as configured; who breaks off leaves the rest."""
        waiting = list(reversed(addresses))
        broken = False

        async def client() -> None:
            nonlocal broken
            while waiting and not broken:
                address = waiting.pop()
                signed = signed_of(address)
                await self.engine.clock.sleep(self.engine.config.rtt_ms / 1000)
                try:
                    await self.engine.put(signed, _stream(parts[int(signed.key.partition(".")[2])][0]))
                except Invalid:
                    waiting.append(address)
                except LabError as error:
                    broken = broken or error.status == 503

        await asyncio.gather(*(client() for _ in range(self.engine.config.parallel)))

    @performs("watch")
    async def watch(self, operation: Operation) -> dict[str, Any]:
        """Somebody watches what is on the screen."""
        viewer = operation.args.get("viewer", operation.actor)
        await self.engine.watch(viewer=viewer, traced=operation.args.get("traced", False))
        return {"watched": viewer}

    async def honours(self, answer: Any) -> bool:
        """A video that was completed is there, or was deleted in its time."""
        if "video" not in answer:
            return True
        return await self.engine.catalogue.remembers(answer["video"], answer["number"])
