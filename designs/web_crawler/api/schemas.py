"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from designs.web_crawler.engine.addresses import MOST_URL
from designs.web_crawler.engine.crawls import (
    DEFAULT_DEPTH,
    DEFAULT_PAGES,
    MOST_DEPTH,
    MOST_PAGES,
    MOST_SEEDS,
    Progress,
    StoredPage,
)
from designs.web_crawler.engine.models import DUPLICATE, FETCHED, QUEUED, STATES, STORED
from designs.web_crawler.engine.robots_rules import Explained
from sdlab.api.kit import StrictModel
from sdlab.lab import Example

BASE = "/api/web-crawler"

Seed = Annotated[str, Field(min_length=1, max_length=MOST_URL)]


class NewCrawl(StrictModel):
    """A crawl that is asked for: where it starts, how many links deep it goes, how many addresses it may ask for."""

    seeds: list[Seed] = Field(min_length=1, max_length=MOST_SEEDS, examples=[["http://portal.test/"]])
    max_depth: int = Field(default=DEFAULT_DEPTH, ge=0, le=MOST_DEPTH, examples=[3])
    max_pages: int = Field(default=DEFAULT_PAGES, ge=1, le=MOST_PAGES, examples=[50])


class CrawlOut(BaseModel):
    """A crawl of yours, and how far it is."""

    id: str = Field(examples=["a1b2c3d4e5f6"])
    seeds: list[str]
    max_depth: int
    max_pages: int
    state: str
    created_at: datetime
    ended_at: datetime | None
    known: int
    pages: int
    waiting: int
    states: dict[str, int]


class PageOut(BaseModel):
    """A page that was read."""

    id: int = Field(examples=[17])
    url: str
    title: str
    language: str
    charset: str
    copy_of: int | None
    stored_at: datetime


class TextOut(PageOut):
    """With its text."""

    text: str


class RuleOut(BaseModel):
    """A line of a robots.txt. `decides`: it is the longest that fits."""

    rule: str
    fits: bool
    decides: bool


class RobotsOut(BaseModel):
    """Why an address may be asked for, or not."""

    url: str
    allowed: bool
    why: str
    crawl_delay_s: float | None
    rules: list[RuleOut]


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def crawl_out(one: Progress) -> CrawlOut:
    """A crawl, as it travels."""
    crawl, states = one.crawl, one.states
    return CrawlOut(
        id=crawl.id,
        seeds=list(crawl.seeds),
        max_depth=crawl.max_depth,
        max_pages=crawl.max_pages,
        state=crawl.state,
        created_at=_time(crawl.created_ms),
        ended_at=_time(crawl.ended_ms) if crawl.ended_ms else None,
        known=sum(states.values()),
        pages=states[STORED] + states[DUPLICATE],
        waiting=states[QUEUED] + states[FETCHED],
        states={state: states[state] for state in STATES},
    )


def _page(one: StoredPage) -> dict[str, object]:
    return {
        "id": one.number,
        "url": one.url,
        "title": one.title,
        "language": one.language,
        "charset": one.charset,
        "copy_of": one.duplicate_of or None,
        "stored_at": _time(one.stored_ms),
    }


def page_out(one: StoredPage) -> PageOut:
    """A page, as it travels in a list."""
    return PageOut.model_validate(_page(one))


def text_out(one: StoredPage) -> TextOut:
    """A page with its text."""
    return TextOut.model_validate({**_page(one), "text": one.text})


def robots_out(one: Explained) -> RobotsOut:
    """An explanation, as it travels."""
    return RobotsOut(
        url=one.url,
        allowed=one.allowed,
        why=one.why,
        crawl_delay_s=one.delay_s,
        rules=[
            RuleOut(
                rule=f"{'Allow' if rule.allows else 'Disallow'}: {rule.path}",
                fits=rule.fits,
                decides=rule.decides,
            )
            for rule in one.rules
        ],
    )


EXAMPLES = (
    Example(
        "Crawl the lab's web",
        "POST",
        f"{BASE}/crawls",
        body={"seeds": ["http://portal.test/"], "max_depth": 3, "max_pages": 200},
        status=201,
        saves={"crawl": "id"},
    ),
    Example("How far it is", "GET", f"{BASE}/crawls/{{crawl}}"),
    Example("Pause it", "POST", f"{BASE}/crawls/{{crawl}}/pause"),
    Example("And go on", "POST", f"{BASE}/crawls/{{crawl}}/resume"),
    Example("Its pages", "GET", f"{BASE}/crawls/{{crawl}}/pages?limit=5"),
    Example(
        "A page that is not there",
        "GET",
        f"{BASE}/pages/1234567/text",
        status=404,
        note="Ids of pages stand in the list of pages.",
    ),
    Example(
        "Into somebody's network",
        "POST",
        f"{BASE}/crawls",
        body={"seeds": ["http://169.254.169.254/latest"]},
        status=422,
        note="Only the lab's own web, or hosts that the operator allows by name.",
    ),
    Example(
        "What robots.txt says",
        "GET",
        f"{BASE}/robots?url=http://nowhere.test/",
        status=404,
        note="A host's rules are known once it was asked; this host does not exist.",
    ),
)
