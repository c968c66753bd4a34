"""Twitter by hand: a draft, a tweet, likes in two stages, a thread, a quote, a search, somebody else's eyes."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, call, look_like, room_of, use_fingers

SLUG = "twitter"
BASE = f"/api/{SLUG}"


def tweets(page: Page) -> Locator:
    """What is on the screen, from the top."""
    return page.locator(".tw-tweet")


def compose(page: Page) -> Locator:
    """Where one writes a tweet."""
    return page.get_by_label("Tweet as", exact=False)


def test_a_tweet_its_likes_and_what_becomes_of_it(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=DESKTOP, color_scheme="light")
    expect(tweets(page).first).to_contain_text("rocket launch")
    with fact("a draft survives a reload"):
        compose(page).fill("An unfinished thought")
        page.reload()
        expect(compose(page)).to_have_value("An unfinished thought")
    with fact("what is too long is not sent"):
        compose(page).fill("x" * 281)
        expect(page.get_by_role("button", name="Tweet", exact=True)).to_be_disabled()
    with fact("a tweet stands on top"):
        compose(page).fill("Quaggas at the harbour")
        page.get_by_role("button", name="Tweet", exact=True).click()
        expect(tweets(page).first).to_contain_text("Quaggas at the harbour")
        expect(compose(page)).to_have_value("")
    with fact("three likes: Redis has three, the database two"):
        own = tweets(page).first.get_attribute("data-id")
        tweets(page).first.get_by_role("button", name="Like", exact=True).click()
        for fan in ("bob", "cem"):
            page.request.post(f"{BASE}/tweets/{own}/like", headers=_as(page, fan))
        expect(tweets(page).first.get_by_role("button", name="Like no more")).to_have_text("3")
        row = page.locator("#counts").get_by_role("row", name=re.compile("Quaggas"))
        expect(row.get_by_role("cell").nth(0)).to_have_text("3")
        expect(row.get_by_role("cell").nth(1)).to_have_text("2")
    with fact("it is found"):
        page.get_by_role("button", name="Search", exact=True).first.click()
        page.get_by_label("Search tweets").fill("quaggas harbour")
        page.keyboard.press("Enter")
        expect(tweets(page)).to_have_count(1)
        expect(page.locator(".tw-recent")).to_contain_text("quaggas harbour")
        axe(page)
    with fact("a thread"):
        tweets(page).first.get_by_role("button", name="Thread and replies").click()
        page.get_by_label("Reply to You").fill("I saw them too")
        page.get_by_role("button", name="Reply", exact=True).click()
        expect(tweets(page).nth(1)).to_contain_text("I saw them too")
    with fact("it is edited, and deleted"):
        tweets(page).first.get_by_role("button", name="Edit").click()
        page.get_by_label("Change the tweet").fill("Quaggas at the station")
        page.get_by_role("button", name="Save").click()
        expect(tweets(page).first).to_contain_text("station")
        tweets(page).first.get_by_role("button", name="Delete").click()
        expect(page.get_by_text(re.compile("there is no tweet"))).to_be_visible()
        page.get_by_role("button", name="Home", exact=True).click()
        expect(page.get_by_text("Quaggas at the station")).to_have_count(0)


def test_others_on_a_phone(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=DESKTOP)
    expect(tweets(page).first).to_contain_text("rocket launch")
    with fact("what comes in waits until it is wanted"):
        call(page, "POST", f"{BASE}/tweets", {"text": "From the outside"})
        page.request.post(f"{BASE}/tweets", data={"text": "Ada again"}, headers=_as(page, "ada"))
        pill = page.get_by_role("button", name=re.compile("new tweet"))
        pill.click()
        expect(tweets(page).first).to_contain_text("Ada again")
    with fact("a quote"):
        tweets(page).first.get_by_role("button", name="Quote", exact=True).click()
        page.get_by_label("Quote the tweet").fill("Hear, hear")
        page.locator(".tw-tweet .tw-send").get_by_role("button", name="Quote").click()
        expect(tweets(page).first.locator(".tw-quoted")).to_contain_text("Ada again")
    with fact("who is blocked is not seen"):
        tweets(page).nth(1).locator(".tw-name").click()
        page.get_by_role("button", name="Block").click()
        expect(page.get_by_text("protected")).to_be_visible()
        page.get_by_role("button", name="Home", exact=True).click()
        expect(tweets(page).first.locator(".tw-quoted")).to_contain_text("not available")
    with fact("a private account is asked, and accepts"):
        page.get_by_role("button", name="People", exact=True).click()
        page.get_by_role("button", name=re.compile("Vera Popescu")).click()
        page.get_by_role("button", name="Ask to follow").click()
        page.get_by_role("button", name=re.compile("Be somebody else")).click()
        page.get_by_role("group", name=re.compile("Be somebody else")).get_by_role(
            "button", name=re.compile("Vera")
        ).click()
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    look_like(page, PHONE, "dark")
    use_fingers(page)
    with fact("on a phone"):
        axe(page)


def _as(page: Page, user: str) -> dict[str, str]:
    """Headers of somebody else in the page's room."""
    return {"X-SDLab-User": user, "X-SDLab-Room": room_of(page)}
