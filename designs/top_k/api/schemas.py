"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from designs.top_k.engine.answers import TopAnswer
from designs.top_k.engine.ingestion import AcceptedView
from sdlab.api.kit import StrictModel
from sdlab.lab import Example

BASE = "/api/top-k/v1"


class ViewBody(StrictModel):
    """Which video was viewed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"video_id": "v1"}]})

    video_id: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")


class Accepted(BaseModel):
    """The view is in the log. `views` are those of the video within the hour, this one included."""

    view_id: str = Field(examples=["2-1795493423799-0"])
    video_id: str
    at: datetime
    views: int


class TopVideo(BaseModel):
    """A rank."""

    rank: int
    video_id: str
    title: str
    views: int


class TopVideos(BaseModel):
    """The most viewed of a window, most first.

    `method` says whether counts are exact or estimated; an estimated one is never too small, and
    at most `error_bound` too large but for a chance of `error_chance`. Of a `partial` answer nobody
    knows how far it is off: `missing_slots` of `slots` could not be asked, `lacking_slots` lost views
    of the window with a host. `as_of` is the moment the answer speaks of.
    """

    window: str
    k: int
    method: Literal["exact", "estimated", "partial"]
    error_bound: float | None
    error_chance: float | None
    as_of: datetime
    missing_slots: int
    lacking_slots: int
    slots: int
    items: list[TopVideo]


def accepted_out(view: AcceptedView) -> Accepted:
    """An acknowledged view, as it travels."""
    return Accepted(
        view_id=view.view_id,
        video_id=view.video_id,
        at=datetime.fromtimestamp(view.at, UTC),
        views=view.views,
    )


def top_out(found: TopAnswer) -> TopVideos:
    """An answer, as it travels."""
    return TopVideos(
        window=found.window,
        k=found.k,
        method="partial" if found.partial else "exact" if found.exact else "estimated",
        error_bound=None if found.partial else round(found.error_bound, 3),
        error_chance=None if found.partial else round(found.error_chance, 6),
        as_of=datetime.fromtimestamp(found.as_of, UTC),
        missing_slots=found.missing,
        lacking_slots=found.lacking,
        slots=found.slots,
        items=[
            TopVideo(rank=one.rank, video_id=one.video_id, title=one.title, views=one.views)
            for one in found.items
        ],
    )


EXAMPLES = (
    Example("Count a view", "POST", f"{BASE}/views", body={"video_id": "v1"}, status=202),
    Example("Count one of another video", "POST", f"{BASE}/views", body={"video_id": "v2"}, status=202),
    Example("The last minute", "GET", f"{BASE}/top-videos?window=1m&k=5"),
    Example("The last five minutes", "GET", f"{BASE}/top-videos?window=5m&k=5"),
    Example(
        "The last hour",
        "GET",
        f"{BASE}/top-videos?window=1h&k=5",
        note="its method says exact or estimated",
    ),
    Example(
        "Another window",
        "GET",
        f"{BASE}/top-videos?window=5h",
        status=422,
        note="there is no such window",
    ),
)
