"""The product in the browser: narrow the wall, tag a picture, rename and merge, and see the lists meet."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.e2e.conftest import EMPTY_ROOM, Fact, OpenLab, Witness

SLUG = "tagging-service"
READ_ITEM = re.compile(f"/api/{SLUG}/items/\\d+$")
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_a_wall_narrows_and_tags_change(lab: OpenLab, fact: Fact, witness: Witness) -> None:
    witness.expect("409")  # a name that another tag has
    page = lab(SLUG, query=EMPTY_ROOM)
    found = page.locator(".tw-found b")
    with fact("it opens with a query, and lists that meet"):
        expect(page.locator(".tw-found")).to_contain_text("of 3,000 pictures")
        before = found.inner_text()
        expect(page.locator("#postings .walk")).to_have_text("night ∩ circle")
        expect(page.locator("#plan .sd-plantree .box").first).to_be_visible()
    with fact("a tag is completed with the keyboard and narrows the wall"):
        field = page.get_by_role("combobox", name="Add a tag to the query")
        field.fill("re")
        expect(page.get_by_role("option").first).to_contain_text("red")
        field.press("ArrowDown")
        field.press("Enter")
        expect(found).not_to_have_text(before)
        expect(page.locator("#postings .walk")).to_have_text("night ∩ circle ∩ red")
        expect(page.locator("#postings .sd-postings .name")).to_have_count(3)
    with fact("the walk is stepped through"):
        page.get_by_role("slider", name="Step of the walk").fill("3")
        expect(page.locator("#postings .said")).to_contain_text("looked at")
        expect(page.locator("#postings .player")).to_contain_text(re.compile(r"3 of \d+"))
    with fact("a tag is turned into “none of”, and leaves"):
        page.get_by_role("button", name="red: all of; change to any of").click()
        page.get_by_role("button", name="red: any of; change to none of").click()
        expect(page.locator("#postings .walk")).to_have_text("night ∩ circle ∖ red")
        page.get_by_role("button", name="Leave red out of the query").click()
        expect(found).to_have_text(before)
    with fact("a picture opens, gets a tag, and loses it"):
        wall = page.get_by_role("application")
        wall.focus()
        with page.expect_response(READ_ITEM) as opened:
            wall.press("ArrowRight")
        tags = page.get_by_role("list", name="Tags of the picture")
        expect(tags).to_contain_text("night")
        active = page.get_by_role("checkbox", name="active only")
        held: list[Route] = []
        page.route(READ_ITEM, lambda route: route.continue_() if held else held.append(route))
        with page.expect_request(READ_ITEM):  # the wall changes, so that the picture is read again
            active.check(force=True)
        field = page.get_by_role("combobox", name="Tag this picture")
        field.fill("Harbour Light")
        field.press("Enter")
        expect(tags).to_contain_text("harbour light")
        with page.expect_event("requestfinished", lambda one: one == held[0].request):
            held[0].fulfill(json=opened.value.json())
        page.evaluate(TWO_FRAMES)
        expect(tags).to_contain_text("harbour light")  # what was read before does not take it away
        page.unroute(READ_ITEM)
        active.uncheck(force=True)
        page.get_by_role("button", name="Take harbour light off").click()
        expect(tags).not_to_contain_text("harbour light")
    with fact("a tag is renamed; a name that is taken is refused beside its field"):
        page.get_by_role("button", name="Rename a tag").click()
        form = page.get_by_role("group", name="Rename a tag")
        form.get_by_label("Tag", exact=True).fill("circle")
        form.get_by_label("New name").fill("square")
        form.get_by_role("button", name="Rename").click()
        expect(form).to_contain_text("merge the two instead")
        form.get_by_label("New name").fill("disc")
        form.get_by_role("button", name="Rename").click()
        expect(page.locator("#postings .walk")).to_have_text("night ∩ disc")
    with fact("two tags are merged"):
        page.get_by_role("button", name="Merge two tags").click()
        form = page.get_by_role("group", name="Merge two tags")
        form.get_by_label("This tag").fill("square")
        form.get_by_label("goes into").fill("disc")
        form.get_by_role("button", name="Merge").click()
        expect(found).not_to_have_text(before)
        expect(page.get_by_role("region", name="Tags")).not_to_contain_text("square")
