"""The guided tour of every lab in the browser: by keyboard to its end, and nothing it points to is missing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from sdlab.lab import Design
from sdlab.lab.lesson import Lesson
from sdlab.registry import designs
from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, Witness, axe, look_like, wait_until_live
from tests.e2e.sluice import Sluice
from tests.machine import budget

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
LOOKS = ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"))
BEAT = "beat => new URLSearchParams(location.search).get('beat') === beat"
PLAYERS = {"youtube"}
SEEN = re.compile("^(true|late)$")  # on a slow machine it may come later than a reader should wait
A_BEAT = budget(60) * 1000  # milliseconds


def lesson_of(design: Design) -> Lesson:
    assert design.lesson is not None
    return design.lesson


def at_beat(page: Page, number: int, *, revealed: bool) -> None:
    shown = str(revealed).lower()
    page.locator(f".tc-tour[data-beat='{number}'][data-revealed='{shown}']").wait_for(timeout=A_BEAT)


@ALL
def test_a_whole_tour_by_keyboard(lab: OpenLab, witness: Witness, design: Design) -> None:
    page, lesson = lab(design.slug, question="", reduced_motion="reduce"), lesson_of(design)
    if any(beat.do.faults for beat in lesson.beats):
        witness.expect("503")  # what is down says so, and is left for another
    if design.slug in PLAYERS:
        witness.expect(
            f"/api/{design.slug}/videos/"
        )  # a beat that begins anew takes away what is just played
    page.get_by_role("button", name=re.compile("Guided tour")).press("Enter")
    for number, beat in enumerate(lesson.beats, start=1):
        if number > 1:
            page.keyboard.press("]")
        if beat.ask:
            at_beat(page, number, revealed=False)
            expect(page.locator(".tc-expect")).to_have_count(0)
            page.keyboard.press("]")
        at_beat(page, number, revealed=True)
        expect(page.locator(f"#tab-{beat.tab}")).to_have_attribute("aria-selected", "true")
        if beat.spotlight:
            expect(page.locator(f"[id='{beat.spotlight}'][data-spot]")).to_be_visible()
        if beat.ask:
            expect(page.locator(".tc-option[data-right='true']")).to_contain_text(
                beat.ask.options[beat.ask.right]
            )
        if beat.expect:
            expect(page.locator(".tc-expect")).to_have_attribute("data-verdict", SEEN, timeout=A_BEAT)
    page.wait_for_function(BEAT, arg=str(len(lesson.beats)))
    page.get_by_role("button", name="Finish").press("Enter")
    page.locator(".tc-tour").wait_for(state="detached")
    expect(page.locator("[data-spot]")).to_have_count(0)
    page.wait_for_function(BEAT, arg=None)


FITS = """() => {
  const box = (what) => document.querySelector(what).getBoundingClientRect();
  const [lit, tour, dock] = [box('[data-spot]'), box('.tc-tour'), box('.sd-dock')];
  const below = getComputedStyle(document.querySelector('.tc-tour')).position === 'fixed';
  const [top, bottom] = below ? [0, Math.min(tour.top, dock.top)] : [tour.bottom, dock.top];
  return lit.top >= top - 1 && lit.bottom <= bottom + 1;
}"""
SIZES = (DESKTOP, ViewportSize(width=1440, height=560), PHONE, ViewportSize(width=844, height=700))


def test_what_is_lit_fits_into_what_nothing_lies_over_at_every_size(lab: OpenLab) -> None:
    page = lab("top-k", query="?beat=5", reduced_motion="reduce")
    page.locator("[data-spot]").wait_for()
    for size in SIZES:
        page.set_viewport_size(size)
        page.wait_for_function(FITS)


def test_going_back_restores_the_beat_an_address_leads_to_its_own_and_autoplay_goes_on(lab: OpenLab) -> None:
    page = lab("url-shortener", query="?beat=2")
    at_beat(page, 2, revealed=True)
    page.get_by_label("Jump to beat").select_option("4")
    at_beat(page, 4, revealed=False)
    page.get_by_role("button", name="two URLs get one code").click()
    at_beat(page, 4, revealed=True)
    page.wait_for_function("() => location.search.includes('allocator_lock=off')")
    page.keyboard.press("[")
    at_beat(page, 3, revealed=False)
    page.wait_for_function("() => !location.search.includes('allocator_lock=off')")
    hears = Sluice(page, re.compile("/api/"), from_page=False, shut=True)
    page.goto(f"{page.url.partition('?')[0]}?beat=2")
    at_beat(page, 3, revealed=False)  # where the tab stood, until it hears of its room
    hears.open()
    at_beat(page, 2, revealed=True)
    hears.shut = True
    page.reload()
    at_beat(page, 2, revealed=True)
    page.get_by_label("Jump to beat").select_option("1")
    hears.open()  # only now does the page hear which room it is in, and its address still says beat 2
    at_beat(page, 1, revealed=True)
    wait_until_live(page)
    page.get_by_label("Autoplay").select_option("10")
    at_beat(page, 2, revealed=True)  # two minutes at ten times the speed


def test_the_tour_is_accessible_and_fits(lab: OpenLab, fact: Fact) -> None:
    page = lab("url-shortener", query="?beat=3", viewport=DESKTOP)
    at_beat(page, 3, revealed=False)
    for revealed in (False, True):
        if revealed:
            page.get_by_role("button", name="about 600").click()
            at_beat(page, 3, revealed=True)
        for size, scheme in LOOKS:
            look_like(page, size, scheme)
            with fact(f"{size['width']} wide, {scheme}, revealed {revealed}: accessible, and it fits"):
                axe(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        look_like(page, DESKTOP, "light")
