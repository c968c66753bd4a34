"""What a visitor wants of the counter: one handler for each verb of the product."""

from __future__ import annotations

from designs.web_crawler.engine.engine import WebCrawler
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("web-crawler", WebCrawler)


class WebCrawlerState(VerbState):
    """Nothing of its own: the total is in the live frames."""

    @verb
    async def add(self, engine: WebCrawler) -> None:
        """Add one step."""
        await engine.add()
