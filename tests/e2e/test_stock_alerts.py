"""The product in the browser: a line is dragged onto the price and rings; alerts are set, armed again, deleted."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Fact, OpenLab

SLUG = "stock-alerts"


def test_a_line_is_dragged_and_rings(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?seed=1")
    line = page.get_by_role("slider", name="Alert line of AURA")
    up, down = (page.get_by_role("button", name=f"Push the price {way}") for way in ("up", "down"))
    mine = page.get_by_role("region", name="My alerts")
    inbox = page.get_by_role("region", name="My notifications")
    with fact("a line stands above the price"):
        expect(line).to_be_visible()
        expect(line).to_have_attribute("aria-valuetext", re.compile(r"rises to \d"))
        expect(inbox.get_by_role("listitem")).to_have_count(0)
    with fact("it is dragged with the pointer"):
        before = float(line.get_attribute("aria-valuenow") or 0)
        box = line.locator(".sa-plate").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y - 25, steps=4)
        page.mouse.up()
        expect(line).not_to_have_attribute("aria-valuenow", f"{before:g}")
        assert float(line.get_attribute("aria-valuenow") or 0) > before
    with fact("it is moved with the keyboard"):
        line.focus()
        before = float(line.get_attribute("aria-valuenow") or 0)
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(line).not_to_have_attribute("aria-valuenow", f"{before:g}")
    with fact("crossed, it rings at once, with its delay"):
        for _ in range(6):
            up.click()
            if inbox.get_by_role("listitem").count():
                break
        expect(inbox.get_by_role("listitem").first).to_contain_text("ms after the tick")
        expect(page.get_by_role("status").filter(has_text="AURA rose to")).to_be_visible()
        expect(mine.get_by_role("listitem").first).to_contain_text("✓ at")
    with fact("it is armed again once the price is back"):
        for _ in range(8):
            down.click()
        mine.get_by_role("button", name="Re-arm").click()
        expect(mine.get_by_role("listitem").first).to_contain_text("armed")
    with fact("an alert is set, refused where it is met, and deleted"):
        page.get_by_label("Tell me when it").select_option("below")
        page.get_by_label("Price", exact=True).fill("999999")
        page.get_by_role("button", name="Set alert").click()
        expect(page.get_by_role("alert")).to_contain_text("is met already")
        page.get_by_label("Tell me when it").select_option("pct_down")
        page.get_by_role("button", name="Set alert").click()
        expect(mine.get_by_role("listitem")).to_have_count(2)
        expect(mine.get_by_role("listitem").first).to_contain_text("falls to")
        mine.get_by_role("button", name="Delete").first.click()
        expect(mine.get_by_role("listitem")).to_have_count(1)
    with fact("another stock is put on the screen"):
        page.get_by_label("Stock", exact=True).select_option("MOSS")
        expect(page.get_by_role("heading", name="Mossy Roofs")).to_be_visible()
        expect(line).to_have_count(0)
