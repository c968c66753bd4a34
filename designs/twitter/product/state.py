"""What a visitor wants of Twitter: one handler per verb, as whoever acts on the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from designs.twitter.engine.engine import Twitter
from sdlab.lab import LabError, acting_as
from sdlab.live.state import VerbState, verbs_of
from sdlab.rooms.http import user_name

verb = verbs_of("twitter", Twitter)


@contextmanager
def as_me(engine: Twitter) -> Iterator[None]:
    """Within the block whoever the page shows acts."""
    with acting_as(engine.reader.me):
        yield


class TwitterState(VerbState):
    """The last refusal, and how many there were."""

    refusal: str = ""
    refusals: int = 0

    @verb
    async def become(self, engine: Twitter, handle: str) -> None:
        """Act as somebody else."""
        engine.become(user_name(handle, field="handle"))
        await engine.refresh_looks(now=True)

    @verb
    async def post(self, engine: Twitter, text: str, quote_of: str) -> None:
        """Tweet, or quote."""
        with as_me(engine):
            await engine.post(text, quote_of=int(quote_of or 0))

    @verb
    async def reply(self, engine: Twitter, id: str, text: str) -> None:
        """Answer."""
        with as_me(engine):
            await engine.reply(int(id), text)

    @verb
    async def edit(self, engine: Twitter, id: str, text: str) -> None:
        """Change a tweet of one's own."""
        with as_me(engine):
            await engine.edit(int(id), text)

    @verb
    async def delete(self, engine: Twitter, id: str) -> None:
        """Take a tweet of one's own away."""
        with as_me(engine):
            await engine.delete(int(id))

    @verb
    async def like(self, engine: Twitter, id: str, likes: bool) -> None:
        """Like, or no more."""
        with as_me(engine):
            await (engine.like(int(id)) if likes else engine.unlike(int(id)))

    @verb
    async def retweet(self, engine: Twitter, id: str) -> None:
        """Pass a tweet on."""
        with as_me(engine):
            await engine.retweet(int(id))

    @verb
    async def follow(self, engine: Twitter, handle: str, follows: bool) -> None:
        """Follow somebody, or no more."""
        with as_me(engine):
            await (engine.follow(handle) if follows else engine.unfollow(handle))

    @verb
    async def block(self, engine: Twitter, handle: str, blocked: bool) -> None:
        """Block somebody, or no more."""
        with as_me(engine):
            await engine.block(handle, blocked=blocked)

    @verb
    async def accept(self, engine: Twitter, handle: str) -> None:
        """Let somebody follow."""
        with as_me(engine):
            await engine.accept(handle)

    @verb
    async def set_private(self, engine: Twitter, private: bool) -> None:
        """For followers only, or for everybody."""
        with as_me(engine):
            await engine.set_private(private=private)

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.refusal = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.refusal = error.detail
        self.refusals += 1
