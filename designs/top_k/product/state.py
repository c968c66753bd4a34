"""What a visitor wants of top-k: one handler for each verb of the product."""

from __future__ import annotations

import reflex as rx

from designs.top_k.engine.engine import TopK
from sdlab.live.state import VerbState, verbs_of

BOARDS = {"1m": "minute", "5m": "five", "1h": "hour"}

verb = verbs_of("top-k", TopK)


class TopKState(VerbState):
    """Which leaderboard is shown."""

    window: str = "1m"

    @rx.event
    def choose(self, window: str) -> None:
        """Show the leaderboard of another window."""
        if window in BOARDS:
            self.window = window

    @verb
    async def watch(self, engine: TopK, video: str) -> None:
        """Watch a video: that is a view."""
        await engine.view(video)

    @verb
    async def go_viral(self, engine: TopK, video: str) -> None:
        """Send a crowd to a video."""
        await engine.go_viral(video)

    @verb
    async def look(self, engine: TopK, video: str) -> None:
        """Ask the sketch for a video."""
        await engine.look(video)
