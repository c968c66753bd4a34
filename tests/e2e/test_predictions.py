"""A prediction in several browsers: drawn with mouse, finger and keys, measured, shown over what was measured."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, look_like, wait_until_live
from tests.e2e.test_classes import FOLLOWING, NewContext, join, open_class, room_of, stage

SLUG = "url-shortener"
SENT = "Sent. You may change it until the run begins."


OWN_LESSON = {
    "title": "Links, my way",
    "steps": [
        {
            "lab": SLUG,
            "beat": 2,
            "predict": {
                "figure": "part.gateway",
                "kind": "value",
                "seconds": 45,
                "change": "Traffic begins.",
            },
        }
    ],
}
TEACH = """({room, lesson}) => fetch(`/api/classes/${room}/lesson`, {
  method: 'PUT', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(lesson),
}).then(answer => answer.json())"""


def ask(leader: Page, *, figure: str, kind: str = "as a curve") -> Locator:
    card = leader.get_by_role("region", name="Prediction", exact=True)
    card.get_by_label("Figure").select_option(label=figure)
    card.get_by_label("How to predict").select_option(label=kind)
    card.get_by_label("How long it runs").select_option(label="10 s")
    card.get_by_label("What will be changed").fill("Nothing plays.")
    card.get_by_role("button", name="Ask").click()
    return card


def drag(page: Page, pad: Locator) -> None:
    """From the lower left to the upper right, not quite to the ends."""
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.8 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.2 * box["height"], steps=6)
    page.mouse.up()


def swipe(page: Page, pad: Locator) -> None:
    """The same with a finger."""
    box = pad.bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    way = [(0.2, 0.8), (0.4, 0.5), (0.7, 0.2)]
    for kind, (x, y) in zip(("touchStart", "touchMove", "touchMove"), way, strict=True):
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def told(page: Page) -> dict:
    """The class as the server tells that page's browser."""
    room = re.search(r"room=([a-z2-7]{24})", page.url)
    assert room
    found: dict = page.request.get(f"/api/classes/{room[1]}/prediction").json()
    return found


def test_a_prediction_from_its_question_to_the_results(
    lab: OpenLab, new_context: NewContext, fact: Fact
) -> None:
    leader = lab(SLUG)
    code = open_class(leader)
    room = room_of(leader)
    one = join(new_context(), code)
    two = join(new_context(viewport=PHONE, has_touch=True), code)
    three = join(new_context(), code)
    leader.get_by_text("3 following").wait_for()
    with leader.context.expect_page() as opened:
        leader.get_by_role("link", name="Projector").click()
    wall = opened.value
    card = ask(leader, figure="Codes stored (codes)")
    with fact("all are asked, on the projector, too"):
        for page in (one, two, three, wall):
            panel = page.get_by_role("dialog", name="How will it go? Codes stored, over 10 s")
            expect(panel).to_contain_text("Nothing plays.")
        expect(card.get_by_role("status")).to_have_text("0 of 3 have sent")
        axe(leader)
    with fact("a curve is drawn with the mouse, with a finger, and with keys"):
        drag(one, one.locator(".tq-pad"))
        swipe(two, two.locator(".tq-pad"))
        for page in (one, two):
            expect(page.locator(".tq-own")).to_have_attribute("d", re.compile(r"^M8\.0 .*L"))
            expect(page.get_by_role("slider", name="At 10 seconds")).not_to_have_attribute(
                "aria-valuetext", "not drawn yet"
            )
        last = three.get_by_role("slider", name="At 10 seconds")
        last.focus()
        three.keyboard.press("Home")
        three.keyboard.press("PageUp")
        expect(last).to_have_attribute("aria-valuenow", "1")
        expect(three.get_by_role("slider", name="At 8 seconds")).to_have_attribute("aria-valuenow", "0")
        expect(three.locator(".sd-where[data-state='live']").first).to_be_attached()
    with fact("what is cleared is gone, and what is folded is not"):
        one.get_by_role("button", name="Clear").click()
        expect(one.locator(".tq-own")).to_have_count(0)
        expect(one.get_by_role("button", name="Send")).to_be_disabled()
        drag(one, one.locator(".tq-pad"))
        one.get_by_role("button", name="Fold").click()
        expect(one.locator(".tq-pad")).to_have_count(0)
        one.get_by_role("button", name="Unfold").click()
        expect(one.locator(".tq-own")).to_have_count(1)
    with fact("each sends one, and may send it again"):
        for page in (one, two, three):
            page.get_by_role("button", name="Send").click()
            page.get_by_text(SENT).wait_for()
        expect(card.get_by_role("status")).to_have_text("3 of 3 have sent")
        expect(wall.locator(".tq-panel")).to_contain_text("3 of 3 have sent")
        drag(one, one.locator(".tq-pad"))
        one.get_by_text("Changed, and not sent yet.").wait_for()
        one.get_by_role("button", name="Send again").click()
        one.get_by_text(SENT).wait_for()
        expect(card.get_by_role("status")).to_have_text("3 of 3 have sent")
    with fact(
        "before it is shown nobody sees another's; a reload keeps one's own, the leader's keeps the state"
    ):
        assert one.locator(".tq-one").count() == 0
        drawn = one.locator(".tq-own").get_attribute("d")
        one.reload()
        one.get_by_text(SENT).wait_for()
        expect(one.locator(".tq-own")).to_have_attribute("d", drawn or "")
        leader.reload()
        expect(card.get_by_role("status")).to_have_text("3 of 3 have sent")
    with fact("drawing is accessible, on a phone and in the dark, and fits"):
        axe(one)
        axe(two)
        look_like(two, PHONE, "dark")
        axe(two, within=(".tq-panel",))
        two.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_role("button", name="Close and run").click()
    with fact("once the run has begun nobody sends any more"):
        expect(one.locator(".tq-panel")).to_contain_text(
            "It is being measured now: watch the lab. Yours is in."
        )
        late = join(new_context(), code)
        expect(late.locator(".tq-panel")).to_contain_text("You have sent none.")
    card.get_by_role("button", name="Show to all").wait_for()
    with fact("the leader sees what came out first"):
        expect(card.locator(".tq-measured").first).to_be_attached()
        assert one.locator(".tq-measured").count() == 0
        assert one.request.get(f"/api/classes/{room}/prediction").status == 409
    card.get_by_role("button", name="Show to all").click()
    with fact("then all sketches lie over what was measured, on every screen, with one's own among them"):
        for page in (one, two, three, late, wall):
            panel = page.locator(".tq-panel[data-state='shown']")
            expect(panel.locator("svg[role='img'] .tq-one")).to_have_count(3)
            expect(panel.locator("svg[role='img'] .tq-measured")).to_have_count(1)
            expect(panel.locator("svg[role='img'] .tq-own")).to_have_count(int(page in (one, two, three)))
        expect(three.locator(".tq-mine")).to_contain_text("Yours was off by")
        found = told(one)
        assert (found["sent"], found["size"], found["measured"][0][1]) == (3, 3, 0)
        for page in (one, two, leader):
            axe(page)
    with fact("the leader's card is accessible and fits"):
        for size, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
            look_like(leader, size, scheme)
            axe(leader)
            leader.wait_for_function(
                "width => document.documentElement.scrollWidth <= width", arg=size["width"]
            )
    card.get_by_role("button", name="Put away").click()
    with fact("put away, it is on no screen any more, and the results have it"):
        for page in (one, wall):
            expect(page.locator(".tq-panel")).to_have_count(0)
        with leader.expect_download() as saved:
            leader.get_by_role("link", name="CSV").click()
        assert (
            "prediction: Codes stored (codes), 10 s; Nothing plays." in Path(saved.value.path()).read_text()
        )
        three.goto(f"/taught/{room}")
        results = three.get_by_role("region", name="Predictions")
        expect(results).to_contain_text("Yours was off by")
        expect(results.locator("svg[role='img'] .tq-own")).to_have_count(1)
        axe(three)


