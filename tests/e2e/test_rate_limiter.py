"""The rate limiter in a real browser: send, keep sending, change the rule, break the store."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import OpenLab, axe

SLUG = "rate-limiter"
PHONE = {"width": 390, "height": 844}
LOOKS = [
    pytest.param({}, id="desktop"),
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="phone-dark"),
]


def sender(page: Page, name: str) -> Locator:
    """The row of that client."""
    return page.locator(".sd-sender").filter(has=page.get_by_label(f"Send a request as {name}", exact=True))


def send(page: Page, name: str, *, ten: bool = False) -> None:
    """One request, or ten at once."""
    words = "Send ten requests" if ten else "Send a request"
    page.get_by_role("button", name=f"{words} as {name}", exact=True).click()


def tallied(page: Page, name: str, *, passed: int, refused: int) -> None:
    """The row counts so many answers of each kind."""
    expect(sender(page, name).locator(".sd-tallied")).to_have_text(f"✓ {passed}✕ {refused}")


@pytest.mark.parametrize("look", LOOKS)
def test_every_click_is_answered_with_a_mark(lab: OpenLab, look: dict) -> None:
    page = lab(SLUG, **look)
    send(page, "ana")
    tallied(page, "ana", passed=1, refused=0)
    send(page, "ana", ten=True)
    marks = sender(page, "ana").locator("path.sd-answer")
    expect(marks.and_(page.locator("[data-kind='1']"))).to_have_count(1)
    expect(marks.and_(page.locator("[data-kind='0']"))).to_have_count(1)
    expect(sender(page, "ana").locator("svg[role=img]")).to_have_attribute(
        "aria-label", re.compile(r"^ana, last 30 seconds: \d+ passed, \d+ refused \(429\)$")
    )
    expect(page.locator("#lanes .sd-figure")).to_have_text("client user:ana")
    axe(page)


def test_the_feed_gives_the_reason_and_when_to_come_back(lab: OpenLab) -> None:
    page = lab(SLUG)
    send(page, "ana", ten=True)
    refused = page.locator("#feed li").filter(has_text="429, come back in").first
    expect(refused).to_contain_text(re.compile(r"bucket has 0\.\d of 1 token, next in"))


def test_a_new_rule_acts_at_once(lab: OpenLab) -> None:
    page = lab(SLUG)
    page.get_by_label("Algorithm that decides").select_option("sliding_log")
    limit = page.get_by_role("spinbutton", name=re.compile("^Limit"))
    limit.fill("3")
    page.wait_for_function("() => location.search.includes('limit=3')")
    page.wait_for_function("() => location.search.includes('algorithm=sliding_log')")
    send(page, "ben", ten=True)
    tallied(page, "ben", passed=3, refused=7)
    expect(page.locator("#log .sd-figure")).to_have_text("3 / 3")


def test_a_rule_out_of_range_is_marked_and_not_sent(lab: OpenLab) -> None:
    page = lab(SLUG)
    limit = page.get_by_role("spinbutton", name=re.compile("^Limit"))
    for nonsense in ("0", "1001", ""):
        limit.fill(nonsense)
        expect(limit).to_have_attribute("aria-invalid", "true")
    send(page, "ana")
    tallied(page, "ana", passed=1, refused=0)
    assert "limit=" not in page.url


def test_a_slider_keeps_sending(lab: OpenLab) -> None:
    page = lab(SLUG)
    slider = page.get_by_role("slider", name="Requests per second of chi", exact=True)
    slider.fill("10")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.sd-sender')].some(one => "
        "one.textContent.includes('chi') && Number(one.querySelector('.sd-tallied').textContent.split('✕')[1]) > 5)"
    )
    slider.fill("0")
    expect(sender(page, "chi").locator("output")).to_have_text("0.0/s")


def test_by_keyboard_alone(lab: OpenLab) -> None:
    page = lab(SLUG)
    button = page.get_by_role("button", name="Send a request as dev", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    tallied(page, "dev", passed=1, refused=0)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(sender(page, "dev").locator("output")).to_have_text("0.5/s")


def test_six_algorithms_judge_the_same_requests(lab: OpenLab) -> None:
    page = lab(SLUG)
    send(page, "eve", ten=True)
    send(page, "eve", ten=True)
    lanes = page.locator("#lanes svg[role=img]")
    expect(lanes).to_have_attribute(
        "aria-label", re.compile(r"Sliding-window log 1[0-9] passed, (10|[0-9]) refused")
    )
    expect(lanes).to_have_attribute("aria-label", re.compile(r"Leaky bucket [6-9] passed, 1[1-4] refused"))
    page.locator("#accounts").get_by_role("button", name="show as table").click()
    expect(page.locator("#accounts tbody tr")).to_have_count(6)


def test_without_atomicity_the_claim_breaks_and_shows_why(lab: OpenLab) -> None:
    page = lab(SLUG, query="?store=racy&fault=redis:slow")  # slow: everybody has read before anybody writes
    for _ in range(3):
        send(page, "ana", ten=True)
    broken = page.locator(".sd-dock").get_by_role("button", name=re.compile("No client gets more through"))
    expect(broken).to_contain_text("evidence")
    broken.click()
    expect(page.get_by_text(re.compile(r"within 10 s, 15 were promised")).first).to_be_visible()


def test_a_dead_store_refuses_or_passes_as_chosen(lab: OpenLab) -> None:
    page = lab(SLUG, query="?fault=redis:down")
    send(page, "ana")
    tallied(page, "ana", passed=0, refused=1)
    expect(sender(page, "ana").locator("[data-kind='d']")).to_have_count(1)
    page.get_by_role("radiogroup", name="What if the store is down?").or_(
        page.get_by_role("group", name="What if the store is down?")
    ).get_by_label("fail open", exact=True).check(force=True)
    page.wait_for_function("() => location.search.includes('on_failure=open')")
    send(page, "ana", ten=True)
    tallied(page, "ana", passed=10, refused=1)
    expect(sender(page, "ana").locator("[data-kind='u']")).to_have_count(1)


def test_the_focus_can_be_chosen_without_sending(lab: OpenLab) -> None:
    page = lab(SLUG)
    send(page, "ana")
    expect(page.locator("#lanes .sd-figure")).to_have_text("client user:ana")
    sender(page, "ben").get_by_role("button", name=re.compile("^ben")).click()
    expect(page.locator("#lanes")).to_contain_text("No request yet. Send one as ben")
