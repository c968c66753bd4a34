"""The product in the browser: an ad is clicked, the advertiser's page opens by a 302, and the dashboard has the click."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, look_like

SLUG = "ad-click-aggregator"


def test_a_click_opens_the_advertiser_and_is_on_the_dashboard(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?seed=1")
    news = page.get_by_role("region", name="The news page")
    dashboard = page.get_by_role("region", name="The advertiser's dashboard")
    shop = page.get_by_role("region", name="The advertiser's page")
    ad = news.get_by_role("link").first
    with fact("three ads stand on the page"):
        expect(news.get_by_role("link")).to_have_count(3)
        expect(dashboard).to_contain_text("0 clicks in the last minute")
    first = ad.get_attribute("href")
    with fact("a click opens the advertiser's page, by our 302"):
        assert first is not None
        assert "/click/" in first
        ad.click()
        expect(shop).to_contain_text("By our 302")
        expect(shop.locator(".ac-address")).to_contain_text("/landing/")
    with fact("back at the news, it was clicked"):
        shop.get_by_role("button", name="Back to the news").click()
        expect(ad).to_contain_text("clicked 1 ×")
    with fact("the bar of the dashboard grows within seconds"):
        expect(dashboard).to_contain_text("1 click in the last minute")
        expect(dashboard).to_contain_text("UTC")
    with fact("the second click on it is sent on, and not counted"):
        ad.click()
        expect(shop).to_contain_text("By our 302")
        shop.get_by_role("button", name="Back to the news").click()
        expect(ad).to_contain_text("clicked 2 ×")
        expect(page.locator("#dedupe")).to_contain_text(re.compile("repeats dropped"))
        expect(page.locator("#feed")).to_contain_text("a repeat: not counted")
        expect(dashboard).to_contain_text("1 click in the last minute")
    with fact("a new page has new impressions"):
        news.get_by_role("button", name="New page").click()
        expect(ad).not_to_have_attribute("href", first)
        expect(ad).to_contain_text("Look at it")
        ad.click()
        shop.get_by_role("button", name="Back to the news").click()
        expect(dashboard).to_contain_text("2 clicks in the last minute")
    with fact("by the minute it is the API that is asked"):
        dashboard.get_by_role("radio", name="Minute").check()
        expect(dashboard).to_contain_text("2 clicks in 30 minutes")
        dashboard.get_by_role("radio", name="2 s").check()
    with fact("another advertiser has a dashboard of its own"):
        dashboard.get_by_label("Advertiser", exact=True).select_option("Pico Tea")
        expect(dashboard).to_contain_text("0 clicks in the last minute")
        expect(dashboard).to_contain_text("The patient teapot")


def test_without_our_redirect_a_blocked_pixel_is_a_click_that_nobody_knows_of(
    lab: OpenLab, fact: Fact
) -> None:
    page = lab(SLUG, query="?seed=1&redirect=browser")
    news = page.get_by_role("region", name="The news page")
    shop = page.get_by_role("region", name="The advertiser's page")
    ad = news.get_by_role("link").first
    with fact("the link leads to the advertiser"):
        expect(ad).to_have_attribute("href", re.compile("/landing/"))
        ad.click()
        expect(shop).to_contain_text("a pixel tells us")
        expect(page.locator("#feed")).to_contain_text("counted")
    with fact("back at the news, and away again with the pixel blocked"):
        shop.get_by_role("button", name="Back to the news").click()
        news.get_by_label("I block pixels").check()
        news.get_by_role("link").nth(1).click()
        expect(shop).to_contain_text("was blocked")
    with fact("the advertiser has a visit that we have no click of"):
        expect(page.locator("#visits")).to_contain_text("1 unlogged")
        shop.get_by_role("button", name="Back to the news").click()
        expect(news.get_by_role("link")).to_have_count(3)


def test_until_duckdb_is_there_the_page_says_how_far_it_is_fetched(lab: OpenLab) -> None:
    page = lab(SLUG)
    duckdb = {"name": "duckdb", "title": "DuckDB", "megabytes": 21, "why": ""}
    answers = [
        {**duckdb, "state": "failed", "share": 0, "why": "the package index cannot be reached"},
        {**duckdb, "state": "ready", "share": 1},
    ]
    now = {**duckdb, "state": "fetching", "share": 0.34}

    def answer(route: Route) -> None:
        route.fulfill(json=[now])

    page.route(f"**/api/labs/{SLUG}/packages", answer)
    page.reload()
    told = page.locator(".sd-need")
    expect(told).to_contain_text("DuckDB is being fetched, once: 34 % of 21 MB")
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        look_like(page, size, scheme)
        axe(page, within=(".sd-needs",))
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=size["width"])
    now = answers[0]
    expect(told).to_contain_text("could not be fetched: the package index cannot be reached")
    now = answers[1]
    expect(told).to_have_count(0)
