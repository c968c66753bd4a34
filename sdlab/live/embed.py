"""What opens a lab for a frame on somebody's page: one room for all who only look, or one as the address says."""

from __future__ import annotations

from urllib.parse import urlsplit

import reflex as rx

from sdlab.lab import LabError
from sdlab.lab.scenario import from_query
from sdlab.live.state import RoomState
from sdlab.registry import design
from sdlab.rooms.manager import room_manager
from sdlab.rooms.play import open_as

SHOWN_RATE = 5.0  # operations a second, at most
SHOWN_SECONDS = 120.0

_shown: dict[str, str] = {}  # the room that all viewers of a lab share in this process


class EmbedState(RoomState):
    """Opens the lab of an embedded page; nothing on such a page changes it."""

    @rx.event
    async def open_embed(self, slug: str) -> None:
        """An address without a scenario shows a lab that all viewers share, with a little of its first traffic.

        One with a scenario gets a fresh room, so that each viewer sees it from its beginning.
        """
        chosen = design(slug)
        wanted, notices = from_query(chosen, urlsplit(str(self.router.url)).query)
        try:
            if wanted.trivial:
                await self._look(slug)
            else:
                self._move(await room_manager().new_room(self._address))
                notices += await open_as(room_manager(), self.room, wanted)
            self.notice = " · ".join(notices)
        except LabError as error:
            self.notice = error.detail

    async def _look(self, slug: str) -> None:
        room = _shown.get(slug, "")
        if (room, slug) not in room_manager().running():
            room = _shown[slug] = room_manager().temporary_room()  # the last one went when nobody looked
        self._move(room)
        lab = await room_manager().lab(room, slug)
        if not lab.runner.running:
            traffic = lab.design.workloads[0]
            rate = min(SHOWN_RATE, traffic.rate)
            lab.start_workload(traffic.id, rate=rate, seed=lab.room.seed, seconds=SHOWN_SECONDS)
