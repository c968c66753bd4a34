"""A crawl of the whole web: everything that can be reached is stored once, nothing that must not be asked for is."""

from __future__ import annotations

from collections import deque

import pytest

from designs.web_crawler.engine.engine import START, WebCrawler
from designs.web_crawler.engine.models import DONE
from designs.web_crawler.engine.small_web import SmallWeb
from sdlab.lab import as_user
from tests.designs.web_crawler.conftest import Make, broken, done

pytestmark = pytest.mark.virtual_time


def reachable(web: SmallWeb, start: str) -> set[str]:
    """Addresses of pages that links lead to from there, through pages that may be asked for; no traps."""
    found, waiting = {start}, deque([start])
    while waiting:
        url = waiting.popleft()
        host, path = url.split("/")[2], "/" + url.split("/", 3)[3]
        if web.forbidden(host, path):
            continue
        for link in web.links(url):
            if link not in found and not web.is_trap(link):
                found.add(link)
                waiting.append(link)
    return found


async def test_the_whole_web_is_stored_once(crawler: Make) -> None:
    engine: WebCrawler = await crawler(delay_ms=200)
    progress = await as_user("ann", engine.start_crawl([START]))
    await done(engine)
    await engine.refresh_looks(now=True)
    rows = engine.reader.rows.last

    assert broken(engine) == {}
    assert rows.crawl is not None
    assert (rows.crawl.id, rows.crawl.state) == (progress.crawl.id, DONE)
    pages = await as_user("ann", engine.pages(progress.crawl.id, after=0, limit=5_000))
    stored = [one.url for one in pages]
    assert len(stored) == len(set(stored))
    web = engine.web.web
    wanted = {
        url
        for url in reachable(web, START)
        if web.page(url) and not web.forbidden(url.split("/")[2], "/" + url.split("/", 3)[3])
    }
    asleep = {url for url in wanted if "deep-sleep" in url or "lodger" in url}
    missing = wanted - set(stored) - asleep
    assert missing == set()
