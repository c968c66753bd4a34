"""The product in the browser: watch, rank, go viral, look up."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Fact, OpenLab

SLUG = "top-k"


def test_views_lead_the_board(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG)
    first = page.locator(".sd-board li").first
    with fact("a click is a view and leads the board"):
        button = page.get_by_role("button", name="Watch Night train to Tromsø")
        for _ in range(3):
            button.click()
        page.get_by_role("button", name="Watch Why bridges hum").click()
        expect(first).to_contain_text("Night train to Tromsø")
        expect(first.locator("b")).to_have_text("3")
        expect(page.locator(".sd-board li")).to_have_count(2)
    with fact("the board has three windows"):
        for window in ("5 min", "1 hour", "1 min"):
            page.get_by_role("radio", name=window).click()
            expect(first).to_contain_text("Night train to Tromsø")
    with fact("a lookup lights cells of the sketch"):
        page.get_by_role("button", name="Watch Otters juggle pebbles").click()
        page.get_by_role("button", name="Look Otters juggle pebbles up in the sketch").click()
        expect(page.locator("#sketch .sd-cellmark[data-kind='read']")).to_have_count(4)
        expect(page.locator("#sketch")).to_contain_text("Looked up: Otters juggle pebbles")
    with fact("a video is watched with the keyboard alone"):
        page.get_by_role("button", name="Watch A cello in the tunnel").focus()
        for _ in range(4):
            page.keyboard.press("Enter")
        expect(first).to_contain_text("A cello in the tunnel")
    with fact("a video goes viral and wins"):
        page.get_by_role("button", name="Let Chess in five moves go viral").click()
        expect(page.get_by_text("going viral")).to_be_visible()
        expect(first).to_contain_text("Chess in five moves")


def test_batch_answers_late_and_shows_its_stages(lab: OpenLab) -> None:
    page = lab(SLUG, query="?counting=batch")
    page.get_by_role("button", name="Watch Otters juggle pebbles").click()
    expect(page.locator(".sd-stages > li")).to_have_count(5)
    expect(page.locator(".sd-board li").first).to_contain_text("Otters juggle pebbles")
