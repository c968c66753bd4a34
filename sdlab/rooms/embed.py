"""The room of a lab in a frame on somebody's page: one for all who only look, or one as the address says."""

from __future__ import annotations

from sdlab.lab.scenario import Notices, from_query
from sdlab.registry import design
from sdlab.rooms.manager import room_manager
from sdlab.rooms.play import open_as

SHOWN_RATE = 5.0  # operations a second, at most
SHOWN_SECONDS = 120.0

_shown: dict[str, str] = {}  # the room that all viewers of a lab share in this process


async def embed_room(slug: str, query: str, address: str) -> tuple[str, Notices]:
    """The room that a frame with that query shows, with its lab at work in it.

    Without a scenario all viewers share one, with a little of the lab's first traffic. With one, each
    gets a fresh room, and sees it from its beginning. `TooMany` beyond the address's quota.
    """
    wanted, notices = from_query(design(slug), query)
    if wanted.trivial:
        return await _shared_room(slug), notices
    room = await room_manager().rooms.new_room(address)
    return room, notices + await open_as(room_manager(), room, wanted)


async def _shared_room(slug: str) -> str:
    room = _shown.get(slug, "")
    if (room, slug) not in room_manager().running():
        room = _shown[slug] = room_manager().rooms.temporary_room()  # the last one went when nobody looked
    lab = await room_manager().lab(room, slug)
    if not lab.runner.running:
        traffic = lab.design.workloads[0]
        rate = min(SHOWN_RATE, traffic.rate)
        lab.start_workload(traffic.id, rate=rate, seed=lab.room.seed, seconds=SHOWN_SECONDS)
    return room
