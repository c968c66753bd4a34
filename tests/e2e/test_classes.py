"""A class in several browsers at once: taken along, looking around, voting, and never driving without the right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from sdlab.launcher.server import Server
from sdlab.launcher.testing import LIMITS
from sdlab.registry import design, designs
from tests.e2e.conftest import DESKTOP, PATIENCE, PHONE, Fact, OpenLab, Witness, axe, look_like
from tests.e2e.test_socket import with_session
from tests.machine import budget

SLUG = "url-shortener"
ASKING = 3
FOLLOWING = "Following the class"
AWAY = "You look around"
NewContext = Callable[..., BrowserContext]


def open_class(page: Page) -> str:
    """Make a class of the lab that the tab shows; the code."""
    page.get_by_role("button", name="Teach this").click()
    page.wait_for_url("**/teach/*")
    stage(page).locator(".sd-where[data-state='live']").first.wait_for(state="attached")
    stage(page).locator(".tc-class").wait_for(state="attached")
    code = page.locator("[data-code]").get_attribute("data-code")
    assert code
    return code


def stage(page: Page) -> FrameLocator:
    return page.frame_locator(".tp-frame iframe")


def room_of(page: Page) -> str:
    found = re.search(r"/teach/([^/?]+)", page.url)
    assert found
    return found[1]


def join(context: BrowserContext, code: str) -> Page:
    page = context.new_page()
    page.goto("/join")
    page.get_by_label("Code").fill(code)
    page.get_by_label("Code").press("Enter")
    page.wait_for_url("**/labs/**")
    page.get_by_text(FOLLOWING).wait_for()
    return page


def at_beat_of_leader(page: Page, number: int) -> None:
    page.locator(f".tp[data-beat='{number}']").wait_for()


def at_beat(page: Page, number: int) -> None:
    page.locator(f".tc-class[data-beat='{number}']").wait_for(state="attached")


@pytest.fixture
def leader(lab: OpenLab) -> Page:
    return lab(SLUG)


def test_followers_go_where_the_class_goes(leader: Page, new_context: NewContext) -> None:
    code = open_class(leader)
    one, two = join(new_context(), code.lower()), join(new_context(viewport=PHONE), f"{code[:3]} {code[3:]}")
    leader.get_by_text("2 following").wait_for()
    leader.keyboard.press("PageDown")
    for follower in (one, two):
        at_beat(follower, 1)
        follower.locator("#path[data-spot]").wait_for()
    stage(leader).get_by_role("tab", name="Numbers").click()
    for follower in (one, two):
        expect(follower.locator("#tab-numbers")).to_have_attribute("aria-selected", "true")
    stage(leader).get_by_role("tab", name="Lab", exact=True).click()
    stage(leader).get_by_role("button", name="Pause", exact=True).click()
    clock = stage(leader).locator(".sd-where .mono").inner_text()
    late = join(new_context(), code)
    at_beat(late, 1)
    for follower in (one, two, late):
        follower.locator(".sd-where[data-state='paused']").wait_for()
        expect(follower.locator(".sd-where .mono")).to_have_text(clock)
    stage(leader).get_by_role("button", name="Go on").click()
    for follower in (one, two, late):
        follower.locator(".sd-where[data-state='live']").wait_for()


def test_a_class_of_twenty_minutes_goes_from_beat_to_beat_of_its_cut(leader: Page) -> None:
    script = design(SLUG).script
    assert script is not None
    cut = script.cut(20)
    assert cut is not None
    open_class(leader)
    leader.get_by_label("Length").select_option("20 min")
    for number in cut.beats[:3]:
        if number in cut.asks:
            leader.get_by_role("button", name="Ask the next").click()
            at_beat_of_leader(leader, number)
            leader.get_by_role("button", name="Reveal").click()
        else:
            leader.get_by_role("button", name=re.compile("Start|Next")).click()
            at_beat_of_leader(leader, number)
        notes = leader.get_by_role("region", name="Notes")
        expect(notes).to_contain_text(script.lines[number - 1].say)
        expect(notes).to_contain_text(script.lines[number - 1].mistake)
        expect(notes.locator("details", has_text="What students read")).to_be_visible()
        if number not in cut.discusses:
            expect(notes.locator("details", has_text="If there is time, discuss")).to_be_visible()
    axe(leader)
    leader.get_by_role("button", name="Previous").click()
    at_beat_of_leader(leader, cut.beats[1])


def test_who_looks_around_sees_how_far_behind_and_catches_up(leader: Page, new_context: NewContext) -> None:
    code = open_class(leader)
    follower = join(new_context(), code)
    leader.keyboard.press("PageDown")
    at_beat(follower, 1)
    follower.keyboard.press("4")
    follower.get_by_text(AWAY).wait_for()
    leader.get_by_text("1 looking around").wait_for()
    leader.keyboard.press("PageDown")
    follower.get_by_text("1 beat behind").wait_for()
    expect(follower.locator("#tab-notes")).to_have_attribute("aria-selected", "true")
    follower.keyboard.press("c")
    follower.get_by_text(FOLLOWING).wait_for()
    expect(follower.locator("#tab-lab")).to_have_attribute("aria-selected", "true")
    follower.locator("#generator[data-spot]").wait_for()
    leader.get_by_text("0 looking around").wait_for()
    follower.get_by_role("button", name="Pause", exact=True).click()
    follower.get_by_text(AWAY).wait_for()
    follower.reload()
    follower.get_by_text(FOLLOWING).wait_for()
    at_beat(follower, 2)


def test_only_the_leader_drives_until_everyone_may_click(
    leader: Page, new_context: NewContext, witness: Witness
) -> None:
    code = open_class(leader)
    follower = join(new_context(), code)
    shorten = follower.get_by_role("button", name="Shorten", exact=True)
    follower.locator(".sd-rail").get_by_role("button", name="All", exact=True).click()
    switch = follower.locator("#dive-redirect input").first
    start = follower.get_by_role("button", name="Start", exact=True)
    for control in (shorten, switch, start):
        expect(control).to_be_disabled()
    expect(switch).to_have_css("opacity", "0")  # the label over it is what one sees, locked or not
    expect(follower.get_by_text("The leader of this class drives.").first).to_be_visible()
    witness.expect("403")
    status = follower.evaluate(
        """async room => {
          const ask = (path, method, body) => fetch(path + '?room=' + room, {
            method, headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
          }).then(answer => answer.status);
          return [
            await ask('/api/url-shortener/shorturl/generate', 'POST', {url: 'https://example.org/'}),
            await ask('/api/labs/url-shortener/workload', 'POST', {name: 'read_heavy'}),
            await ask('/api/classes/' + room, 'PATCH', {beat: 2}),
          ];
        }""",
        room_of(leader),
    )
    assert status == [403, 403, 403]
    leader.get_by_role("button", name="Everyone may click: off").click()
    expect(shorten).to_be_enabled()
    expect(start).to_be_disabled()
    follower.get_by_label("Long URL", exact=True).fill("https://example.org/from-the-class")
    shorten.click()
    expect(stage(leader).locator(".sd-items li")).to_have_count(1)
    hand = stage(leader).locator("canvas[data-hand]").get_attribute("data-hand")
    assert hand
    stage(leader).locator("#feed li .tc-hand").first.wait_for()
    follower.get_by_role("button", name="Replay yours").click()
    expect(follower.locator(".sd-replay")).to_contain_text("generate")
    leader.get_by_role("button", name="Everyone may click: on").click()
    expect(shorten).to_be_disabled()


def test_a_question_is_voted_on_before_the_step_and_shown_after_it(
    leader: Page, new_context: NewContext
) -> None:
    code = open_class(leader)
    one, two = join(new_context(), code), join(new_context(viewport=PHONE), code)
    leader.get_by_label("Jump to beat").select_option(str(ASKING))
    for follower in (one, two):
        follower.get_by_role("dialog", name="Question to the class").wait_for()
    axe(two)
    one.get_by_role("button", name="about 600").click()
    two.get_by_role("button", name="about 70").click()
    leader.get_by_text("2 of 2 voted").wait_for()
    one.get_by_role("button", name="about 1,900").click()
    votes = leader.locator(".tc-bars li > b")
    expect(votes).to_have_text(["1", "0", "1", "0"])
    assert one.locator(".tc-bars").count() == 0
    one.reload()
    expect(one.get_by_role("button", name="about 1,900")).to_have_attribute("aria-pressed", "true")
    axe(leader)
    leader.keyboard.press("PageDown")
    for follower in (one, two):
        expect(follower.locator(".tc-bars li > b").nth(0)).to_have_text("1")
        expect(follower.locator(".tc-bars li[data-right='true']")).to_contain_text("about 70")
        follower.get_by_text("The birthday bound").wait_for()
    axe(one)
    with leader.expect_download() as saved:
        leader.get_by_role("link", name="CSV").click()
    text = Path(saved.value.path()).read_text()
    assert "about 70,True,1,2" in text


def test_what_comes_up_in_class(leader: Page, new_context: NewContext, fact: Fact) -> None:
    code = open_class(leader)
    one, two = join(new_context(), code), join(new_context(viewport=PHONE), code)
    with fact("a question typed in class is answered, shown, and put once more after the discussion"):
        _ask_in_class(leader, one, two)
    with fact("the class says that it is lost, and asks without names; the teacher lets all see it"):
        _say_in_class(leader, one, two)
    with fact("the beat's question is voted on again, with the votes before beside them"):
        leader.get_by_label("Jump to beat").select_option(str(ASKING))
        one.get_by_role("button", name="about 600").click()
        leader.get_by_role("button", name="Vote again").click()
        expect(one.get_by_role("button", name="about 600")).to_have_attribute("aria-pressed", "false")
        one.get_by_role("button", name="about 70").click()
        expect(leader.locator(".tc-bars li", has_text="about 600")).to_contain_text("was 1")
        expect(one.locator(".tc-poll")).not_to_contain_text("was 1")
    with fact("all see how far the step is, and what was measured before it is veiled"):
        one.evaluate(SEES_VEIL)
        leader.keyboard.press("PageDown")
        for follower in (one, two):
            follower.locator(".tc-step[data-step='shown']").wait_for(state="attached")
        assert one.evaluate("() => window.veils") >= 1
        expect(leader.get_by_label("Notes").locator(".tc-step[data-step='shown']")).to_be_visible()
    with fact("what is lit is not under the question"):
        lit = one.locator("[data-spot]").bounding_box()
        asked = one.locator(".tc-poll").bounding_box()
        assert lit
        assert asked
        assert asked["x"] + asked["width"] <= lit["x"]
    with fact("the pen's line is on every screen, at the same part of the page, and goes with the beat"):
        _draw(leader, one)
        two.locator(".ti-ink polyline").first.wait_for(state="attached")
        leader.keyboard.press("PageDown")
        at_beat(one, ASKING + 1)
        expect(one.locator(".ti-ink")).to_have_count(0)


SEES_VEIL = """() => {
  window.veils = 0;
  new MutationObserver(() => { window.veils += document.documentElement.hasAttribute('data-veiled'); })
    .observe(document.documentElement, {attributes: true});
}"""


def _ask_in_class(leader: Page, one: Page, two: Page) -> None:
    asking = leader.get_by_label("Ask now")
    asking.get_by_label("Question", exact=True).fill("Would you cache this?")
    asking.get_by_label("Countdown").select_option("120")
    asking.get_by_role("button", name="Ask", exact=True).click()
    one.get_by_role("button", name="yes", exact=True).click()
    two.get_by_role("button", name="no", exact=True).click()
    asking.get_by_text("2 of 2 answered").wait_for()
    axe(two)
    axe(leader)
    assert one.locator(".tc-poll .tc-bars").count() == 0
    asking.get_by_role("button", name="Show answers").click()
    for follower in (one, two):
        expect(follower.locator(".tc-poll .tc-bars li > b")).to_have_text(["1", "1"])
    asking.get_by_role("button", name="Ask once more").click()
    for follower in (one, two):
        follower.get_by_role("button", name="yes", exact=True).click()
    asking.get_by_text("2 of 2 answered").wait_for()
    asking.get_by_role("button", name="Show answers").click()
    expect(one.locator(".tc-poll .tc-bars li").nth(0)).to_contain_text("was 1")
    asking.get_by_role("button", name="Put away").click()
    expect(one.locator(".tc-poll")).to_have_count(0)
    asking.get_by_label("Question", exact=True).fill("In a word?")
    asking.get_by_label("How to answer").select_option("words")
    asking.get_by_role("button", name="Ask", exact=True).click()
    one.get_by_label("Your answer").fill("Cache")
    one.get_by_role("button", name="Answer", exact=True).click()
    two.get_by_label("Your answer").fill("oops")
    two.get_by_role("button", name="Answer", exact=True).click()
    asking.get_by_role("button", name="Do not show oops").click()
    asking.get_by_role("button", name="Show answers").click()
    expect(two.locator(".tm-words")).to_contain_text("cache 1")
    expect(two.locator(".tm-words")).not_to_contain_text("oops")
    asking.get_by_role("button", name="Put away").click()


def _say_in_class(leader: Page, one: Page, two: Page) -> None:
    heard = leader.get_by_label("From the class")
    one.get_by_role("button", name="Say something").click()
    one.get_by_role("button", name="I am lost").click()
    heard.get_by_text("1 lost").wait_for()
    one.get_by_label("A question, without your name").fill("What is a shard?")
    one.get_by_role("button", name="Ask", exact=True).click()
    heard.get_by_role("button", name="Show to all").click()
    two.get_by_role("button", name="Say something, 1 question to second").click()
    axe(two)
    two.get_by_role("button", name="I want this answered too: What is a shard?").click()
    heard.get_by_text("▲ 1").wait_for()
    heard.get_by_role("button", name="Done").click()
    expect(one.get_by_text("What is a shard?")).to_have_count(0)
    for follower in (one, two):
        follower.keyboard.press("Escape")


INSIDE = """() => {
  const line = document.querySelector('.ti-ink polyline')?.getBoundingClientRect();
  const lit = document.querySelector('[data-spot]')?.getBoundingClientRect();
  if (!line || !lit) return false;
  const at = (line.left - lit.left) / lit.width;
  return Math.abs(at - 0.25) < 0.02 && line.top >= lit.top && line.bottom <= lit.bottom;
}"""


def _draw(leader: Page, follower: Page) -> None:
    """A line that begins at a quarter of the lit panel's width, which is another width on each screen."""
    with leader.context.expect_page() as opened:
        leader.get_by_role("link", name="Projector").click()
    wall = opened.value
    wall.locator("[data-spot]").wait_for()
    lab = stage(leader)
    lab.get_by_role("button", name="Pen", exact=True).click()
    lit = lab.locator("[data-spot]")
    lit.scroll_into_view_if_needed()
    box = lit.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2
    leader.mouse.move(x, y)
    leader.mouse.down()
    leader.mouse.move(x + 60, y, steps=6)
    leader.mouse.up()
    for screen in (follower, wall):
        screen.wait_for_function(INSIDE)
    wall.close()
    lab.get_by_role("button", name="Pen", exact=True).click()


