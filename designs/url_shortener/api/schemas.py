"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from designs.url_shortener.engine.link_request import MAX_URL
from designs.url_shortener.engine.owner_links import LinkStats, ShortLink
from sdlab.api.kit import StrictModel
from sdlab.lab import Example

BASE = "/api/url-shortener"


class GenerateIn(StrictModel):
    """What to shorten. `expires_at` is RFC 3339 with an offset, or Unix seconds."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://docs.python.org/3/library/asyncio-task.html"}]}
    )

    url: str = Field(max_length=MAX_URL, description="http or https, without credentials")
    alias: str | None = Field(None, description="3 to 32 letters, digits, _ or -")
    expires_at: AwareDatetime | float | None = Field(None, description="in the future, within 10 years")

    @property
    def expires_s(self) -> float | None:
        """The expiry in Unix seconds."""
        moment = self.expires_at
        return moment.timestamp() if isinstance(moment, datetime) else moment


class GeneratedOut(BaseModel):
    """The short link."""

    code: str = Field(examples=["aZ3kP9q"])
    short_url: str = Field(examples=["http://localhost:3000/s/aZ3kP9q"])
    url: str
    expires_at: datetime | None


class LinkOut(GeneratedOut):
    """A short link with its clicks, as far as they were seen."""

    clicks: int
    created_at: datetime


class MinuteOut(BaseModel):
    """Clicks seen in the minute that begins at `minute`."""

    minute: datetime
    clicks: int


class StatsOut(BaseModel):
    """Clicks seen: all, and for each of the last 60 minutes, oldest first.

    `previews` are what programs opened ahead of a person: prefetching browsers, robots that draw a
    preview of a link. They are no clicks.
    """

    code: str
    clicks: int
    previews: int
    per_minute: list[MinuteOut]


def generated_out(link: ShortLink, origin: str) -> GeneratedOut:
    """A link just made, as it travels from the server at `origin`."""
    return GeneratedOut(
        code=link.code, short_url=origin + link.path, url=link.url, expires_at=_time(link.expires_at)
    )


def link_out(link: ShortLink, origin: str) -> LinkOut:
    """A link of a list, as it travels from the server at `origin`."""
    return LinkOut(
        **generated_out(link, origin).model_dump(),
        clicks=link.clicks,
        created_at=datetime.fromtimestamp(link.created_at, UTC),
    )


def stats_out(code: str, stats: LinkStats) -> StatsOut:
    """The clicks of a link, as they travel."""
    return StatsOut(
        code=code,
        clicks=stats.total,
        previews=stats.previews,
        per_minute=[
            MinuteOut(minute=datetime.fromtimestamp(minute * 60, UTC), clicks=count)
            for minute, count in stats.per_minute
        ],
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


EXAMPLES = (
    Example(
        "Shorten a URL",
        "POST",
        f"{BASE}/shorturl/generate",
        body={"url": "https://docs.python.org/3/library/asyncio-task.html"},
        saves={"code": "code"},
    ),
    Example("Follow it", "GET", "/s/{code}", status=302, note="301 when the redirect policy says so"),
    Example("My links", "GET", f"{BASE}/links"),
    Example("Clicks per minute", "GET", BASE + "/links/{code}/stats"),
    Example("Its QR code", "GET", BASE + "/links/{code}/qr.svg"),
    Example("Delete it", "DELETE", BASE + "/links/{code}", status=204),
    Example("It is gone", "GET", "/s/{code}", status=404),
)
