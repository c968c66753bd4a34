"""What a visitor wants of the feed: act as somebody, post, delete, follow and unfollow."""

from __future__ import annotations

import reflex as rx

from designs.facebook_feed.engine import Feed
from sdlab.lab import LabError
from sdlab.live.state import RoomState

SLUG = "facebook-feed"


class FeedState(RoomState):
    """The last refusal and on which side it was; everything else is in the live frames."""

    wrong: str = ""
    wrong_seat: int = -1

    @rx.event
    async def act(self, seat: int, member: str) -> None:
        """Act as somebody else on one side."""
        self._refused("", -1)
        try:
            engine = await self._engine()
            await engine.act_as(seat, engine.number_of(member))
        except LabError as error:
            self._refused(error.detail, seat)

    @rx.event
    async def post(self, seat: int, text: str) -> None:
        """Post as whoever is acted as on that side."""
        self._refused("", -1)
        try:
            engine = await self._engine()
            await engine.post(text, by=engine.member_at(seat))
        except LabError as error:
            self._refused(error.detail, seat)

    @rx.event
    async def delete(self, seat: int, post: int) -> None:
        """Take one of one's own posts back."""
        self._refused("", -1)
        try:
            engine = await self._engine()
            await engine.delete(post, by=engine.member_at(seat))
        except LabError as error:
            self._refused(error.detail, seat)

    @rx.event
    async def follow(self, seat: int, member: str, follows: bool) -> None:
        """Follow somebody, or no longer."""
        self._refused("", -1)
        try:
            engine = await self._engine()
            pair = engine.member_at(seat), engine.number_of(member)
            await (engine.follow(*pair) if follows else engine.unfollow(*pair))
        except LabError as error:
            self._refused(error.detail, seat)

    def _refused(self, why: str, seat: int) -> None:
        self.wrong, self.wrong_seat = why, seat

    async def _engine(self) -> Feed:
        engine = await self.engine(SLUG)
        assert isinstance(engine, Feed)
        return engine