def test_a_class_from_its_beginning_to_its_end(
    leader: Page, new_context: NewContext, fact: Fact, server_url: str
) -> None:
    code = open_class(leader)
    follower = join(new_context(), code)
    with fact("whoever has not joined is shown the way in"):
        stranger = new_context().new_page()
        stranger.goto(f"/labs/{SLUG}?room={room_of(leader)}&class=1")
        stranger.get_by_role("link", name="Join with a code").wait_for()
        stranger.context.close()
    with fact("the clicker's keys work also from within the lab"):
        _clicks_through(leader, follower)
    with fact("a reload keeps the class, and two tabs of the leader stay in step"):
        _reload_and_lead_from_two_tabs(leader, follower)
    with fact("the projector shows no notes and takes no part"):
        _project(leader)
    with fact("who does not lead sees no presenter's view"):
        curious = follower.context.new_page()
        curious.goto(leader.url)
        curious.get_by_role("heading", name="This class is not yours to lead").wait_for()
        assert curious.get_by_label("Notes").count() == 0
        curious.close()
    with fact("the socket refuses big and foreign messages, and the class goes on"):
        _attack(server_url, room_of(leader))
        leader.get_by_label("Jump to beat").select_option("2")
        at_beat(follower, 2)
    with fact("a class that has ended says so"):
        leader.get_by_role("button", name="End class").click()
        leader.get_by_role("button", name="Yes, end it").click()
        leader.get_by_role("heading", name="This class has ended").wait_for()
        follower.get_by_text("This class has ended.").wait_for()
    with fact("and what was seen stays, for each side, and leads back to the beats"):
        _read_what_stays(leader, follower)
    with fact("and leads out of its room, its teacher too"):
        _leave(follower, "Use the lab in a room of your own")
        _leave(leader, "To the lab, in a room of your own")


