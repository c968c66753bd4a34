"""Many live viewers, in a process of their own: `viewers URL LAB ROOM COUNT SECONDS`."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys

import aiohttp

SETTLE = 2.0


async def watch(url: str, lab: str, room: str, count: int, seconds: float) -> dict[str, float]:
    """Open `count` sockets; say `ready` when all got a frame; frames per second of each, after that."""
    frames = [0] * count
    ready = asyncio.Event()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        viewers = [
            asyncio.create_task(_view(session, f"{url}/api/live?lab={lab}&room={room}", frames, one, ready))
            for one in range(count)
        ]
        await asyncio.wait_for(ready.wait(), 60)
        await asyncio.sleep(SETTLE)
        print("ready", flush=True)
        frames[:] = [0] * count
        await asyncio.sleep(seconds)
        rates = [seen / seconds for seen in frames]
        for viewer in viewers:
            viewer.cancel()
        ended = await asyncio.gather(*viewers, return_exceptions=True)
    lost = sum(not isinstance(one, asyncio.CancelledError) for one in ended)
    return {"slowest": min(rates), "median": statistics.median(rates), "lost": lost}


async def _view(
    session: aiohttp.ClientSession, address: str, frames: list[int], number: int, ready: asyncio.Event
) -> None:
    async with session.ws_connect(address, max_msg_size=0) as socket:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            frames[number] += 1
            if all(frames):
                ready.set()


if __name__ == "__main__":
    server, slug, where, many, long = sys.argv[1:]
    print(json.dumps(asyncio.run(watch(server, slug, where, int(many), float(long)))), flush=True)
