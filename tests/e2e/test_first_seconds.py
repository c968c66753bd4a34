"""The first seconds in a lab: it is there at once, it lives, it holds still, and it is small."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from sdlab.lab import Design
from sdlab.registry import designs
from tests.e2e.conftest import DESKTOP, PHONE, Fact, wait_until_live

MOST_SHIFT = 0.1  # while other pages keep the machine busy; the bench measures it alone
MOST_SCRIPT = 260 * 1024  # bytes, packed
# hls.js, loaded once the page lives and a video is there to be played.
MORE = {"youtube": 120 * 1024}
WATCH = """(() => {
  window.shift = 0;
  window.firstPanel = 0;
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
  }).observe({type: 'layout-shift', buffered: true});
  const look = () => {
    if (document.querySelector(".sd-panel[data-known='true']")) window.firstPanel = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
CLAIMS = """() => [document.querySelector('.sd-brief').textContent,
  document.querySelectorAll(".sd-claimface:is([data-tone='ok'], [data-tone='again'])").length]"""
KEPT = "() => Number(document.querySelector('.sd-scrub input').max)"  # frames, without the first
FRAMES = 25  # of traffic: five seconds, unless the machine is busy
SCRIPTS = """() => performance.getEntriesByType('resource')
  .filter(one => one.name.split('?')[0].endsWith('.js')).reduce((sum, one) => sum + one.encodedBodySize, 0)"""


@pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
def test_a_lab_opens_alive_and_rests_when_told(
    new_context: Callable[..., BrowserContext], fact: Fact, design: Design
) -> None:
    page = new_context(viewport=DESKTOP).new_page()
    page.add_init_script(WATCH)
    page.goto(f"/labs/{design.slug}")
    wait_until_live(page)
    with fact("the page is at its address, and a panel is live"):
        assert page.evaluate("performance.getEntriesByType('navigation')[0].redirectCount") == 0
        assert page.evaluate("location.pathname") == f"/labs/{design.slug}"
        page.wait_for_function("window.firstPanel > 0")  # how soon is measured in the bench
    sample = page.locator(".sd-sample")
    with fact("it lives, and says of what"):
        expect(sample).to_have_attribute("title", re.compile(re.escape(design.sample.workload.does)))
        page.locator("#feed li button").first.wait_for(state="visible")
    with fact("one press stops it"):
        sample.click()
        expect(sample).to_have_count(0)
    with fact("nothing has moved out of its place"):
        assert page.evaluate("window.shift") < MOST_SHIFT
    with fact("nor does anything under traffic"):
        page.locator(".sd-run").click()
        page.wait_for_function(f"most => ({KEPT})() >= most", arg=page.evaluate(KEPT) + FRAMES)
        assert page.evaluate("window.shift") < MOST_SHIFT
    with fact("the scripts are small"):
        assert page.evaluate(SCRIPTS) < MOST_SCRIPT + MORE.get(design.slug, 0)
    page.context.close()
    phone = new_context(viewport=PHONE).new_page()
    phone.add_init_script(WATCH)
    phone.goto(f"/labs/{design.slug}")
    wait_until_live(phone)
    phone.locator(".sd-strip[data-small='true']:not([data-unknown])").wait_for(state="visible")
    with fact("nor on a phone, where the path is small"):
        assert phone.evaluate("window.shift") < MOST_SHIFT
    with fact("what was not checked yet is not said to hold"):
        said, holding = phone.evaluate(CLAIMS)
        assert said == (f"✓ {holding} hold" if holding else "–")