def test_a_value_is_predicted_and_goes_with_the_beat(
    lab: OpenLab, new_context: NewContext, fact: Fact
) -> None:
    leader = lab(SLUG)
    code = open_class(leader)
    one = join(new_context(), code)
    card = ask(leader, figure="Codes stored (codes)", kind="as a value")
    number = one.get_by_role("spinbutton", name="After 10 s, in codes")
    with fact("a number is written, or drawn as a line; what is out of the range is refused by the page"):
        number.fill("11")
        one.get_by_role("button", name="Send").click()
        assert number.evaluate("one => one.validity.rangeOverflow")
        expect(one.get_by_text("Not sent yet.")).to_be_visible()
        drag(one, one.locator(".tq-pad"))
        assert 5 < float(number.input_value()) <= 10
        number.fill("2.5")
        one.get_by_role("button", name="Send").click()
        one.get_by_text(SENT).wait_for()
        axe(one)
    with fact("another beat takes it off all screens"):
        leader.get_by_label("Jump to beat").select_option("1")
        expect(one.locator(".tq-panel")).to_have_count(0)
        expect(card.get_by_role("button", name="Ask")).to_be_visible()
    with fact("with a beat that waits, the run begins with its step"):
        leader.get_by_label("Jump to beat").select_option("3")
        one.locator(".tc-class[data-beat='3']").wait_for(state="attached")
        ask(leader, figure="Codes stored (codes)", kind="as a value")
        one.get_by_role("spinbutton", name="After 10 s, in codes").fill("2")
        one.get_by_role("button", name="Send").click()
        one.get_by_text(SENT).wait_for()
        card.get_by_role("button", name="Close, run and reveal the beat").click()
        leader.locator(".tp[data-revealed='true']").wait_for()
        card.get_by_role("button", name="Show to all").click()
        expect(one.locator(".tq-mine")).to_contain_text("You said 2 codes")
        wait_until_live(one)
        one.get_by_text(FOLLOWING).wait_for()
        stage(leader).locator(".sd-where[data-state='live']").first.wait_for(state="attached")
    with fact("a step of a lesson of one's own says what to ask for, with one press"):
        leader.evaluate(TEACH, {"room": room_of(leader), "lesson": OWN_LESSON})
        leader.get_by_label("Jump to beat").select_option("1")
        expect(card).to_contain_text("this step asks for one")
        expect(card.get_by_label("Figure")).to_have_value("part.gateway")
        card.get_by_role("button", name="Ask").click()
        expect(one.locator(".tq-panel")).to_contain_text("What will it be? Calls of gateway, after 45 s")
        expect(one.locator(".tq-panel")).to_contain_text("Traffic begins.")
