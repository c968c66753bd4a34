"""Twitter by hand: a draft, a tweet, likes in two stages, a thread, a quote, a search, somebody else's eyes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import (
    DESKTOP,
    PHONE,
    Fact,
    OpenLab,
    Witness,
    axe,
    call,
    look_like,
    room_of,
    use_fingers,
)
from tests.e2e.sluice import Sluice

SLUG = "twitter"
BASE = f"/api/{SLUG}"


def tweets(page: Page) -> Locator:
    """What is on the screen, from the top."""
    return page.locator(".tw-tweet")


def compose(page: Page) -> Locator:
    """Where one writes a tweet."""
    return page.get_by_label("Tweet as", exact=False)


def test_a_tweet_its_likes_and_what_becomes_of_it(lab: OpenLab, fact: Fact, witness: Witness) -> None:
    witness.expect("404")  # the thread of what was deleted
    page = lab(SLUG, viewport=DESKTOP, color_scheme="light")
    expect(tweets(page).first).to_contain_text("rocket launch")
    with fact("a draft stands there, to be sent with one press"):
        expect(compose(page)).to_have_value(re.compile(r"\w+ \w+"))
        expect(page.get_by_role("button", name="Tweet", exact=True)).to_be_enabled()
    with fact(
        "the most liked is on top, and the panel of its counts comes first: Redis is ahead of the database"
    ):
        expect(page.locator(".sd-panel:not(.sd-strip):visible").first).to_have_id("counts")
        counts = (
            page.locator("#counts").get_by_role("row", name=re.compile("rocket launch")).get_by_role("cell")
        )
        expect(counts.nth(0)).to_have_text("122")
        expect(counts.nth(1)).to_have_text("64")
    with fact("what is not known is a dash"):
        expect(page.locator("#lag")).to_contain_text("–")
        expect(page.locator("#lag")).not_to_contain_text("0.00")
    acts = Sluice(page, re.compile("/_event"), from_page=True, shut=False)
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
            _as(page, fan, f"/tweets/{own}/like")
        expect(tweets(page).first.get_by_role("button", name="Like no more")).to_have_text("3")
        row = page.locator("#counts").get_by_role("row", name=re.compile("Quaggas"))
        expect(row.get_by_role("cell").nth(0)).to_have_text("3")
        expect(row.get_by_role("cell").nth(1)).to_have_text("2")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search?" in request.url else None)
    with fact("it is found"):
        page.get_by_role("button", name="Search", exact=True).first.click()
        page.get_by_label("Search tweets").fill("quaggas harbour")
        page.keyboard.press("Enter")
        expect(tweets(page)).to_have_count(1)
        expect(page.locator(".tw-recent")).to_contain_text("quaggas harbour")
        axe(page)
    with fact("what one does with what was found shows there, and one search by hand stays one search"):
        acts.shut = True
        tweets(page).first.get_by_role("button", name="Like no more").click()
        expect(tweets(page).first.get_by_role("button", name="Like", exact=True)).to_have_text("2")
        with page.expect_response(re.compile("sort_by=timestamp")) as answer:
            page.get_by_role("button", name="Newest", exact=True).click()
        assert answer.value.json()["items"][0]["likes"] == 3, "the server has not heard of it"
        expect(page.locator(".tw-sort")).to_contain_text("page 1")
        expect(tweets(page).first.get_by_role("button", name="Like", exact=True)).to_have_text("2")
        acts.open()
        expect(row.get_by_role("cell").nth(0)).to_have_text("2")
        expect(tweets(page).first.get_by_role("button", name="Like", exact=True)).to_have_text("2")
        page.get_by_role("button", name="Most liked", exact=True).click()
        expect(page.get_by_role("button", name="Most liked", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(tweets(page).first.get_by_role("button", name="Like", exact=True)).to_have_text("2")
        assert len(asked) == 3
    with fact("a thread"):
        tweets(page).first.get_by_role("button", name="Thread and replies").click()
        page.get_by_label("Reply to You").fill("I saw them too")
        page.get_by_role("button", name="Reply", exact=True).click()
        expect(tweets(page).nth(1)).to_contain_text("I saw them too")
    with fact("it is edited, and deleted"):
        tweets(page).first.get_by_role("button", name="Edit").click()
        page.get_by_label("Change the tweet").fill("Quaggas at the station")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(tweets(page).first).to_contain_text("station")
        tweets(page).first.get_by_role("button", name="Delete").click()
        expect(page.locator(".tw-none")).to_contain_text("there is no tweet")
        page.get_by_role("button", name="Home", exact=True).click()
        expect(tweets(page).filter(has_text="Quaggas at the station")).to_have_count(0)


def test_others_on_a_phone(lab: OpenLab, fact: Fact, witness: Witness) -> None:
    witness.expect("403")  # the tweets of whom one has blocked
    page = lab(SLUG, viewport=DESKTOP)
    expect(tweets(page).first).to_contain_text("rocket launch")
    with fact("what comes in waits until it is wanted"):
        call(page, "POST", f"{BASE}/tweets", {"text": "From the outside"})
        _as(page, "ada", "/tweets", {"text": "Ada again"})
        pill = page.get_by_role("button", name=re.compile("new tweet"))
        top = tweets(page).first.bounding_box()
        over = pill.bounding_box()
        assert top is not None
        assert over is not None
        assert over["y"] + over["height"] <= top["y"], "it covers no tweet"
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
        expect(page.locator(".tw-none")).to_contain_text("protected")
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
        page.locator(".tw-ask").get_by_role("button", name="Accept").click()
        expect(page.locator(".tw-ask")).to_have_count(0)
    look_like(page, PHONE, "dark")
    use_fingers(page)
    with fact("on a phone"):
        axe(page)


def _as(page: Page, user: str, path: str, data: Any = None) -> None:
    """What somebody else posts in the page's room."""
    address = urlsplit(page.url)
    headers = {"X-SDLab-Room": room_of(page), "Origin": f"{address.scheme}://{address.netloc}"}
    answer = page.request.post(f"{BASE}{path}", data=data, headers={**headers, "X-SDLab-User": user})
    assert answer.ok, answer.text()
