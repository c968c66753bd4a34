"""The product in the browser: a ride from both sides of one map, and what is inside of it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, look_like

SLUG = "uber"
FEW_CARS = (
    "?seed=2&fleet=20&offer_s=20&give_up_s=60"  # the visitor's own is the nearest, and has time to answer
)


def test_a_ride_is_asked_for_taken_and_driven(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query=FEW_CARS, viewport=DESKTOP, color_scheme="light")
    rider = page.get_by_role("region", name="Rider", exact=True)
    driver = page.get_by_role("region", name="Driver", exact=True)
    request = rider.get_by_role("button", name="Request a ride")
    with fact("the trip is there with its price, the driver is free, and both are in sight"):
        expect(request).to_be_enabled()
        expect(rider.locator(".ub-fare b")).to_have_text(re.compile(r"€ \d+\.\d\d"))
        expect(driver.get_by_role("status")).to_contain_text("You are free")
        box, dock = request.bounding_box(), page.locator(".sd-must").bounding_box()
        assert box is not None
        assert dock is not None
        assert box["y"] + box["height"] < dock["y"]
    with fact("the drop-off is moved by keyboard, and the price follows"):
        before = rider.locator(".ub-fare").inner_text()
        page.get_by_role("button", name=re.compile("^Drop-off")).focus()
        for _ in range(3):
            page.keyboard.press("Shift+ArrowRight")
        expect(rider.locator(".ub-fare")).not_to_have_text(before)
    with fact("the visitor's own car is asked first, and takes the ride"):
        request.click()
        accept = driver.get_by_role("button", name="Accept", exact=True)
        expect(accept).to_be_enabled()
        expect(rider.get_by_role("status")).to_contain_text("Asking your own car")
        expect(page.locator("#locks")).to_contain_text("You")
        accept.click()
        expect(rider.locator(".ub-told")).to_contain_text("A driver takes it.")
        expect(driver.locator(".ub-told")).to_contain_text("The ride is yours.")
        expect(page.locator("#offers")).to_contain_text("yes")
    with fact("the car comes to the rider, who gets in and is driven"):
        expect(rider.locator(".ub-told")).to_contain_text("The car is there.")
        expect(rider.locator(".ub-told")).to_contain_text("You are on your way.")
        expect(rider.get_by_role("status")).to_contain_text("With your own car")
        expect(page.locator("#rides")).to_contain_text("in ride")
    with fact("on a phone and in the dark one side is shown at a time"):
        look_like(page, PHONE, "dark")
        expect(page.get_by_role("tab", name="Rider")).to_be_visible()
