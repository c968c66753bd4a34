"""A process to be killed: runs a lab and prints each answer once it is acknowledged.

python -m tests.conformance.victim SLUG DATA
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from pathlib import Path

import orjson

from sdlab import registry
from sdlab.api import server
from sdlab.lab import LabError
from sdlab.rooms.ids import PUBLIC
from sdlab.settings import Settings


async def main(slug: str, data: Path) -> None:
    load_nothing_but(slug)
    async with server.open_rooms(Settings(SDLAB_DATA=data)) as manager:
        lab = await manager.lab(PUBLIC, slug)
        operations = [one for w in lab.design.workloads for one in w.sequence(3, 400)]
        print("ready", flush=True)
        await asyncio.gather(*[serve(lab.traffic, operations[start::8]) for start in range(8)])


def load_nothing_but(slug: str) -> None:
    """All other labs would take longer to load than this one to be killed."""
    only = (import_module(f"designs.{slug.replace('-', '_')}.design").DESIGN,)
    registry.designs = server.designs = lambda: only  # type: ignore[assignment]


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
