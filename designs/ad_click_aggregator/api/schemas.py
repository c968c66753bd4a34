"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from designs.ad_click_aggregator.engine.ads import Ad
from designs.ad_click_aggregator.engine.engine import MetricsResult, ServedAd
from sdlab.lab import Example

BASE = "/api/ad-click-aggregator"


class ImpressionOut(BaseModel):
    """An ad for a place of the page. `href` is where its link leads."""

    ad_id: str = Field(examples=["1"])
    advertiser: str
    title: str
    slot: str
    impression: str
    href: str
    expires_at: datetime


class LandingOut(BaseModel):
    """The advertiser's page, for programs."""

    ad_id: str
    advertiser: str
    title: str


class BucketOut(BaseModel):
    """Clicks of an ad in a bucket that begins at `start`."""

    ad_id: str
    start: datetime
    clicks: int


class MetricsOut(BaseModel):
    """Buckets that have clicks, oldest first; `query_ms` is what the store took."""

    items: list[BucketOut]
    granularity: str
    total: int
    query_ms: float


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def landing_path(ad: int, impression: str, room: str | None) -> str:
    """The path of the advertiser's page, in that room."""
    return f"{BASE}/landing/{ad}?impression={impression}" + (f"&room={room}" if room else "")


def impression_out(served: ServedAd, room: str | None) -> ImpressionOut:
    """An ad, as it travels."""
    ad, id = served.ad, served.impression.id
    ours = f"{BASE}/click/{id}" + (f"?room={room}" if room else "")
    return ImpressionOut(
        ad_id=str(ad.id),
        advertiser=ad.advertiser,
        title=ad.title,
        slot=ad.slot,
        impression=id,
        href=landing_path(ad.id, id, room) if served.direct else ours,
        expires_at=_time(served.impression.until),
    )


def landing_out(ad: Ad) -> LandingOut:
    """The page, as data."""
    return LandingOut(ad_id=str(ad.id), advertiser=ad.advertiser, title=ad.title)


def metrics_out(found: MetricsResult, granularity: str) -> MetricsOut:
    """Totals, as they travel."""
    return MetricsOut(
        items=[
            BucketOut(ad_id=str(ad), start=_time(start), clicks=clicks) for start, ad, clicks in found.rows
        ],
        granularity=granularity,
        total=sum(clicks for *_, clicks in found.rows),
        query_ms=round(found.ms, 2),
    )


EXAMPLES = (
    Example(
        "An ad for the top of the page",
        "GET",
        f"{BASE}/impressions?slot=top",
        saves={"impression": "impression", "ad": "ad_id"},
    ),
    Example("Click it", "GET", f"{BASE}/click/{{impression}}", status=302, note="To the advertiser's page."),
    Example(
        "Click it again", "GET", f"{BASE}/click/{{impression}}", status=302, note="Redirected, not counted."
    ),
    Example("The advertiser's page", "GET", f"{BASE}/landing/{{ad}}?impression={{impression}}"),
    Example(
        "An id that nobody served",
        "GET",
        f"{BASE}/click/1.f00.7fffffff.AAAAAAAAAAAAAAAA",
        status=403,
        note="The signature is not ours.",
    ),
    Example("Clicks per minute", "GET", f"{BASE}/metrics?ad_id={{ad}}&granularity=1m"),
    Example("All totals as Parquet", "GET", f"{BASE}/totals.parquet"),
)
