"""A process to be killed: runs a lab and prints each answer once it is acknowledged.

python -m tests.conformance.victim SLUG DATA
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import orjson

from sdlab.api.server import open_rooms
from sdlab.lab import LabError
from sdlab.rooms.ids import PUBLIC
from sdlab.settings import Settings


async def main(slug: str, data: Path) -> None:
    async with open_rooms(Settings(SDLAB_DATA=data)) as manager:
        lab = await manager.lab(PUBLIC, slug)
        operations = [one for w in lab.design.workloads for one in w.sequence(3, 400)]
        print("ready", flush=True)
        await asyncio.gather(*[serve(lab.traffic, operations[start::8]) for start in range(8)])


async def serve(traffic, operations) -> None:  # type: ignore[no-untyped-def]
    for operation in operations:
        try:
            answer = await traffic.perform(operation)
        except LabError:
            continue
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
