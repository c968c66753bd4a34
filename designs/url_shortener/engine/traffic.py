"""The simulated visitors of a workload: which link is the 17th, and what their browsers remember."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from designs.url_shortener.engine.clicks import Browsers, Clicks
from designs.url_shortener.engine.strategies.redirects import Redirect
from designs.url_shortener.inside.views import LinkView
from sdlab.lab import Operation

LOAD_LINKS = 5_000


class Visitors:
    """Do the operations of a workload through the same verbs as everybody."""

    def __init__(
        self,
        *,
        generate: Callable[..., Awaitable[LinkView]],
        resolve: Callable[..., Awaitable[Redirect]],
        clicks: Clicks,
    ) -> None:
        self._generate = generate
        self._resolve = resolve
        self._clicks = clicks
        self._links: OrderedDict[int, str] = OrderedDict()
        self.browsers = Browsers()

    async def perform(self, operation: Operation) -> Any:
        """Create or open, as the operation says."""
        if operation.verb == "create":
            return await self._create(operation)
        return await self._open(operation)

    async def _create(self, operation: Operation) -> LinkView:
        view = await self._generate(operation.args["url"], by=operation.actor, by_hand=False)
        self._links[operation.args["number"]] = view.code
        if len(self._links) > LOAD_LINKS:
            self._links.popitem(last=False)
        return view

    async def _open(self, operation: Operation) -> Redirect | None:
        """A simulated visitor clicks; the browser may know the way already."""
        code = self._links.get(operation.args["number"])
        if code is None:
            return None  # that link was never made: there is nothing to click on
        kept = self.browsers.kept(operation.actor, code)
        if kept is not None:
            self._clicks.happened(code)
            self._clicks.from_browser_caches += 1
            return kept
        redirect = await self._resolve(code, by=operation.actor, by_hand=False)
        self.browsers.answered(operation.actor, code, redirect)
        return redirect
