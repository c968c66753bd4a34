"""The feed by hand: two people side by side, a celebrity, endless scrolling, following, deleting."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, call, look_like, show_side, use_fingers

SLUG = "facebook-feed"
BASE = f"/api/{SLUG}"
READING = "at => Number(document.activeElement.getAttribute('aria-posinset')) === at"
NEW = re.compile(r"\d+ new posts?")


def side(page: Page, title: str) -> Locator:
    """One of the two people."""
    return page.get_by_role("region", name=title, exact=True)


def post(page: Page, text: str) -> None:
    """Write as the author."""
    page.get_by_label("Post as author", exact=True).fill(text)
    page.keyboard.press("Enter")
    expect(side(page, "Author").locator(".so-own li").first).to_contain_text(text)


def timeline(page: Page) -> Locator:
    """The follower's posts."""
    return side(page, "Follower").get_by_role("article")


def set_config(page: Page, **toggles: str) -> None:
    """Choose approaches through the API."""
    call(page, "PATCH", f"/api/labs/{SLUG}/config", {"toggles": toggles})


def test_what_the_author_posts_comes_to_the_follower(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=DESKTOP, color_scheme="light")
    with fact("on a desktop"):
        _comes_to_the_follower(page, "hello from the other side")
    look_like(page, PHONE, "light")
    use_fingers(page)
    with fact("on a phone"):
        _comes_to_the_follower(page, "hello from the street")


def _comes_to_the_follower(page: Page, text: str) -> None:
    show_side(page, "Follower")
    expect(timeline(page).first).to_be_visible()
    first = timeline(page).first.get_attribute("data-post")
    show_side(page, "Author")
    post(page, text)
    expect(side(page, "Author").locator(".so-own li").first).to_contain_text("in all 86 feeds")
    show_side(page, "Follower")
    pill = side(page, "Follower").get_by_role("button", name=NEW)
    expect(pill).to_have_text(re.compile("1 new post$"))
    assert timeline(page).first.get_attribute("data-post") == first
    pill.click()
    expect(timeline(page).first).to_contain_text(text)
    expect(pill).to_have_count(0)
    axe(page)


def test_the_timeline_is_read_by_keyboard_and_goes_on_to_its_end(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=DESKTOP)
    expect(timeline(page).nth(9)).to_be_visible()
    with fact("it can be read with the keyboard"):
        timeline(page).first.focus()
        for number in range(2, 13):
            page.keyboard.press("PageDown")
            page.wait_for_function(READING, arg=number)
        page.keyboard.press("PageUp")
        page.wait_for_function(READING, arg=11)
    with fact("it goes on to its end without repeating"):
        box, end = side(page, "Follower").locator(".so-scroll"), "That is all there is."
        while not side(page, "Follower").get_by_text(end).count():
            shown = timeline(page).count()
            box.hover()
            page.mouse.wheel(0, 3000)
            page.wait_for_function(
                "([shown, end]) => document.querySelectorAll('[data-post]').length > shown"
                " || document.body.innerText.includes(end)",
                arg=[shown, end],
            )
        ids = timeline(page).evaluate_all("all => all.map(one => Number(one.dataset.post))")
        assert len(ids) == len(set(ids)) > 40
        assert ids == sorted(ids, reverse=True)


def test_new_posts_do_not_move_what_is_read(lab: OpenLab) -> None:
    page = lab(SLUG, viewport=DESKTOP)
    expect(timeline(page).nth(9)).to_be_visible()
    box = side(page, "Follower").locator(".so-scroll")
    box.evaluate("one => one.scrollTo(0, 150)")
    before = timeline(page).first.bounding_box()
    for number in range(3):
        post(page, f"number {number}")
    expect(side(page, "Follower").get_by_role("button", name="3 new posts")).to_be_visible()
    assert timeline(page).first.bounding_box() == before
    side(page, "Follower").get_by_role("button", name="3 new posts").click()
    expect(timeline(page).nth(2)).to_contain_text("number 0")


