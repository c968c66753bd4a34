"""What a visitor wants of live comments: say something, hide it as the host, leave and join, change the stream."""

from __future__ import annotations

import reflex as rx

from designs.live_comments.engine import LiveComments
from sdlab.lab import LabError
from sdlab.live.state import RoomState

SLUG = "live-comments"
AUTHORS = ("the host", "you (A)", "you (B)")


class CommentsState(RoomState):
    """The last refusal of each pane; what was said is in the live frames."""

    wrong: str = ""
    wrong_pane: int = -1

    @rx.event
    async def say(self, pane: int, text: str) -> None:
        """A comment from one of the panes."""
        self.wrong, self.wrong_pane = "", -1
        try:
            engine = await self._engine()
            await engine.comment(text, stream_id=engine.on_screen, by=AUTHORS[pane % len(AUTHORS)])
        except LabError as error:
            self.wrong, self.wrong_pane = error.detail, pane

    @rx.event
    async def hide(self, seq: int) -> None:
        """The host takes a comment away."""
        try:
            engine = await self._engine()
            await engine.hide(engine.on_screen, seq)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def switch_pane(self, pane: int) -> None:
        """A viewer leaves, or joins late."""
        try:
            await (await self._engine()).switch_pane(pane)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def watch(self, stream: str) -> None:
        """Another stream on all three screens."""
        try:
            await (await self._engine()).watch(stream)
        except LabError as error:
            self.notice = error.detail

    async def _engine(self) -> LiveComments:
        engine = await self.engine(SLUG)
        assert isinstance(engine, LiveComments)
        return engine
