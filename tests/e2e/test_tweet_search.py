"""The product in the browser: search, order, page on, post and find, like."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Fact, OpenLab

SLUG = "tweet-search"


def test_search_post_and_like(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG)
    results = page.get_by_role("list", name="Results").get_by_role("listitem")
    query = page.get_by_role("searchbox")
    with fact("a search is on the page, with the lists of its words"):
        expect(results.first).to_contain_text(re.compile("good coffee", re.IGNORECASE))
        expect(page.locator("#postings")).to_contain_text("coffe")
    with fact("words are found in other forms, with the keyboard alone"):
        query.fill("running trains")
        query.press("Enter")
        expect(page.get_by_text(re.compile("tweets for “running trains”"))).to_be_visible()
    with fact("the newest come first, and the next page goes on"):
        page.get_by_role("button", name="coffee", exact=True).click()
        page.get_by_role("radio", name="Newest").check(force=True)
        expect(results).to_have_count(10)
        page.get_by_role("button", name="Next page", exact=True).click()
        expect(results).to_have_count(20)
    with fact("a tweet is found soon after it was posted"):
        page.get_by_role("textbox", name="Text of the tweet").fill("my good coffee zebra")
        page.get_by_role("button", name="Post", exact=True).click()
        expect(page.get_by_text(re.compile("was found .* s after it was posted"))).to_be_visible()
        query.fill("zebra")
        query.press("Enter")
        expect(results).to_have_count(1)
    with fact("it is liked once, and the panel shows it"):
        like = results.first.get_by_role("button")
        like.click()
        expect(like).to_contain_text("1")
        like.click()
        expect(like).to_contain_text("1")
        expect(page.locator("#likes")).to_contain_text("index writes for them")
    with fact("what was refused stays in the field"):
        query.fill('""')
        query.press("Enter")
        expect(page.locator("#wrong-query")).to_contain_text("has a word")
        expect(query).to_have_value('""')
    with fact("no word, no tweet"):
        query.fill("qqqq")
        query.press("Enter")
        expect(page.get_by_text("No tweet has all these words.")).to_be_visible()
