"""What a visitor wants of live comments: say something, hide it as the host, leave and join, change the stream."""

from __future__ import annotations

from typing import Any

from designs.live_comments.engine.engine import LiveComments
from sdlab.lab import LabError, as_user
from sdlab.live.state import VerbState, verbs_of

AUTHORS = ("the host", "you (A)", "you (B)")

verb = verbs_of("live-comments", LiveComments)


class CommentsState(VerbState):
    """The last refusal of a demo user's comment, and how many of each were accepted; what was said comes by itself."""

    wrong: str = ""
    wrong_user: int = -1
    accepted: list[int] = [0, 0, 0]

    def _before_verb(self, given: dict[str, Any]) -> None:
        if "text" in given:
            self.wrong, self.wrong_user = "", -1

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        if "text" in given:
            self.wrong, self.wrong_user = error.detail, given["user"]
        else:
            self.notice = error.detail

    @verb
    async def say(self, engine: LiveComments, user: int, text: str) -> None:
        """A comment from one of the screens."""
        author = AUTHORS[user % len(AUTHORS)]
        await as_user(author, engine.comment(text, stream_id=engine.demo_users.stream))
        self.accepted[user % len(AUTHORS)] += 1

    @verb
    async def hide(self, engine: LiveComments, seq: int) -> None:
        """The host takes a comment away."""
        await as_user("host", engine.hide(engine.demo_users.stream, seq))

    @verb
    async def switch_user(self, engine: LiveComments, user: int) -> None:
        """A demo user leaves, or joins late."""
        await engine.switch(user)

    @verb
    async def watch(self, engine: LiveComments, stream: str) -> None:
        """Another stream on all three screens."""
        await engine.watch(stream)
