"""The product in the browser: a web appears, a page is read, a crawl is paused, robots.txt is explained."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Fact, OpenLab

SLUG = "web-crawler"


def test_a_web_appears_and_is_read(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?seed=1")
    pages = page.get_by_role("region", name="Newest pages")
    with fact("nothing is there yet"):
        expect(pages).to_contain_text("None yet")
        expect(pages.get_by_role("listitem")).to_have_count(0)
    with fact("bad input is refused, and stays"):
        page.get_by_label("Start at", exact=True).fill("http://127.0.0.1:8000/")
        page.get_by_role("button", name="Crawl", exact=True).click()
        expect(page.get_by_role("alert").filter(has_text="by their names")).to_be_visible()
        expect(page.get_by_label("Start at", exact=True)).to_have_value("http://127.0.0.1:8000/")
    with fact("“Crawl” lets a web appear, page by page"):
        page.get_by_label("Start at", exact=True).fill("http://portal.test/")
        page.get_by_role("button", name="Crawl", exact=True).click()
        expect(pages.get_by_role("listitem").first).to_be_visible()
        graph = page.get_by_role("img", name=re.compile(r"The web as it is crawled: \d{2,} addresses")).first
        expect(graph).to_be_visible()
    with fact("it is paused, and goes on"):
        head = page.locator(".cw-head")
        head.get_by_role("button", name="Pause", exact=True).click()
        resume = head.get_by_role("button", name="Resume", exact=True)
        expect(resume).to_be_visible()
        resume.click()
        expect(resume).to_have_count(0)
    with fact("a page that is chosen is read"):
        pages.get_by_role("button").first.click()
        reader = page.get_by_role("region", name="Page", exact=True)
        expect(reader).to_contain_text(".test/")
        expect(reader.locator(".cw-text")).to_contain_text(re.compile(r"\S{4,}"))
        reader.get_by_role("button", name="Close").click()
        expect(reader).to_have_count(0)
    with fact("robots.txt is explained for an address"):
        page.get_by_label("What may be fetched?", exact=True).fill("http://portal.test/amber/open")
        page.get_by_role("button", name="Ask robots.txt").click()
        expect(page.get_by_role("status").filter(has_text="allowed").first).to_be_visible()
