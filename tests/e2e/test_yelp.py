"""The product in the browser: search, drag the map by mouse and keyboard, open a place, rate it, see its score."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, EMPTY_ROOM, PHONE, Fact, OpenLab, look_like

SLUG = "yelp"


def names(page: Page) -> list[str]:
    return page.locator(".ye-hits .ye-what > b").all_inner_texts()


def dragged(page: Page, east: int, south: int) -> None:
    stage = page.locator(".ye-movable")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] - 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 30 + east, box["y"] + box["height"] - 20 + south, steps=6)
    page.mouse.up()


def test_a_place_is_found_looked_at_and_rated(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query=EMPTY_ROOM, viewport=DESKTOP, color_scheme="light")
    status = page.locator(".ye-product > p[role='status']")
    expect(page.locator(".ye-hits li").first).to_be_visible()
    with fact("coffee near the centre is there already"):
        expect(page.get_by_label("What are you looking for?")).to_have_value("coffee")
        expect(status).to_contain_text("within 600 m")
        expect(page.locator("#map")).to_contain_text("letters")
    with fact("list and cells follow the map, by mouse and by keyboard"):
        before = names(page)
        page.locator("#map").get_by_role("button", name="show as table").click()
        cells = page.locator("#map table tbody th").all_inner_texts()
        dragged(page, -120, 60)
        expect(page.locator(".ye-hits .ye-what > b").first).not_to_have_text(before[0])
        expect(page.locator("#map table tbody th").first).not_to_have_text(cells[0])
        moved = names(page)
        page.locator(".ye-movable").focus()
        for _ in range(4):
            page.keyboard.press("Shift+ArrowUp")
        expect(page.locator(".ye-hits")).not_to_have_text(re.compile(re.escape(moved[0])))
    with fact("a place is opened on the map, too"):
        pin = page.locator(".ye-movable .ye-pin[data-chosen='true']")
        name = pin.get_attribute("title")
        pin.click()
        expect(page.locator(".ye-place h3")).to_have_text(name or "")
        page.get_by_role("button", name="← All places").click()
    with fact("words are searched for as they are typed"):
        page.get_by_label("Within", exact=True).select_option("5000")
        page.get_by_label("What are you looking for?").fill("books")
        expect(status).to_contain_text("within 5.0 km")
        expect(page.locator(".ye-hits .ye-what small").first).to_contain_text("books")
    with fact("a place opens with its reviews, is rated, and rated again"):
        page.locator(".ye-hits button").first.click()
        expect(page.locator(".ye-place h3")).to_be_visible()
        page.get_by_role("radio", name="4 stars").check(force=True)
        page.get_by_label("Your review").fill("Quiet 👩‍💻")
        page.get_by_role("button", name="Rate", exact=True).click()
        expect(page.locator(".ye-reviews li").first).to_contain_text("Quiet")
        page.get_by_role("radio", name="2 stars").check(force=True)
        page.get_by_role("button", name="Change my rating").click()
        expect(page.locator(".ye-rate legend")).to_contain_text("You gave 2 of 5")
        expect(page.locator(".ye-reviews li", has_text="you")).to_have_count(1)
        expect(page.locator("#average")).to_contain_text("all in the stored sums")
    with fact("its score is taken apart"):
        name = page.locator(".ye-place h3").inner_text()
        expect(page.locator("#score")).to_contain_text(name)
        expect(page.locator("#score .ye-bars li")).to_have_count(3)
    with fact("on a phone and in the dark it is the same map"):
        page.get_by_role("button", name="← All places").click()
        look_like(page, PHONE, "dark")
        expect(page.locator(".ye-movable")).to_be_visible()
