"""The catalogue, the concepts, what is shown in frames of other pages, and what a visitor has reached."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from sdlab.concepts import concepts
from sdlab.registry import design, designs
from tests.e2e.conftest import Fact, OpenLab, axe, call
from tests.machine import budget

SLUG = "url-shortener"


def test_from_the_catalogue_to_a_concept_and_the_real_thing(page: Page, fact: Fact) -> None:
    page.goto("/")
    with fact("the picture of the catalogue is a running lab"):
        picture = page.frame_locator(".sd-opening iframe")
        expect(picture.locator(".sd-embed[data-known='true']")).to_be_visible()
        expect(picture.locator(".sd-panel:not(.sd-strip)")).to_have_count(0)
    with fact("the week has every lab once"):
        week = page.locator(".sd-path").first.get_by_role("link")
        assert sorted(week.all_inner_texts()) == sorted(one.title for one in designs())
    with fact("the map leads to every concept, and is accessible"):
        page.goto("/concepts")
        expect(page.locator(".sd-spot.concept")).to_have_count(len(concepts()))
        axe(page)
    with fact("the palette finds a concept by another of its names"):
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Find").fill("keyset")
        page.keyboard.press("Enter")
        page.wait_for_url("**/concepts/cursor-paging**")
    with fact("a concept has its idea, its labs and a live panel, and is accessible"):
        expect(page.get_by_role("heading", level=1)).to_have_text("Cursor paging")
        expect(page.locator(".sd-uses a").first).to_have_attribute("href", re.compile("/labs/.+#paging"))
        live = page.frame_locator(".sd-liveframe")
        expect(live.locator("#paging")).to_be_visible()
        expect(live.locator(".sd-panel")).to_have_count(1)
        axe(page)
    with fact("the frame is as high as what is in it"):
        page.wait_for_function(
            """() => {
                const frame = document.querySelector(".sd-liveframe"), inner = frame.contentDocument;
                const shown = [".sd-embedded > div", ".sd-embed > footer"].map((one) => inner.querySelector(one));
                return Math.abs(frame.clientHeight - shown[0].offsetHeight - shown[1].offsetHeight) < 5;
            }"""
        )


def test_only_what_is_for_frames_may_be_framed(page: Page) -> None:
    framed = page.request.get(f"/embed/{SLUG}?panel=bloom")
    assert "x-frame-options" not in framed.headers
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    for path in ("/", f"/labs/{SLUG}", "/concepts"):
        own = page.request.get(path).headers
        assert own["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in own["content-security-policy"]


def test_what_was_reached_is_judged_compared_and_kept(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?allocator_lock=off&workload=new_links_storm&rate=400", reduced_motion="reduce")
    missions = page.locator("#missions")
    with fact("a mission is reached when its goals are met"):
        missions.get_by_role("button", name="One code, two URLs").click()
        expect(missions.get_by_text("1 of 4 reached")).to_be_visible()
        expect(missions.locator("[data-met='true']")).to_have_count(1)
    with fact("a run that is over is summed up, with what it broke"):
        call(page, "DELETE", f"/api/labs/{SLUG}/workload", None)
        run = page.locator("#debrief")
        expect(run.get_by_text("No code serves two URLs")).to_be_visible()
        expect(run.get_by_text("Hottest parts")).to_be_visible()
    with fact("a panel can be taken along"):
        _take_along(page)
    with fact("one press compares, and says what came out in measured figures"):
        page.get_by_role("tab", name="Compare").click()
        prepared = design(SLUG).comparisons[0]
        pane = page.locator("#pane-compare")
        pane.get_by_role("button", name=f"Compare: {prepared.question}").click()
        verdict = pane.locator(".sd-verdict")
        verdict.wait_for(state="visible", timeout=budget(30) * 1000)
        assert re.fullmatch(
            r"Lock on: 0 codes given to two URLs; Lock off: [1-9][\d,]* codes? given to two URLs\.",
            verdict.inner_text(),
        )
    with fact("the catalogue knows what was reached"):
        page.goto("/")
        card = page.locator(f".sd-labcard[href='/labs/{SLUG}']")
        expect(card.get_by_text("1/4")).to_be_visible()


def _take_along(page: Page) -> None:
    page.get_by_role("button", name="Bloom filter: take along").click()
    menu = page.locator(".sd-sharemenu")
    assert f"/embed/{SLUG}?" in menu.locator("code").inner_text()
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as taken:
            menu.get_by_role("button", name=f"Save as {kind}").click()
        saved: Any = taken.value.path()
        assert saved.read_bytes().startswith(begins)
    page.keyboard.press("Escape")
