"""What a visitor wants of top-k: one handler for each verb of the product."""

from __future__ import annotations

import reflex as rx

from designs.top_k.engine import TopK
from sdlab.lab import LabError
from sdlab.live.state import RoomState

SLUG = "top-k"
BOARDS = {"1m": "minute", "5m": "five", "1h": "hour"}


class TopKState(RoomState):
    """Which leaderboard is shown."""

    window: str = "1m"

    @rx.event
    def choose(self, window: str) -> None:
        """Show the leaderboard of another window."""
        if window in BOARDS:
            self.window = window

    @rx.event
    async def watch(self, video: str) -> None:
        """Watch a video: that is a view."""
        try:
            await (await self._engine()).view(video)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def go_viral(self, video: str) -> None:
        """Send a crowd to a video."""
        try:
            await (await self._engine()).go_viral(video)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def look(self, video: str) -> None:
        """Ask the sketch for a video."""
        try:
            await (await self._engine()).look(video)
        except LabError as error:
            self.notice = error.detail

    async def _engine(self) -> TopK:
        engine = await self.engine(SLUG)
        assert isinstance(engine, TopK)
        return engine
