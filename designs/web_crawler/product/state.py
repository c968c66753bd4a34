"""What a visitor wants: one handler for each verb of the product."""

from __future__ import annotations

from typing import Any

from designs.web_crawler.engine.engine import WebCrawler
from sdlab.lab import LabError
from sdlab.live.state import VerbState, verbs_of

MOST_TEXT = 20_000

verb = verbs_of("web-crawler", WebCrawler)


class WebCrawlerState(VerbState):
    """The last refusal, and the page that is open; everything else is in the live frames."""

    wrong: str = ""
    page_id: int = 0
    page_title: str = ""
    page_url: str = ""
    page_language: str = ""
    page_charset: str = ""
    page_text: str = ""
    page_copy: bool = False

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.wrong = error.detail

    @verb(unusable="depth and pages are whole numbers")
    async def start(self, engine: WebCrawler, seeds: str, depth: str, pages: str) -> None:
        """A crawl from these addresses, one per line or with spaces between them."""
        found = seeds.split()
        await engine.start_crawl(
            found, max_depth=int(depth.replace(",", "")), max_pages=int(pages.replace(",", ""))
        )

    @verb
    async def pause(self, engine: WebCrawler, id: str) -> None:
        """Ask for nothing more of it."""
        await engine.pause(id)

    @verb
    async def resume(self, engine: WebCrawler, id: str) -> None:
        """Go on."""
        await engine.resume(id)

    @verb(unusable="a page has a number")
    async def read(self, engine: WebCrawler, number: int) -> None:
        """Open a page."""
        page = await engine.shown_page(int(number))
        self.page_id, self.page_title, self.page_url = int(number), page.title, page.url
        self.page_language, self.page_charset = page.language, page.charset
        self.page_text, self.page_copy = page.text[:MOST_TEXT], page.number != int(number)

    @verb
    async def shut(self, engine: WebCrawler) -> None:
        """Close the page."""
        self.page_id = 0
        self.page_text = ""

    @verb
    async def explain(self, engine: WebCrawler, url: str) -> None:
        """Ask what robots.txt says of an address."""
        await engine.explain(url)
