"""What a visitor wants of the feed: act as somebody, post, delete, follow and unfollow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from designs.facebook_feed.engine.engine import Feed
from sdlab.lab import LabError, acting_as
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("facebook-feed", Feed)


@contextmanager
def user_at(engine: Feed, side: int) -> Iterator[None]:
    """Within the block the demo user of that side acts."""
    with acting_as(engine.users.at(side).handle):
        yield


class FeedState(VerbState):
    """The last refusal, on which side it was, and how many there were; everything else is in the live frames."""

    refusal: str = ""
    refused_side: int = -1
    refusals: int = 0

    @verb
    async def become(self, engine: Feed, side: int, member: str) -> None:
        """Act as somebody else on one side."""
        await engine.users.become(side, engine.members.number_of(member))

    @verb
    async def post(self, engine: Feed, side: int, text: str) -> None:
        """Post as the demo user of that side."""
        with user_at(engine, side):
            await engine.post(text)

    @verb
    async def delete(self, engine: Feed, side: int, post: int) -> None:
        """Take one of one's own posts back."""
        with user_at(engine, side):
            await engine.delete(post)

    @verb
    async def follow(self, engine: Feed, side: int, member: str, follows: bool) -> None:
        """Follow somebody, or no longer."""
        followee = engine.members.number_of(member)
        with user_at(engine, side):
            await (engine.follow(followee) if follows else engine.unfollow(followee))

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.refusal, self.refused_side = "", -1

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.refusal, self.refused_side = error.detail, given["side"]
        self.refusals += 1
