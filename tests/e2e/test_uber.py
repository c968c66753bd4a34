"""The product in the browser: a ride from both sides of one map, and what is inside of it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, EMPTY_ROOM, PHONE, Fact, OpenLab, look_like

SLUG = "uber"


def test_a_ride_is_asked_for_offered_and_driven(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query=EMPTY_ROOM, viewport=DESKTOP, color_scheme="light")
    rider = page.get_by_role("region", name="Rider", exact=True)
    driver = page.get_by_role("region", name="Driver", exact=True)
    request = rider.get_by_role("button", name="Request a ride")
    with fact("the trip is there with its price, and the driver is free"):
        expect(request).to_be_enabled()
        expect(rider.locator(".ub-fare b")).to_have_text(re.compile(r"€ \d+\.\d\d"))
        expect(driver.get_by_role("status")).to_contain_text("You are free")
    with fact("the drop-off is moved by keyboard, and the price follows"):
        before = rider.locator(".ub-fare").inner_text()
        end = page.get_by_role("button", name=re.compile("^Drop-off"))
        end.focus()
        for _ in range(3):
            page.keyboard.press("Shift+ArrowRight")
        expect(rider.locator(".ub-fare")).not_to_have_text(before)
    with fact("a driver is asked, and the ride goes its way"):
        request.click()
        expect(rider.get_by_role("status")).to_contain_text(re.compile("Asking|Looking|takes it|is there"))
        expect(rider.locator(".ub-told li").first).to_contain_text(re.compile(r"\w+"))
        accept = driver.get_by_role("button", name="Accept", exact=True)
        expect(accept.or_(rider.locator(".ub-steps li[aria-current='step']")).first).to_be_visible()
        expect(page.locator("#rides")).to_contain_text("requested")
        expect(page.locator("#offers")).to_contain_text("offers per matched ride")
    with fact("on a phone and in the dark one side is shown at a time"):
        look_like(page, PHONE, "dark")
        expect(page.get_by_role("tab", name="Rider")).to_be_visible()
