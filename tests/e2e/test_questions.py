"""The questions of a lab, one at a time: what opens, what folds, what breaks, and what the address says."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from sdlab.registry import design
from tests.e2e.conftest import DESKTOP, Fact, OpenLab

SLUG = "url-shortener"
FIRST, BREAKABLE = design(SLUG).toggles[0], design(SLUG).toggle("allocator_lock")
ASKED = "id => new URLSearchParams(location.search).get('question') === id"


def asked(page: Page, toggle_id: str) -> None:
    """Return once that question is open."""
    page.locator(f"#question[data-question='{toggle_id}']").wait_for()


def choose(page: Page, short: str) -> None:
    page.get_by_role("navigation", name="Questions").get_by_role("button", name=short, exact=True).click()


def test_one_question_at_a_time_and_what_breaks_it(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, question="", viewport=DESKTOP)
    with fact("the first question is open, its panels come first, the others are folded to a figure"):
        asked(page, FIRST.id)
        ids = page.locator(".sd-panels .sd-panel").evaluate_all("all => all.map(one => one.id)")
        assert tuple(ids[: len(FIRST.panels)]) == FIRST.panels
        expect(page.locator(".sd-panel[data-folded='true']")).to_have_count(len(ids) - len(FIRST.panels))
        expect(page.locator(f"#{FIRST.panel} .sd-body")).to_be_visible()
    with fact("a folded panel is opened by its title"):
        page.locator("#clicks").get_by_role("button", name="Clicks").click()
        expect(page.locator("#clicks .sd-body")).to_be_visible()
    with fact("the address names the question; back and forward go through questions"):
        choose(page, BREAKABLE.short)
        asked(page, BREAKABLE.id)
        page.wait_for_function(ASKED, arg=BREAKABLE.id)
        page.go_back()
        asked(page, FIRST.id)
        page.go_forward()
        asked(page, BREAKABLE.id)
    with fact("one press breaks the claim, one press protects it again"):
        _break(page)
    with fact("a chip replays the latest request of its kind"):
        page.locator(".sd-kind").first.click()
        page.get_by_role("region", name="Replay of one request").get_by_text("in all").wait_for()
        page.keyboard.press("Escape")
    with fact("a box tells what it is"):
        page.get_by_role("button", name=re.compile("^gateway, up")).click()
        expect(page.get_by_role("region", name="gateway", exact=True)).to_contain_text("Without it")
    with fact("all opens everything, and a reload stays there"):
        choose(page, "All")
        expect(page.locator(".sd-panel[data-folded='true']")).to_have_count(0)
        page.reload()
        asked(page, "all")


def _break(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Break it")).click()
    page.get_by_role("button", name=re.compile("No code serves two URLs: broken")).wait_for()
    page.get_by_role("button", name=re.compile("Protect it")).click()
    radio = page.locator(f"#dive-{BREAKABLE.id} input[value='{BREAKABLE.default}']")
    expect(radio).to_be_checked()
