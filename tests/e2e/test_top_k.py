"""The product in the browser: watch, rank, go viral, look up."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenLab

SLUG = "top-k"


def board(page: Page) -> list[str]:
    return page.locator(".sd-board li span").all_inner_texts()


def test_a_click_is_a_view_and_leads_the_board(lab: OpenLab) -> None:
    page = lab(SLUG)
    button = page.get_by_role("button", name="Watch Night train to Tromsø")
    for _ in range(3):
        button.click()
    page.get_by_role("button", name="Watch Why bridges hum").click()
    expect(page.locator(".sd-board li").first).to_contain_text("Night train to Tromsø")
    expect(page.locator(".sd-board li").first.locator("b")).to_have_text("3")
    expect(page.locator(".sd-board li")).to_have_count(2)


def test_the_board_has_three_windows(lab: OpenLab) -> None:
    page = lab(SLUG)
    page.get_by_role("button", name="Watch Otters juggle pebbles").click()
    for window in ("5 min", "1 hour", "1 min"):
        page.get_by_role("radio", name=window).click()
        expect(page.locator(".sd-board li").first).to_contain_text("Otters juggle pebbles")


def test_a_video_goes_viral_and_wins(lab: OpenLab) -> None:
    page = lab(SLUG)
    page.get_by_role("button", name="Watch Otters juggle pebbles").click()
    page.get_by_role("button", name="Let Chess in five moves go viral").click()
    expect(page.get_by_text("going viral")).to_be_visible()
    expect(page.locator(".sd-board li").first).to_contain_text("Chess in five moves")


def test_a_video_is_watched_with_the_keyboard_alone(lab: OpenLab) -> None:
    page = lab(SLUG)
    page.get_by_role("button", name="Watch A cello in the tunnel").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sd-board li").first).to_contain_text("A cello in the tunnel")


def test_a_lookup_lights_cells_of_the_sketch(lab: OpenLab) -> None:
    page = lab(SLUG)
    page.get_by_role("button", name="Watch Otters juggle pebbles").click()
    page.get_by_role("button", name="Look Otters juggle pebbles up in the sketch").click()
    expect(page.locator("#sketch .sd-cellmark[data-kind='read']")).to_have_count(4)
    expect(page.locator("#sketch")).to_contain_text("Looked up: Otters juggle pebbles")


def test_batch_answers_late_and_shows_its_stages(lab: OpenLab) -> None:
    page = lab(SLUG, query="?counting=batch")
    page.get_by_role("button", name="Watch Otters juggle pebbles").click()
    expect(page.locator(".sd-stages > li")).to_have_count(5)
    expect(page.locator(".sd-board li").first).to_contain_text("Otters juggle pebbles")
