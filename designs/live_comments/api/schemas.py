"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from designs.live_comments.engine.author_limits import COMMENT
from designs.live_comments.engine.comments import Comment, Event, iso
from designs.live_comments.engine.history import HistoryPage
from sdlab.api.kit import StrictModel, TextOf
from sdlab.api.pages import Page
from sdlab.lab import Example

BASE = "/api/live-comments"
MAX_STREAM = 40

CommentText = Annotated[str, TextOf(COMMENT)]


class NewComment(StrictModel):
    """What somebody says on a stream."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"comment": "What a view!", "streamId": "harbour"}]}
    )

    comment: CommentText
    streamId: str = Field(min_length=1, max_length=MAX_STREAM)


class SocketComment(StrictModel):
    """What somebody says over the WebSocket of a stream."""

    comment: CommentText


class CommentOut(BaseModel):
    """A comment. `id` counts from 1 in each stream."""

    id: str = Field(examples=["1"])
    streamId: str = Field(examples=["harbour"])
    author: str = Field(examples=["visitor"])
    comment: str = Field(examples=["What a view!"])
    at: str = Field(examples=["2026-01-01T00:00:00.000Z"])


class HistoryOut(Page[CommentOut]):
    """A page, newest first. `next_offset` is there when the page was asked for by offset."""

    next_offset: int | None


class PollOut(BaseModel):
    """What came behind a position, oldest first."""

    items: list[CommentOut]


def poll_out(events: Sequence[Event]) -> bytes:
    """The answer to a poll as JSON, of bodies that were encoded once."""
    return b'{"items":[%b]}' % b",".join(one.body for one in events)


def comment_out(comment: Comment) -> CommentOut:
    """A comment, as it travels."""
    return CommentOut(
        id=str(comment.seq),
        streamId=comment.stream,
        author=comment.author,
        comment=comment.text,
        at=iso(comment.at),
    )


def history_out(page: HistoryPage) -> HistoryOut:
    """A page of the history, as it travels."""
    return HistoryOut(
        items=[comment_out(one) for one in page.comments],
        next_cursor=page.next_cursor,
        next_offset=page.next_offset,
    )


EXAMPLES = (
    Example(
        "Say something",
        "POST",
        f"{BASE}/comment",
        body={"comment": "What a view!", "streamId": "harbour"},
        status=201,
        note="every screen has it; watch with curl -N " + BASE + "/streams/harbour/events",
    ),
    Example(
        "And something else",
        "POST",
        f"{BASE}/comment",
        body={"comment": "Here it comes", "streamId": "harbour"},
        status=201,
    ),
    Example(
        "What was said, newest first",
        "GET",
        f"{BASE}/comment-history/harbour?limit=1",
        saves={"cursor": "next_cursor"},
    ),
    Example("The page behind it", "GET", f"{BASE}/comment-history/harbour?limit=1&cursor={{cursor}}"),
    Example(
        "By offset: shifts when something is said",
        "GET",
        f"{BASE}/comment-history/harbour?limit=1&offset=1",
    ),
    Example("Polling: what came behind a position", "GET", f"{BASE}/streams/harbour/comments?after=1"),
    Example(
        "Nothing is no comment",
        "POST",
        f"{BASE}/comment",
        body={"comment": " ", "streamId": "harbour"},
        status=422,
    ),
    Example("No such stream", "GET", f"{BASE}/comment-history/nowhere", status=404),
)