def _read_what_stays(leader: Page, follower: Page) -> None:
    with leader.context.expect_page() as opened:
        leader.get_by_role("link", name="Results", exact=True).click()
    results = opened.value
    results.get_by_role("heading", name="What we saw").wait_for()
    axe(results)
    results.close()
    mine = follower.context.new_page()
    mine.goto(f"/taught/{room_of(leader)}")
    mine.get_by_role("heading", name="What we saw").wait_for()
    look_like(mine, PHONE, "dark")
    axe(mine)
    mine.get_by_role("link", name="Try beat 2").click()
    mine.wait_for_url("**/labs/**")
    mine.locator(".tc-tour[data-beat='2']").wait_for()
    mine.close()


def _leave(page: Page, by: str) -> None:
    """Whoever leaves is in a room that is no class's, and stays there."""
    page.get_by_role("link", name=by).click()
    page.wait_for_url("**/labs/**")
    page.locator(".sd-node").first.wait_for()
    page.wait_for_function("() => !location.search.includes('room=')")
    assert page.locator(".tc-class").count() == 0
    page.reload()
    page.locator(".sd-node").first.wait_for()
    assert page.locator(".tc-class").count() == 0


def _clicks_through(leader: Page, follower: Page) -> None:
    stage(leader).locator(".sd-title h1").click()
    leader.keyboard.press("F5")
    at_beat(follower, 1)
    leader.keyboard.press("b")
    follower.get_by_text("The screen is blank").wait_for()
    lowest = "document.elementFromPoint(innerWidth / 2, innerHeight - 8)"
    assert follower.evaluate(f"{lowest}.closest('.tc-blank') !== null"), "the dock shows nothing either"
    leader.keyboard.press("b")
    follower.get_by_text("The screen is blank").wait_for(state="detached")
    leader.locator(".tp[data-beat='1']").wait_for()
    leader.keyboard.press("PageDown")
    at_beat(follower, 2)
    leader.keyboard.press("PageUp")
    at_beat(follower, 1)


