"""The rate limiter in a real browser: send, keep sending, change the rule, break the store."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, look_like

SLUG = "rate-limiter"


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


def test_clients_send_and_are_answered(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=DESKTOP, color_scheme="light")
    lanes = page.locator("#lanes .sd-figure")
    with fact("a click is answered with a mark"):
        send(page, "ana")
        tallied(page, "ana", passed=1, refused=0)
        send(page, "ana", ten=True)
        _answered(page, "ana")
        expect(lanes).to_have_text("client user:ana")
        axe(page)
    with fact("the feed gives the reason and when to come back"):
        refused = page.locator("#feed li").filter(has_text="429, come back in").first
        expect(refused).to_contain_text(re.compile(r"bucket has 0\.\d of 1 token, next in"))
    with fact("the focus can be chosen without sending"):
        sender(page, "ben").get_by_role("button", name=re.compile("^ben")).click()
        expect(page.locator("#lanes")).to_contain_text("No request yet. Send one as ben")
    with fact("six algorithms judge the same requests"):
        _six_algorithms(page)
    with fact("a slider keeps sending"):
        slider = page.get_by_role("slider", name="Requests per second of chi", exact=True)
        slider.fill("10")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.sd-sender')].some(one => "
            "one.textContent.includes('chi') && Number(one.querySelector('.sd-tallied').textContent.split('✕')[1]) > 5)"
        )
        slider.fill("0")
        expect(sender(page, "chi").locator("output")).to_have_text("0.0/s")
    with fact("it works by keyboard alone"):
        page.get_by_role("button", name="Send a request as dev", exact=True).focus()
        page.keyboard.press("Enter")
        tallied(page, "dev", passed=1, refused=0)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        expect(sender(page, "dev").locator("output")).to_have_text("0.5/s")
    with fact("a click is answered with a mark on a phone in the dark"):
        look_like(page, PHONE, "dark")
        send(page, "ben")
        tallied(page, "ben", passed=1, refused=0)
        send(page, "ben", ten=True)
        _answered(page, "ben")
        expect(lanes).to_have_text("client user:ben")
        axe(page)


def _answered(page: Page, name: str) -> None:
    marks = sender(page, name).locator("path.sd-answer")
    expect(marks.and_(page.locator("[data-kind='1']"))).to_have_count(1)
    expect(marks.and_(page.locator("[data-kind='0']"))).to_have_count(1)
    expect(sender(page, name).locator("svg[role=img]")).to_have_attribute(
        "aria-label", re.compile(rf"^{name}, last 30 seconds: \d+ passed, \d+ refused \(429\)$")
    )


def _six_algorithms(page: Page) -> None:
    send(page, "eve", ten=True)
    send(page, "eve", ten=True)
    lanes = page.locator("#lanes svg[role=img]")
    expect(lanes).to_have_attribute(
        "aria-label", re.compile(r"Sliding-window log 1[0-9] passed, (10|[0-9]) refused")
    )
    expect(lanes).to_have_attribute("aria-label", re.compile(r"Leaky bucket [6-9] passed, 1[1-4] refused"))
    page.locator("#accounts").get_by_role("button", name="show as table").click()
    expect(page.locator("#accounts tbody tr")).to_have_count(6)


def test_a_rule_is_marked_when_out_of_range_and_acts_at_once_when_not(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG)
    limit = page.get_by_role("spinbutton", name="Limit, 1 to 1000 requests")
    with fact("a rule out of range is marked and not sent"):
        for nonsense in ("0", "1001", ""):
            limit.fill(nonsense)
            expect(limit).to_have_attribute("aria-invalid", "true")
        send(page, "ana")
        tallied(page, "ana", passed=1, refused=0)
        assert "limit=" not in page.url
    with fact("a new rule acts at once"):
        page.get_by_label("Algorithm that decides").select_option("sliding_log")
        limit.fill("3")
        page.wait_for_function("() => location.search.includes('limit=3')")
        page.wait_for_function("() => location.search.includes('algorithm=sliding_log')")
        send(page, "ben", ten=True)
        tallied(page, "ben", passed=3, refused=7)
        expect(page.locator("#log .sd-figure")).to_have_text("3 / 3")


def test_without_atomicity_the_claim_breaks_and_shows_why(lab: OpenLab) -> None:
    page = lab(SLUG, query="?store=racy&fault=redis:slow")  # slow: everybody has read before anybody writes
    for _ in range(3):
        send(page, "ana", ten=True)
    broken = page.locator(".sd-dock").get_by_role("button", name=re.compile("No client gets more through"))
    expect(broken).to_contain_text("evidence")
    broken.click()
    steps = page.get_by_role("cell", name=re.compile(r"within 10 s, 15 were promised"))
    expect(steps.first).to_be_visible()
    expect(steps.filter(has_text="saw 0 counted")).not_to_have_count(0)


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
    page.get_by_role("button", name="Faults, 1 active").click()
    _a_planned_fault_comes_or_is_called_off(page)


def _a_planned_fault_comes_or_is_called_off(page: Page) -> None:
    menu, planned = page.locator(".sd-faultmenu"), page.locator(".sd-planned")
    menu.get_by_label("When").select_option("in 5 s")
    other = menu.locator("details[open] .sd-fault[data-active=false] button").first
    other.click()
    expect(planned).to_have_text(re.compile(r"^\d\d:\d\d:\d\d \w.*: .* · call off$"))
    planned.dispatch_event("click")
    expect(planned).to_have_count(0)
    other.click()
    expect(page.get_by_role("button", name="Faults, 2 active")).to_be_visible()
    expect(planned).to_have_count(0)
