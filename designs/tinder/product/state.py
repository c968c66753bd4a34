"""What a visitor wants beside the two phones: two strangers who like each other at the same instant."""

from __future__ import annotations

import secrets

import reflex as rx

from designs.tinder.engine.engine import Tinder
from sdlab.lab import LabError, Operation
from sdlab.live.state import RoomState

SLUG = "tinder"


class TinderState(RoomState):
    """Nothing of its own: the phones call the API themselves, answers are in the live frames."""

    @rx.event
    async def collide(self) -> None:
        """Two people who never met swipe right on each other at once."""
        try:
            engine = await self.engine(SLUG)
            assert isinstance(engine, Tinder)
            await engine.perform(Operation("both", {"nonce": secrets.randbelow(1 << 31)}))
        except LabError as error:
            self.notice = error.detail