def _reload_and_lead_from_two_tabs(leader: Page, follower: Page) -> None:
    leader.reload()
    leader.locator(".tp[data-beat='1']").wait_for()
    leader.get_by_text("1 following").wait_for()
    second = leader.context.new_page()
    second.goto(leader.url)
    second.locator(".tp[data-beat='1']").wait_for()
    stage(second).locator(".tc-class").wait_for(state="attached")
    second.keyboard.press("PageDown")
    leader.locator(".tp[data-beat='2']").wait_for()
    leader.get_by_role("button", name="◁ Previous").click()
    second.locator(".tp[data-beat='1']").wait_for()
    at_beat(follower, 1)
    second.close()


def _project(leader: Page) -> None:
    with leader.context.expect_page() as opened:
        leader.get_by_role("link", name="Projector").click()
    wall = opened.value
    wall.locator(".tc-wallbeat").wait_for()
    note = designs_note()
    expect(leader.get_by_label("Notes")).to_contain_text(note)
    assert wall.get_by_text(note).count() == 0
    assert wall.get_by_role("banner").count() == 0
    leader.get_by_text("1 following").wait_for()
    leader.get_by_label("Jump to beat").select_option(str(ASKING))
    wall.get_by_role("dialog", name="Question to the class").wait_for()
    expect(wall.get_by_role("button", name="about 70")).to_be_disabled()
    wall.close()


