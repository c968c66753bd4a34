"""Two phones in the browser: drag, fling, keys and buttons; a match on both; refills, filters, a slow replica."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PHONE, Fact, OpenLab, Witness, axe, look_like, show_side

SLUG = "tinder"
IN_HAND = re.compile(r"[1-9]\d* in hand")


def phone(page: Page, user: str) -> Locator:
    return page.locator(f".td-phone[data-user={user}]")


def top(page: Page, user: str) -> str:
    """The id of the card on top."""
    return phone(page, user).locator(".td-top").get_attribute("data-id") or ""


def ready(page: Page, user: str = "visitor") -> Locator:
    """That phone, once it holds cards."""
    one = phone(page, user)
    expect(one.locator(".td-hand")).to_contain_text(IN_HAND)
    return one


def counted(page: Page, user: str, name: str) -> int:
    return int(phone(page, user).locator(".td-hand").get_attribute(f"data-{name}") or 0)


def grip(card: Locator) -> tuple[float, float]:
    """Where a card is taken."""
    box = card.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 3


def drag(page: Page, card: Locator, by: int) -> None:
    """Far enough to decide, however slowly."""
    x, y = grip(card)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y + 4, steps=8)
    page.mouse.up()


def pull(page: Page, card: Locator, by: int, *, every: float, held: float) -> None:
    """Not far enough to decide: in four moves, one `every` so many seconds, and let go `held` seconds later.

    The times are those that the events carry; nothing is waited for.
    """
    box = card.bounding_box()
    assert box
    assert abs(by) < 0.34 * box["width"]
    session, now = page.context.new_cdp_session(page), time.time()
    x, y = grip(card)
    moves = [
        ("mousePressed", 0.0, 0.0),
        *(("mouseMoved", by * n / 4, n * every) for n in range(1, 5)),
        ("mouseReleased", float(by), 4 * every + held),
    ]
    for kind, at, after in moves:
        event = {"type": kind, "x": x + at, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        session.send("Input.dispatchMouseEvent", event | {"timestamp": now + after})


def swipe_until(page: Page, user: str, wanted: str) -> None:
    """Pass on cards until that person is on top; they rank among the first."""
    for _ in range(10):
        before = top(page, user)
        if before == wanted:
            return
        phone(page, user).get_by_role("button", name="pass").click()
        expect(phone(page, user).locator(".td-top")).not_to_have_attribute("data-id", before)
    raise AssertionError(f"{wanted} did not come early")


def test_a_card_is_dragged_flung_and_springs_back(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG)
    mine = ready(page)
    card = mine.locator(".td-top")
    with fact("the stamp and the tilt follow the hand"):
        _follows_the_hand(page, card)
    with fact("what was moved slowly and not far springs back"):
        first = top(page, "visitor")
        pull(page, card, 20, every=0.05, held=0.12)
        expect(card).to_have_attribute("style", re.compile(r"^(?!.*translate3d)"))
        assert top(page, "visitor") == first
    with fact("far to the right is a like"):
        first = top(page, "visitor")
        drag(page, card, 150)
        expect(card).not_to_have_attribute("data-id", first)
        expect(page.locator("#feed")).to_contain_text("visitor likes")
    with fact("a flick to the left passes on"):
        second = top(page, "visitor")
        pull(page, card, -45, every=0.01, held=0.01)
        expect(card).not_to_have_attribute("data-id", second)
        expect(page.locator("#feed")).to_contain_text("visitor passes on")


def _follows_the_hand(page: Page, card: Locator) -> None:
    before = top(page, "visitor")
    box = card.bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 44, steps=5)
    style = card.evaluate("one => [one.style.transform, getComputedStyle(one).getPropertyValue('--like')]")
    assert "translate3d(60px, 4px" in style[0]
    assert "rotate(0deg)" not in style[0]
    assert float(style[1]) > 0.5
    page.mouse.move(box["x"] + 60, box["y"] + 40, steps=3)
    page.mouse.up()
    expect(card).to_have_attribute("style", re.compile(r"^(?!.*translate3d)"))
    assert top(page, "visitor") == before


def test_the_next_card_costs_no_request_and_refills_come_before_the_hand_is_empty(lab: OpenLab) -> None:
    page = lab(SLUG)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if f"/api/{SLUG}/feed" in one.url else None)
    mine = ready(page)
    stack = mine.locator(".td-stack")
    stack.focus()
    seen = [top(page, "visitor")]
    for _ in range(14):
        page.keyboard.press("ArrowLeft")
        seen.append(top(page, "visitor"))
    assert asked == []
    assert len(set(seen)) == 15
    assert counted(page, "visitor", "waited") == 0
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
        expect(mine.locator(".td-hand")).to_contain_text(IN_HAND)
        seen.append(top(page, "visitor"))
    assert len(set(seen)) == 45
    assert 1 <= len(asked) <= 4
    assert counted(page, "visitor", "swipes") == 44
    page.wait_for_function(
        "() => document.querySelector('[data-user=visitor] .td-hand').dataset.requests >= 2"
    )


@pytest.mark.parametrize("way", ["atomic in Redis", "partition per pair"])
def test_liking_each_other_pops_up_on_both_phones(lab: OpenLab, way: str) -> None:
    page = lab(SLUG)
    page.locator("#dive-match").get_by_role("radio", name=way, exact=True).check(force=True)
    page.wait_for_function(
        "label => document.querySelector('#dive-match input:checked').closest('label').innerText.includes(label)",
        arg=way,
    )
    ready(page), ready(page, "sam")
    swipe_until(page, "visitor", "sam")
    swipe_until(page, "sam", "visitor")
    page.get_by_role("button", name="Alex: like").click()
    expect(page.locator("#feed")).to_contain_text("visitor likes Sam")
    page.get_by_role("button", name="Sam: like").click()
    for user in ("visitor", "sam"):
        expect(phone(page, user).locator(".td-match")).to_contain_text("Match!")
    axe(page)
    for user in ("visitor", "sam"):
        phone(page, user).get_by_role("button", name="Keep swiping").click()
        expect(phone(page, user).locator(".td-match")).to_have_count(0)
    page.get_by_role("button", name="Alex: 1 matches").click()
    expect(phone(page, "visitor").locator(".td-met")).to_contain_text("Sam")
    expect(page.locator("#race")).to_contain_text("A match.")


def test_filters_bring_other_people_and_bad_ones_say_why(lab: OpenLab, fact: Fact, witness: Witness) -> None:
    page = lab(SLUG)
    mine = ready(page)
    sheet = mine.get_by_role("form")
    with fact("the cards are thrown away, and other people come"):
        page.get_by_role("button", name="Alex: filters").click()
        sheet.get_by_label("from age").fill("40")
        sheet.get_by_label("to", exact=True).fill("50")
        sheet.get_by_label("I am in").select_option("country")
        sheet.get_by_role("button", name="Apply").click()
        expect(sheet).to_have_count(0)
        expect(mine.locator(".td-hand")).to_contain_text(IN_HAND)
        expect(mine.locator(".td-name span").last).to_have_text(re.compile(r"4\d|50"))
        expect(page.locator("#stale")).to_contain_text(re.compile(r"dropped\s*[1-9]"))
        assert witness.complaints() == []
    witness.expect("422")
    with fact("bad filters say why and change nothing"):
        before = top(page, "visitor")
        page.get_by_role("button", name="Alex: filters").click()
        sheet.get_by_label("from age").fill("60")
        sheet.get_by_label("to", exact=True).fill("30")
        sheet.get_by_role("button", name="Apply").click()
        expect(sheet.get_by_role("alert")).to_contain_text("age_min")
        sheet.get_by_role("button", name="Cancel").click()
        assert top(page, "visitor") == before


def test_two_strangers_at_once_are_missed_by_read_then_write(lab: OpenLab) -> None:
    page = lab(SLUG)
    page.locator("#dive-match").get_by_role("radio", name="read, then write").check(force=True)
    page.wait_for_function("() => location.search.includes('match=replicas')")
    page.get_by_role("button", name="Both at once").click()
    expect(page.locator("#race")).to_contain_text("1 missed")
    expect(page.locator("#race")).to_contain_text("neither saw the other")
    page.locator("#race").get_by_role("button", name="show as table").click()
    expect(page.locator("#race table")).to_contain_text("nothing")


def test_a_swipe_that_was_refused_is_sent_again(lab: OpenLab, witness: Witness) -> None:
    witness.expect("503")
    page = lab(SLUG, query="?fault=west:down")
    mine = ready(page)
    mine.get_by_role("button", name="pass").click()
    expect(mine.locator(".td-said")).to_contain_text("trying again")
    page.locator(".sd-dock").get_by_role("button", name=re.compile("undo", re.IGNORECASE)).first.click()
    expect(page.locator("#feed")).to_contain_text("visitor passes on")


def test_on_a_phone_one_of_the_two_is_shown_and_swiped_by_touch(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=PHONE, color_scheme="light", has_touch=True)
    for scheme in ("light", "dark"):
        look_like(page, PHONE, scheme)
        with fact(f"{scheme}: a card is swiped by touch, and the other phone is one press away"):
            _swiped_by_touch(page)
        show_side(page, "Your phone")


def _swiped_by_touch(page: Page) -> None:
    mine = ready(page)
    expect(phone(page, "sam")).to_be_hidden()
    before = top(page, "visitor")
    mine.locator(".td-top").evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
    x, y = grip(mine.locator(".td-top"))
    session = page.context.new_cdp_session(page)
    points = [{"x": x + step * 24, "y": y} for step in range(7)]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [points[0]]})
    for point in points[1:]:
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(mine.locator(".td-top")).not_to_have_attribute("data-id", before)
    show_side(page, "Sam’s phone")
    expect(phone(page, "sam")).to_be_visible()
    expect(mine).to_be_hidden()


def test_without_motion_cards_go_at_once(lab: OpenLab) -> None:
    page = lab(SLUG, reduced_motion="reduce")
    mine = ready(page)
    before = top(page, "visitor")
    drag(page, mine.locator(".td-top"), 150)
    expect(mine.locator(".td-top")).not_to_have_attribute("data-id", before)
    expect(mine.locator(".td-leaving")).to_have_count(0)


def test_what_was_swiped_in_another_tab_is_gone_here(lab: OpenLab) -> None:
    page = lab(SLUG)
    ready(page)
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    first = top(page, "visitor")
    assert top(other, "visitor") == first
    phone(other, "visitor").get_by_role("button", name="pass").click()
    expect(phone(page, "visitor").locator(".td-top")).not_to_have_attribute("data-id", first)
    assert counted(page, "visitor", "swipes") == 0
