"""An exercise in several browsers: begun by the leader, worked on in forks, reached, shown to all, ended."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, Witness, axe, look_like
from tests.e2e.test_classes import FOLLOWING, NewContext, join, open_class, room_of, stage

SLUG = "url-shortener"
TASK = "one URL per code"


def begin(leader: Page) -> None:
    leader.get_by_role("button", name="Set an exercise").click()
    leader.get_by_label("Task").select_option(label=TASK)
    leader.get_by_role("button", name="Begin exercise").click()


def in_fork(page: Page, room: str) -> str:
    """Wait until the page is in a fork of the class in `room`; the fork's own room."""
    page.locator(".tc-classbar[data-state='exercise'][data-live='true']").wait_for()
    page.wait_for_function(
        "room => !new URL(location.href).searchParams.get('room').startsWith(room)", arg=room
    )
    found = re.search(r"room=([a-z2-7]{24})", page.url)
    assert found
    return found[1]


def test_an_exercise_from_its_beginning_to_its_end(
    lab: OpenLab, new_context: NewContext, fact: Fact, witness: Witness
) -> None:
    leader = lab(SLUG)
    code = open_class(leader)
    room = room_of(leader)
    one, two = join(new_context(), code), join(new_context(viewport=PHONE), code)
    leader.get_by_text("2 following").wait_for()
    begin(leader)
    card = leader.get_by_role("region", name="Exercise")
    forks = [in_fork(one, room), in_fork(two, room)]
    assert len({room, *forks}) == 3
    with fact("each works in a fork of their own, with everything unlocked"):
        expect(card).to_contain_text("0 of 2 reached")
        for page in (one, two):
            expect(page.locator(".tc-classbar")).to_contain_text("yours alone")
            expect(page.locator(".te-verdict")).to_have_text("○ not reached yet")
        expect(one.get_by_role("button", name="Shorten", exact=True)).to_be_enabled()
        expect(one.get_by_role("button", name="Start", exact=True)).to_be_enabled()
        axe(one)
        axe(two)
        axe(leader)
    with fact("the lesson waits"):
        expect(leader.get_by_role("button", name="Start")).to_be_disabled()
    with fact("a reload keeps the fork, and who is late gets one"):
        one.reload()
        assert in_fork(one, room) == forks[0]
        late = new_context().new_page()
        late.goto(f"/join?code={code}")
        late.get_by_role("button", name="Join").click()
        assert in_fork(late, room) not in forks
        expect(card).to_contain_text("0 of 3 reached")
        late.close()
    with fact("what breaks in the running lab is reached, and all are told"):
        one.locator(".sd-rail").get_by_role("button", name="Lock on the allocator?").click()
        one.get_by_role("button", name=re.compile("Break it")).first.click()
        expect(one.locator(".te-verdict")).to_contain_text("✓ reached after")
        expect(card).to_contain_text("1 of 3 reached · 2 still at it")
        expect(card.locator("tbody tr").first.locator(".te-verdict")).to_contain_text("✓ reached after")
        expect(two.locator(".te-verdict")).to_have_text("○ not reached yet")
    with fact("a fork that is shown is seen by all, and is its student's alone"):
        card.get_by_role("button", name="Show fork").first.click()
        for page in (two, stage(leader)):
            page.locator(f".sd-room:has-text('{forks[0][:4]}')").wait_for(state="attached")
        expect(two.locator(".tc-classbar")).to_contain_text("All look at fork")
        expect(two.get_by_role("button", name="Shorten", exact=True)).to_be_disabled()
        expect(one.locator(".tc-classbar")).to_contain_text("All see your fork now.")
        witness.expect("403")
        status = two.evaluate(
            """fork => fetch('/api/labs/url-shortener/workload?room=' + fork, {
              method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"name": "read_heavy"}',
            }).then(answer => answer.status)""",
            forks[0],
        )
        assert status == 403
        card.get_by_role("button", name="Back to their own forks").click()
        two.wait_for_url(re.compile(f"room={forks[1]}"))
        expect(two.locator(".tc-classbar")).to_contain_text("yours alone")
    with fact("the presenter's card is accessible and fits"):
        for size, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
            look_like(leader, size, scheme)
            axe(leader)
            leader.wait_for_function(
                "width => document.documentElement.scrollWidth <= width", arg=size["width"]
            )
    card.get_by_role("button", name="End exercise").click()
    with fact("at the end all are in the class's room again"):
        for page in (one, two):
            page.get_by_text(FOLLOWING).wait_for()
            assert f"room={room}" in page.url
        two.goto(f"/labs/{SLUG}?room={forks[1]}&class=1")
        two.get_by_text(FOLLOWING).wait_for()
        two.wait_for_function("room => location.href.includes(room)", arg=room)
    with fact("the results have it"):
        with leader.expect_download() as saved:
            leader.get_by_role("link", name="CSV").click()
        assert f"exercise: {TASK},1,reached,,1,3" in Path(saved.value.path()).read_text()
        one.goto(f"/taught/{room}")
        expect(one.get_by_role("region", name="Exercises")).to_contain_text("Your fork reached it.")
