"""The simulated visitors' browsers, each with the redirects that it was allowed to keep."""

from __future__ import annotations

from collections import OrderedDict

from designs.url_shortener.engine.strategies.redirects import Redirect, may_keep

BROWSER_CACHE = 200
BROWSERS = 256


class Browsers:
    """At most `BROWSERS` browsers with `BROWSER_CACHE` redirects each; the oldest give way."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, OrderedDict[str, Redirect]] = OrderedDict()

    def kept(self, browser: str, code: str) -> Redirect | None:
        """The redirect that this browser can follow without asking."""
        return self._kept.get(browser, OrderedDict()).get(code)

    def answered(self, browser: str, code: str, redirect: Redirect) -> None:
        """The browser got this answer, and keeps it if its Cache-Control allows."""
        if not may_keep(redirect):
            return
        kept = self._kept.setdefault(browser, OrderedDict())
        kept[code] = redirect
        if len(kept) > BROWSER_CACHE:
            kept.popitem(last=False)
        if len(self._kept) > BROWSERS:
            self._kept.popitem(last=False)

    @property
    def redirects_kept(self) -> int:
        """How many redirects all browsers hold."""
        return sum(len(kept) for kept in self._kept.values())
