"""A teacher makes a lesson in the browser, out of a lab's beats and what was set up, and teaches it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from sdlab.registry import design
from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, Witness, axe, call, look_like
from tests.e2e.test_classes import at_beat, at_beat_of_leader, join

SLUG = "url-shortener"
OTHER = "top-k"
NewContext = Callable[..., BrowserContext]


def steps(page: Page) -> Locator:
    return page.locator(".ol-step")


def press(step: Locator, name: str) -> None:
    step.get_by_role("button", name=re.compile(f"^{name}")).click()


def test_a_lesson_is_made_rehearsed_saved_and_taught(
    lab: OpenLab, new_context: NewContext, witness: Witness, fact: Fact, tmp_path: Path
) -> None:
    page = lab(SLUG)
    call(page, "POST", f"/api/labs/{OTHER}/faults", _fault(page))
    page.goto("/lessons")
    page.get_by_label("From the lesson of").select_option(SLUG)
    page.get_by_role("button", name="Begin with it").click()
    theirs = design(SLUG).lesson
    assert theirs is not None
    count = len(theirs.beats)
    expect(steps(page)).to_have_count(count)
    page.get_by_label("Title of the lesson").fill("Links, my way")
    with fact("steps change places, by the keyboard too, and the focus goes along"):
        second = steps(page).nth(1).locator("header b").inner_text().partition(". ")[2]
        steps(page).nth(1).get_by_role("button", name=re.compile("^Up")).focus()
        page.keyboard.press("Enter")
        expect(steps(page).first.locator("header b")).to_have_text(f"1. {second}")
        expect(steps(page).first.get_by_role("button", name=re.compile("^Down"))).to_be_focused()
    for _ in range(count - 2):
        press(steps(page).last, "Remove")
    with fact("a skipped step says so"):
        press(steps(page).last, "Skip")
        expect(steps(page).last).to_contain_text("skipped")
        press(steps(page).last, "Skip")
    press(steps(page).first, "Edit")
    first = steps(page).first
    first.get_by_label("Title").fill("What is a short link?")
    first.get_by_label("What to say").fill("Ask **them** first.")
    asks = first.get_by_label("Asks the class before the step is done")
    asks.set_checked(True)
    first.get_by_label("Question", exact=True).fill("How long is it?")
    while first.get_by_role("button", name="Remove answer").count():
        first.get_by_role("button", name="Remove answer").first.click()
    first.get_by_label("Answer 1", exact=True).fill("six characters")
    first.get_by_label("Answer 2", exact=True).fill("sixty characters")
    first.get_by_label("Answer 2 is right").check()
    more = page.get_by_role("region", name="One more step")
    more.get_by_label("Lab", exact=True).select_option(OTHER)
    more.get_by_role("button", name="Record the set-up").click()
    recorded = steps(page).nth(2)
    expect(recorded).to_contain_text("fault: ")
    recorded.get_by_label("Title").fill("")
    with fact("what is wrong is said at its step, and nothing can be taught meanwhile"):
        witness.expect("422")
        expect(recorded.get_by_role("alert")).to_contain_text("title")
        expect(page.get_by_role("button", name="Teach it")).to_be_disabled()
    recorded.get_by_label("Title").fill("A part is missing")
    press(recorded, "Close")
    expect(page.get_by_role("button", name="Teach it")).to_be_enabled()
    with fact("a step is rehearsed"):
        press(steps(page).first, "Rehearse")
        expect(steps(page).first.locator(".ol-verdict")).to_have_attribute("data-verdict", "true")
    press(steps(page).first, "Edit")
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        with fact(f"it is usable at {size['width']} pixels, {scheme}"):
            look_like(page, size, scheme)
            axe(page)
            page.wait_for_function(
                "width => document.documentElement.scrollWidth <= width", arg=size["width"]
            )
    look_like(page, DESKTOP, "light")
    with fact("it is saved as a file and read back, and a bad file is told by step"):
        with page.expect_download() as saved:
            page.get_by_role("button", name="Export").click()
        file = tmp_path / "lesson.json"
        saved.value.save_as(file)
        data = json.loads(file.read_text())
        assert [one.get("beat") for one in data["steps"]] == [2, 1, None]
        page.get_by_label("Import a file").set_input_files(file)
        expect(page.get_by_role("button", name="Links, my way")).to_have_count(2)
        data["steps"][1]["beat"] = 99
        file.write_text(json.dumps(data))
        page.get_by_label("Import a file").set_input_files(file)
        shelf = page.get_by_role("region", name="Lessons in this browser")
        expect(shelf.get_by_role("alert")).to_contain_text("step 2, beat")
    page.reload()
    page.get_by_role("button", name="Links, my way").first.click()
    page.get_by_role("button", name="Teach it").click()
    page.wait_for_url("**/teach/*")
    page.frame_locator(".tp-frame iframe").locator(".tc-class").wait_for(state="attached")
    code = page.locator("[data-code]").get_attribute("data-code")
    assert code
    follower = join(new_context(), code)
    page.get_by_role("button", name="Start").click()
    at_beat_of_leader(page, 1)
    at_beat(follower, 1)
    expect(follower.locator(".tc-classbar")).to_contain_text("What is a short link?")
    follower.get_by_role("button", name="sixty characters").click()
    expect(page.get_by_role("region", name="Question", exact=True)).to_contain_text("1 of 1 voted")
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_role("region", name="Notes")).to_contain_text("Ask them first.")
    page.get_by_label("Jump to beat").select_option("3. A part is missing")
    at_beat_of_leader(page, 3)
    follower.wait_for_url(f"**/labs/{OTHER}**")
    at_beat(follower, 3)
    axe(page)
    with fact("what stays names the lesson and its steps"):
        follower.goto(f"/taught/{page.url.rpartition('/teach/')[2]}")
        expect(follower.get_by_role("heading", name="Links, my way")).to_be_visible()
        expect(follower.get_by_role("link", name="Try beat 3")).to_have_attribute(
            "href", f"/labs/{OTHER}?room=own&fault={_node(page)}:down"
        )
    page.get_by_role("button", name="To the lab's own lesson").click()
    expect(page.get_by_role("link", name="Lessons of your own")).to_be_visible()


def _node(page: Page) -> str:
    answer = page.request.get(f"/api/labs/{OTHER}").json()
    return str(next(one["id"] for one in answer["nodes"] if any(f["kind"] == "down" for f in one["faults"])))


def _fault(page: Page) -> dict[str, str]:
    return {"node": _node(page), "kind": "down"}
