"""The simulated visitors of a workload: which link is the 17th, and what their browsers have kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from designs.url_shortener.engine.engine import UrlShortener
from sdlab.lab import Operation, Traffic, acting, performs

LINKS_KNOWN = 5_000


class ShortenerTraffic(Traffic[UrlShortener]):
    """Creates and opens links through the same verbs as everybody."""

    def __init__(self, engine: UrlShortener) -> None:
        super().__init__(engine)
        self._codes: OrderedDict[int, str] = OrderedDict()

    @performs("create")
    async def create(self, operation: Operation) -> dict[str, Any]:
        """Somebody shortens a URL."""
        link = await self.engine.generate(operation.args["url"])
        self._codes[operation.args["number"]] = link.code
        if len(self._codes) > LINKS_KNOWN:
            self._codes.popitem(last=False)
        return asdict(link)

    @performs("open")
    async def open(self, operation: Operation) -> dict[str, Any] | None:
        """Somebody clicks on a link; the browser may know the way already."""
        code = await self._mine() if operation.args.get("mine") else None
        code = code or self._codes.get(operation.args["number"])
        if code is None:
            return None  # that link was never made: there is nothing to click on
        browsers, browser = self.engine.browsers, acting().name
        kept = browsers.kept(browser, code)
        if kept is not None:
            self.engine.clicks.record_made(code)
            self.engine.clicks.record_from_browser()
            return asdict(kept)
        redirect = await self.engine.resolve(code)
        browsers.answered(browser, code, redirect)
        return asdict(redirect)

    async def _mine(self) -> str | None:
        """The newest link that the product shows as the visitor's."""
        seen = await self.engine.reader.look.refresh()
        return next((link.code for link in seen.table.mine), None)

    async def honours(self, answer: Any) -> bool:
        """A link that was acknowledged is stored and leads to its URL."""
        if not isinstance(answer, Mapping) or "code" not in answer:
            return True  # a redirect, or nothing: it promised nothing that lasts
        stored = await self.engine.scans.peek([answer["code"]])
        return any(link.url == answer["url"] and link.deleted_at is None for link in stored)
