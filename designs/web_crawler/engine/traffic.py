"""Performs what the workloads want: somebody hands in an address."""

from __future__ import annotations

from typing import Any

from designs.web_crawler.engine.engine import WebCrawler
from designs.web_crawler.engine.small_web import SmallWeb, path_of
from sdlab.lab import Operation, Traffic, performs


class WebCrawlerTraffic(Traffic[WebCrawler]):
    """An operation names a kind of site and numbers; which site and page that is, the room's web says."""

    @performs("seed")
    async def seed(self, operation: Operation) -> dict[str, Any]:
        """One address for the crawl on the screen."""
        args = operation.args
        url = address(self.engine.web.web, str(args["kind"]), int(args["site"]), int(args["page"]))
        return {"crawl": await self.engine.add_seed(url)}

    async def honours(self, answer: Any) -> bool:
        """A crawl that took an address is in the store."""
        return await self.engine.crawls.has(answer["crawl"])


def address(web: SmallWeb, kind: str, site: int, page: int) -> str:
    """A page of a site of that kind; of all sites, without a kind. Numbers go around."""
    sites = [one for one in web.sites if not kind or one.kind in kind.split()]
    chosen = sites[site % len(sites)]
    if chosen.kind == "calendar":
        return f"http://{chosen.host}/days/{2027 + page // 12 % 5}/{1 + page % 12}"
    return f"http://{chosen.host}{path_of(page % chosen.pages)}"
