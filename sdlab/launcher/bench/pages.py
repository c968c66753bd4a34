"""What a lab's page costs a browser: until it lives, while it is left alone, and under traffic."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sdlab.lab import Design
from sdlab.launcher.bench.result import Result
from sdlab.launcher.browser import ARGUMENTS, ensure_chromium

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

WINDOW: ViewportSize = {"width": 1440, "height": 900}
SETTLES = 12.0  # seconds: rates of the last ten seconds have come to rest
LOOKS = 6.0
KILOBYTE = 1024
WATCH = """(() => {
  window.shift = window.firstPanel = 0;
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
  }).observe({type: 'layout-shift', buffered: true});
  const look = () => {
    if (document.querySelector(".sd-panel[data-known='true']")) window.firstPanel = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
SCRIPTS = """() => performance.getEntriesByType('resource')
  .filter(one => one.name.split('?')[0].endsWith('.js')).reduce((sum, one) => sum + one.encodedBodySize, 0)"""


@dataclass
class _Tab:
    """A page with what its live socket brought, and the browser's own figures.

    Without slots: Playwright writes into whose methods it calls.
    """

    page: Any
    devtools: Any
    received: int = 0
    _before: dict[str, float] = field(default_factory=dict)

    def count(self, socket: Any) -> None:
        """Add up what that socket brings, if it is the one of the frames."""
        if "/api/live" in socket.url:
            socket.on("framereceived", self._arrived)

    def _arrived(self, payload: str | bytes) -> None:
        self.received += len(payload)

    def shares(self, seconds: float) -> tuple[float, float, float]:
        """Per second of the next ones: bytes received; per cent of a core for everything, for layout and style."""
        before, bytes_before, began = self._figures(), self.received, time.perf_counter()
        self.page.wait_for_timeout(seconds * 1000)
        after, took = self._figures(), time.perf_counter() - began
        laid_out = sum(after[one] - before[one] for one in ("LayoutDuration", "RecalcStyleDuration"))
        busy = after["TaskDuration"] - before["TaskDuration"]
        return (self.received - bytes_before) / took, 100 * busy / took, 100 * laid_out / took

    def _figures(self) -> dict[str, float]:
        found = self.devtools.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in found}


def pages(url: str, labs: Sequence[Design]) -> Iterator[Result]:
    """Each of those labs of the server at `url`, opened by a fresh visitor."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=list(ARGUMENTS))
        for design in labs:
            context = browser.new_context(viewport=WINDOW, base_url=url)
            yield from _lab(context, design.slug)
            context.close()
        browser.close()


def _lab(context: Any, slug: str) -> Iterator[Result]:
    page = context.new_page()
    tab = _Tab(page, context.new_cdp_session(page))
    tab.devtools.send("Performance.enable")
    page.on("websocket", tab.count)
    page.add_init_script(WATCH)
    page.goto(f"/labs/{slug}?seed=1")
    page.wait_for_function("() => window.firstPanel > 0")
    first = page.evaluate("() => window.firstPanel")
    yield Result(f"{slug}: first live panel", first, "ms", bar=600)
    yield Result(f"{slug}: scripts", page.evaluate(SCRIPTS) / KILOBYTE, "KB", bar=260)
    page.wait_for_timeout(SETTLES * 1000)
    received, busy, _ = tab.shares(LOOKS)
    yield Result(f"{slug}: quiet, received", received / KILOBYTE, "KB/s", bar=1)
    yield Result(f"{slug}: quiet, browser", busy, "% of a core", bar=3)
    page.locator(".sd-run").click()
    page.wait_for_timeout(2000)
    received, busy, laid_out = tab.shares(LOOKS)
    detail = f"{received / KILOBYTE:.1f} KB/s, {busy:.0f} % of a core in all"
    yield Result(f"{slug}: traffic, layout and style", laid_out, "% of a core", bar=10, detail=detail)
    yield Result(f"{slug}: layout shift", page.evaluate("() => window.shift"), "", bar=0.05)