def test_the_celebrity_is_merged_in_and_written_ahead_by_push(lab: OpenLab) -> None:
    page = lab(SLUG, viewport=DESKTOP)
    page.get_by_role("button", name="★ Be the celebrity").click()
    expect(side(page, "Author")).to_contain_text("Hugo Banerjee")
    post(page, "hello, fans")
    own = side(page, "Author").locator(".so-own li").first
    expect(own).to_contain_text("merged for 878")
    side(page, "Follower").get_by_role("button", name=NEW).click()
    expect(timeline(page).first).to_contain_text("hello, fans")
    set_config(page, fanout="queue")
    post(page, "hello again")
    expect(own).to_contain_text("in all 878 feeds")
    expect(page.locator(".so-graph p")).to_have_text(re.compile(r"878 of 878 feeds.*by worker \d"))


def test_unfollowing_and_deleting_take_posts_away(lab: OpenLab) -> None:
    page = lab(SLUG, viewport=DESKTOP)
    post(page, "short-lived")
    side(page, "Follower").get_by_role("button", name=NEW).click()
    expect(timeline(page).first).to_contain_text("short-lived")
    side(page, "Author").get_by_role("button", name=re.compile("^Delete post")).first.click()
    expect(timeline(page).first).not_to_contain_text("short-lived")
    expect(side(page, "Follower").get_by_label("Posts for Nadia Haruki")).to_contain_text("Mads Kovac")
    side(page, "Follower").get_by_role("button", name="Unfollow Mads", exact=True).click()
    expect(side(page, "Follower").get_by_label("Posts for Nadia Haruki")).not_to_contain_text("Mads Kovac")
    expect(side(page, "Follower")).to_contain_text("follows 22")
    side(page, "Follower").get_by_role("button", name="Follow Mads", exact=True).click()
    expect(side(page, "Follower").get_by_label("Posts for Nadia Haruki")).to_contain_text("Mads Kovac")


def test_one_can_be_anybody(lab: OpenLab) -> None:
    page = lab(SLUG, viewport=DESKTOP)
    page.get_by_role("button", name="Act as somebody else on the side of the follower").click()
    page.get_by_label("Find by name").fill("beatriz gupta")
    axe(page)
    side(page, "Follower").get_by_role("button", name=re.compile("^Beatriz Gupta")).first.click()
    expect(side(page, "Follower")).to_contain_text("823 followers")
    expect(side(page, "Follower")).to_contain_text("Timeline")
    page.get_by_role("button", name="Whom Mads Kovac follows").click()
    rows = side(page, "Author").locator(".so-people li")
    expect(rows).to_have_count(15)
    rows.first.get_by_role("button").click()
    expect(side(page, "Author")).to_contain_text("follows 14")


def test_a_refusal_stands_where_one_wrote(lab: OpenLab, witness: Any) -> None:
    witness.expect("503")  # the next page of the timeline may just be asked for
    page = lab(SLUG, viewport=DESKTOP)
    call(page, "POST", f"/api/labs/{SLUG}/faults", {"node": "posts", "kind": "down"})
    page.get_by_label("Post as author", exact=True).fill("lost?")
    page.keyboard.press("Enter")
    expect(side(page, "Author").get_by_role("alert")).to_contain_text("post store is down")


def test_the_examples_run_with_their_tokens(lab: OpenLab, witness: Any) -> None:
    page = lab(SLUG, query="?tab=api", viewport=DESKTOP)
    witness.expect("status of 4")
    pane = page.locator("#pane-api")
    for name in ("Run: A token to act as the most followed member", "Run: And one to act as somebody else"):
        pane.get_by_role("button", name=name, exact=True).click()
    for name, status in (("Run: Follow", "200"), ("Run: Post", "201"), ("Run: Without a token", "401")):
        pane.get_by_role("button", name=name, exact=True).click()
        expect(pane.locator(".sd-answer").filter(has_text=status).first).to_be_visible()
    expect(pane.locator("pre").filter(has_text="Authorization: Bearer ey").first).to_be_visible()
