"""The product in the browser: move the pin, fill a cart against Sam, watch its time, order, follow the courier."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, EMPTY_ROOM, PHONE, Fact, OpenLab, look_like, show_side

SLUG = "local-delivery"


def test_the_last_ones_are_fought_for_and_delivered(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query=EMPTY_ROOM, viewport=DESKTOP, color_scheme="light")
    mine, sams = page.get_by_label("Your cart"), page.get_by_label("Sam's cart")
    console = page.locator(".ld-card", has_text="Game console")
    with fact("the shelf and the hour of the pin are there"):
        expect(console.locator(".ld-left")).to_have_text("20 left here")
        expect(page.locator(".ld-says")).to_contain_text("here within the hour")
        expect(page.locator("#reach")).to_contain_text("promised")
    with fact("two carts empty one shelf, and each has its time"):
        page.get_by_role("button", name="Add Game console").click()
        expect(mine).to_contain_text("1 × Game console")
        expect(console.locator(".ld-left")).to_have_text("19 left here")
        page.get_by_role("button", name="Sam takes Game console").click()
        expect(sams).to_contain_text("1 × Game console")
        expect(console.locator(".ld-left")).to_have_text("18 left here")
        expect(mine.get_by_role("timer")).to_contain_text("s · Old Town")
        expect(page.locator("#carts")).to_contain_text("unit")
    with fact("what one has in the cart is not taken back by an older answer"):
        page.wait_for_function("document.querySelector('.ld-left').textContent === '18 left here'")
    with fact("an order is taken, and its courier is followed"):
        mine.get_by_role("button", name="Order").click()
        expect(mine.locator(".ld-trip")).to_contain_text("Game console")
        expect(mine.locator(".ld-trip .ld-min")).to_contain_text("min")
        expect(mine).to_contain_text("Nothing in it.")
        expect(mine.locator(".ld-trip")).to_contain_text("is with the courier")
        expect(page.locator("#promises")).to_contain_text("in time")
    with fact("an emptied cart gives back"):
        sams.get_by_role("button", name="Empty").click()
        expect(console.locator(".ld-left")).to_have_text("19 left here")
    with fact("the pin is moved by hand and by keys, and the shelf follows"):
        page.get_by_label("The pin: drag it, or move it with the arrow keys").focus()
        for _ in range(8):
            page.keyboard.press("Shift+ArrowLeft")
        for _ in range(4):
            page.keyboard.press("Shift+ArrowDown")
        expect(console.locator(".ld-left")).to_have_text("gone here")
    with fact("both at once get one each, or are told"):
        page.get_by_role("button", name="⚡ Both order a console at once").click()
        expect(mine.locator(".ld-note")).to_contain_text("Game console is gone")

    with fact("on a phone and in the dark it is the same shop"):
        look_like(page, PHONE, "dark")
        page.get_by_role("button", name="Add Bread").click()
        show_side(page, "You")
        expect(mine).to_contain_text("1 × Bread")