def designs_note() -> str:
    lesson = next(one for one in designs() if one.slug == SLUG).lesson
    assert lesson is not None
    return lesson.beats[0].say[:40]


def _attack(server_url: str, room: str) -> None:
    """Claim the leader's right with a forged cookie, then send a megabyte."""
    cookie = f"sdlab_leader_{room[:8]}=leader.{'0' * 32}"

    async def attack(session: aiohttp.ClientSession) -> tuple[int | None, list[str]]:
        address = f"/api/live?lab={SLUG}&room={room}"
        async with session.ws_connect(
            address, headers={"Cookie": cookie, "Origin": server_url}, max_msg_size=0
        ) as forged:
            heard = [json.loads((await forged.receive(timeout=budget(10))).data) for _ in range(5)]
        async with session.ws_connect(address, max_msg_size=0) as big:
            await big.receive(timeout=budget(10))
            await big.send_str("x" * 1024 * 1024)
            while (message := await big.receive(timeout=budget(10))).type is aiohttp.WSMsgType.TEXT:
                continue
            code = message.data if message.type is aiohttp.WSMsgType.CLOSE else big.close_code
            return code, [name for one in heard for name in one]

    closed, heard = with_session(server_url, attack)
    assert closed in (1009, 1006)  # told so, or cut off while it was still on its way
    assert "class" not in heard


