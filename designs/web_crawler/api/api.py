"""The endpoints of the web crawler: crawls, their pages, the text of one, robots.txt explained."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from designs.web_crawler.api.schemas import (
    CrawlOut,
    NewCrawl,
    PageOut,
    RobotsOut,
    TextOut,
    crawl_out,
    page_out,
    robots_out,
    text_out,
)
from designs.web_crawler.engine.addresses import MOST_URL
from designs.web_crawler.engine.engine import WebCrawler
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.rooms.http import ActingUser, EngineOf

SLUG = "web-crawler"
PAGE = 20
MOST_NUMBER = 2**53
PAGES_CURSOR = CursorKey("web-crawler pages", int)

EngineHere = Annotated[WebCrawler, EngineOf(SLUG, WebCrawler)]
CrawlId = Annotated[
    str, Path(min_length=1, max_length=40, pattern=r"^[0-9a-zA-Z_-]+$", examples=["a1b2c3d4e5f6"])
]
PageId = Annotated[int, Path(ge=1, le=MOST_NUMBER, examples=[17])]


def router() -> APIRouter:
    """Everything below `/api/web-crawler`."""
    routes = APIRouter()
    _crawls(routes)
    _pages(routes)
    return routes


def _crawls(routes: APIRouter) -> None:
    @routes.post(
        "/crawls",
        summary="Start a crawl",
        status_code=201,
        response_model=CrawlOut,
        responses=documented(409, 429),
    )
    async def start(
        engine: EngineHere, user: ActingUser, body: NewCrawl, idempotency_key: IdempotencyKey = None
    ) -> CrawlOut:
        """422 for a seed that is not of the lab's own web, nor of a host that the operator allows."""
        return crawl_out(
            await engine.start_crawl(
                body.seeds, max_depth=body.max_depth, max_pages=body.max_pages, key=idempotency_key
            )
        )

    @routes.get(
        "/crawls/{crawl_id}", summary="How far it is", response_model=CrawlOut, responses=documented()
    )
    async def one(engine: EngineHere, user: ActingUser, crawl_id: CrawlId) -> CrawlOut:
        """Its addresses by state, counted in the rows. 404 for somebody else's."""
        return crawl_out(await engine.crawl(crawl_id))

    @routes.post(
        "/crawls/{crawl_id}/pause",
        summary="Pause it",
        response_model=CrawlOut,
        responses=documented(403, 409),
    )
    async def pause(engine: EngineHere, user: ActingUser, crawl_id: CrawlId) -> CrawlOut:
        """What is under way is finished. 409 when it is paused or done."""
        return crawl_out(await engine.pause(crawl_id))

    @routes.post(
        "/crawls/{crawl_id}/resume",
        summary="Resume it",
        response_model=CrawlOut,
        responses=documented(403, 409),
    )
    async def resume(engine: EngineHere, user: ActingUser, crawl_id: CrawlId) -> CrawlOut:
        """It goes on where it was. 409 when it is not paused."""
        return crawl_out(await engine.resume(crawl_id))

    @routes.get(
        "/crawls/{crawl_id}/pages", summary="Its pages", response_model=Page[PageOut], responses=documented()
    )
    async def pages(
        engine: EngineHere, user: ActingUser, crawl_id: CrawlId, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[PageOut]:
        """In the order in which their addresses were found."""
        after = PAGES_CURSOR.decode(cursor)[0] if cursor else 0
        rows = await engine.pages(crawl_id, after=after, limit=limit + 1)
        return page_of(rows, limit=limit, cursor=PAGES_CURSOR, key=lambda one: (one.number,), item=page_out)


def _pages(routes: APIRouter) -> None:
    @routes.get("/pages/{page_id}/text", summary="Its text", response_model=TextOut, responses=documented())
    async def text(engine: EngineHere, user: ActingUser, page_id: PageId) -> TextOut:
        """What was read out of a page of a crawl of yours; of a copy, the text of the page that came first."""
        return text_out(await engine.page(page_id))

    @routes.get("/robots", summary="What robots.txt says", response_model=RobotsOut, responses=documented())
    async def rules(
        engine: EngineHere,
        user: ActingUser,
        url: Annotated[
            str, Query(min_length=1, max_length=MOST_URL, examples=["http://closed-garden.test/amber/open"])
        ],
    ) -> RobotsOut:
        """Which rule decides about an address. 404 while its host was not asked yet."""
        return robots_out(await engine.explain(url))