def test_a_wrong_code_is_said_to_be_wrong(new_context: NewContext, witness: Witness) -> None:
    witness.expect("404")
    page = new_context().new_page()
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        page.goto("/join?code=%3Cimg%20src=x%20onerror=alert(1)%3E")
        look_like(page, size, scheme)
        expect(page.get_by_label("Code")).to_have_value("IMG SRC")
        page.get_by_label("Code").press("Enter")
        page.get_by_text("No class has that code now").wait_for()
        axe(page)


def test_the_presenters_view_is_accessible_and_fits(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=PHONE, color_scheme="light")
    open_class(page)
    page.keyboard.press("PageDown")
    page.locator(".tp[data-beat='1']").wait_for()
    for size, scheme in ((PHONE, "light"), (DESKTOP, "light"), (DESKTOP, "dark")):
        look_like(page, size, scheme)
        with fact(f"{size['width']} wide, {scheme}: accessible, and it fits"):
            axe(page)
            page.wait_for_function(
                "width => document.documentElement.scrollWidth <= width", arg=size["width"]
            )


@pytest.mark.skipif(len(designs()) < 2, reason="there is one lab only")
def test_a_class_goes_on_in_another_lab(leader: Page, new_context: NewContext) -> None:
    other = next(one for one in designs() if one.slug != SLUG)
    code = open_class(leader)
    follower = join(new_context(), code)
    leader.get_by_label("Go on in another lab").select_option(other.slug)
    follower.wait_for_url(re.compile(rf"/labs/{other.slug}/?\?"))
    follower.get_by_text(FOLLOWING).wait_for()
    stage(leader).get_by_role("heading", name=other.title, level=1).wait_for()
    leader.keyboard.press("PageDown")
    at_beat(follower, 1)


def test_a_class_survives_a_restart_of_the_server(browser: Browser, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = Server.launch(data=data, log=tmp_path / "first.log", env=LIMITS)
    second = None
    contexts: list[BrowserContext] = []
    try:
        url = first.wait_until_ready()
        for _ in range(2):
            contexts.append(browser.new_context(base_url=url))
            contexts[-1].set_default_timeout(3 * PATIENCE)
        page = contexts[0].new_page()
        page.goto(f"/labs/{SLUG}")
        page.locator(".sd-where[data-state='live']").first.wait_for(state="attached")
        follower = join(contexts[1], open_class(page))
        page.keyboard.press("PageDown")
        at_beat(follower, 1)
        contexts.append(browser.new_context(base_url=url))
        reader = contexts[-1].new_page()
        reader.goto(f"/labs/{SLUG}?tab=notes")
        reader.locator(".sd-where[data-state='live']").first.wait_for(state="attached")
        first.stop()
        follower.locator(".sd-where[data-state='lost']").wait_for()
        reader.get_by_text("Connection lost, trying again.").wait_for()  # on every tab
        port = int(url.rpartition(":")[2])
        second = Server.launch(data=data, log=tmp_path / "second.log", port=port, env=LIMITS)
        second.wait_until_ready()
        follower.locator(".sd-where[data-state='live']").wait_for()
        page.get_by_text("1 following").wait_for()
        page.keyboard.press("PageDown")
        at_beat(follower, 2)
        reader.locator(".sd-lostline").wait_for(state="detached")
    finally:
        for one in contexts:
            one.close()
        for server in (first, second):
            if server is not None:
                server.stop()
