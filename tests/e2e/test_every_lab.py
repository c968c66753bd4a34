"""Every lab's page, whatever it shows: accessible, quiet, complete, at every size and in both modes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from sdlab.lab import Design
from sdlab.registry import designs
from sdlab.rooms.ids import COOKIE, short
from tests.e2e.conftest import COLOURS, DESKTOP, PHONE, Fact, OpenLab, axe, leave, look_like
from tests.machine import budget

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
LOOKS = (DESKTOP, PHONE)
SCHEMES = ("dark", "light")
SMALL_PHONE: ViewportSize = {"width": 360, "height": 640}
TABLET: ViewportSize = {"width": 768, "height": 844}
SHEETS = ("product", "question", "panels", "feed", "missions")
READ_AT = 25  # requests per second: several in every frame, and little to do for the machine
MUCH_WORK = 100  # where traffic may not be as fast, each request is much work, and the usual rate will do
TABS = ("lab", "compare", "numbers", "notes", "quiz", "api")
COVERED = """() => [...document.querySelectorAll('.sd-twin')].filter(button => {
  if (!button.offsetParent) return false;
  button.scrollIntoView({block: 'center', behavior: 'instant'});
  const {x, y, width, height} = button.getBoundingClientRect();
  return !button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}).map(button => button.ariaLabel)"""
# What a finger presses: links within text and what is out of sight are left out, a box is pressed by its label.
TARGETS = """() => [...document.querySelectorAll(
  '.sd-page :is(button, select, summary, input, textarea, [role=slider], a[href])')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.sd-skip, .sd-sr'))
  .filter(one => !(one.matches('a') && getComputedStyle(one).display === 'inline'))
  .map(one => (one.matches('[type=radio], [type=checkbox]') && one.closest('label')) || one)"""
TOO_SMALL = f"""() => ({TARGETS})().map(one => [one, one.getBoundingClientRect()])
  .filter(([one, {{width, height}}]) => Math.min(width, height) < 43.5)
  .map(([one, {{width, height}}]) => `${{one.outerHTML.slice(0, 120)}}: ${{width}} × ${{height}}`)"""
UNDER_THE_DOCK = f"""() => ({TARGETS})().filter(one => {{
  if (!one.closest('.sd-sheet') || one.disabled) return false;
  one.scrollIntoView({{block: 'nearest', behavior: 'instant'}});
  const {{x, y, width, height}} = one.getBoundingClientRect();
  return !one.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}}).map(one => one.outerHTML.slice(0, 120))"""
ARROWS_OUTSIDE = """() => {
  const {left, right} = document.querySelector('.sd-arrows').getBoundingClientRect();
  return [...document.querySelectorAll('.sd-arrows path')].map(one => one.getBoundingClientRect())
    .filter(one => one.left < left - 1 || one.right > right + 1).map(one => one.right - right);
}"""
IN_SIGHT = """names => names.every(name => {
  const {top, bottom} = document.querySelector(name).getBoundingClientRect();
  return top >= 0 && bottom > top && bottom <= innerHeight;
})"""
FOCUS_LAST = "() => [...document.querySelectorAll('#feed li button')].at(-1).focus()"
MOVE_AND_LEAVE = """() => {
  const tape = document.querySelector('.sd-scrub input');
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(tape, '1');
  tape.dispatchEvent(new Event('input', {bubbles: true}));
  document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'l', bubbles: true}));
}"""
Still = Callable[..., Page]


@pytest.fixture
def still(lab: OpenLab) -> Still:
    """Visitors who want no motion: what is checked here does not move, and motion costs a third of the work."""

    def open_still(slug: str, **options: Any) -> Page:
        return lab(slug, reduced_motion="reduce", **options)

    return open_still


def show(page: Page, tab: str) -> None:
    """Choose a tab by hand."""
    page.get_by_role("tab").nth(TABS.index(tab)).click()
    page.locator(f"#pane-{tab}").wait_for(state="visible")


def other_answer(design: Design) -> tuple[str, str]:
    """The first toggle, and an option of it that is not the usual one."""
    toggle = design.toggles[0]
    return toggle.id, next(option.id for option in toggle.options if option.id != toggle.default)


@ALL
def test_every_tab_is_accessible_and_fits_in_every_look(still: Still, fact: Fact, design: Design) -> None:
    page = still(design.slug, viewport=DESKTOP)
    for tab in TABS:
        show(page, tab)
        # Which tab is shown is known to the tabs only: whatever is around them is the same elements with each,
        # and is looked at with the first.
        within = () if tab == "lab" else (".sd-tabbar", f"#pane-{tab}")
        for size in LOOKS:
            for scheme in SCHEMES:
                look_like(page, size, scheme)
                with fact(f"{tab}, {size['width']} wide, {scheme}: no serious accessibility finding"):
                    axe(page, within=within, rules=COLOURS if scheme == "dark" else ())
            _fits(page, fact, tab, size["width"])
        for other in (SMALL_PHONE, TABLET):
            page.set_viewport_size(other)
            _fits(page, fact, tab, other["width"])
        page.set_viewport_size(DESKTOP)


def _fits(page: Page, fact: Fact, tab: str, width: int) -> None:
    with fact(f"{tab}, {width} wide: nothing is wider than the window"):
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
    if width <= PHONE["width"]:
        with fact(f"{tab}, {width} wide: a finger hits everything"):
            assert page.evaluate(TOO_SMALL) == []
    if tab != "lab":
        return
    if width <= TABLET["width"]:
        _sheets(page, fact, width)
    with fact(f"{width} wide: no arrow leaves the path"):
        assert page.evaluate(ARROWS_OUTSIDE) == []
    with fact(f"{width} wide: nothing lies over a panel's button"):
        assert page.evaluate(COVERED) == []


def _sheets(page: Page, fact: Fact, width: int) -> None:
    """Through all sheets, by hand and back by keyboard; leaves with the panels in front."""
    tabs = page.get_by_role("tablist", name="Sheets of this lab").get_by_role("tab")
    for number, name in enumerate(SHEETS):
        with fact(f"{name}, {width} wide: its tab shows it and nothing else"):
            tabs.nth(number).click()
            expect(page.locator(f"#sheet-{name}[role=tabpanel]")).to_be_visible()
            assert page.locator(".sd-sheet:visible").count() == 1
        with fact(f"{name}, {width} wide: path and tape stay in sight, however far down one is"):
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            page.wait_for_function(IN_SIGHT, arg=["#path", ".sd-scrub", ".sd-sheettabs"])
        if width <= PHONE["width"]:
            with fact(f"{name}, {width} wide: a finger hits everything"):
                assert page.evaluate(TOO_SMALL) == []
            with fact(f"{name}, {width} wide: nothing lies under the dock or the path"):
                assert page.evaluate(UNDER_THE_DOCK) == []
    with fact(f"{width} wide: the arrow keys go through the sheets"):
        tabs.last.press("Home")
        expect(page.locator("#sheet-product")).to_be_visible()
        for _ in range(SHEETS.index("panels")):
            page.keyboard.press("ArrowRight")
        expect(page.locator("#sheet-panels")).to_be_visible()
    with fact(f"{width} wide: the path opens, and its parts say what they are"):
        page.get_by_role("button", name="Open", exact=True).click()
        page.locator("button.sd-node").first.click()
        page.locator(".sd-nodecard").wait_for(state="visible")
        page.get_by_role("button", name="Smaller", exact=True).click()
        expect(page.locator(".sd-nodecard")).to_have_count(0)


@ALL
def test_what_is_around_the_running_system_works(still: Still, fact: Fact, design: Design) -> None:
    page = still(design.slug)
    with fact("the palette finds tabs and panels"):
        _palette(page)
    with fact("what a lesson lights is on the page"):
        assert design.lesson is not None
        for beat in design.lesson.beats:
            page.locator(f"#tab-{beat.tab}").click()
            if beat.spotlight:
                expect(page.locator(f"[id='{beat.spotlight}']")).to_be_visible()
    show(page, "notes")
    with fact("the notes can be read"):
        _notes(page)
    with fact("what the notes speak of lives beside it, and leads to itself in the lab"):
        _quoted(page)
    with fact("the numbers follow an assumption and refuse nonsense"):
        show(page, "numbers")
        _numbers(page, design)
    show(page, "lab")
    with fact("a fault is set and undone from the dock"):
        _fault(page)
    with fact("a restart begins the feed anew, with numbers that were used before"):
        _restart(page)
    with fact("each toggle shows what the server runs"):
        _toggles(page, design)
    with fact("the quiz answers and remembers"):
        show(page, "quiz")
        _quiz(page, design)


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find")
    box.fill("Numbers")
    page.keyboard.press("Enter")
    page.locator("#pane-numbers").wait_for(state="visible")
    title = page.locator(".sd-panel h3").first.text_content()
    assert title
    page.keyboard.press("/")
    box.fill(title)
    page.keyboard.press("Enter")
    page.locator("#pane-lab").wait_for(state="visible")


def _notes(page: Page) -> None:
    article = page.locator("#pane-notes article")
    article.get_by_role("heading", name="Corrections").wait_for(state="visible")
    assert len(article.inner_text().split()) > 500
    page.locator("#pane-notes nav").get_by_text("References").click()
    page.wait_for_function("() => location.hash.includes('references')")
    assert article.get_by_role("heading", name="References").is_visible()
    read = page.locator("#pane-notes nav [aria-current=location]")
    expect(read).to_have_text("References")
    article.get_by_role("heading", name="Requirements").evaluate(
        "one => one.scrollIntoView({behavior: 'instant'})"
    )
    expect(read).to_have_text("Requirements")


def _quoted(page: Page) -> None:
    quoted = page.locator("#pane-notes .sd-quoted").first
    panel = quoted.get_attribute("data-panel")
    quoted.scroll_into_view_if_needed()
    quoted.locator(".sd-panel[data-known=true]").wait_for(state="visible")
    quoted.get_by_role("button", name="Try it in the lab").click()
    expect(page.locator(f"#pane-lab [id='{panel}']")).to_be_in_viewport()
    show(page, "notes")


def _numbers(page: Page, design: Design) -> None:
    one = design.estimate.assumptions[0]
    before = page.locator("#pane-numbers .sd-value").all_inner_texts()
    field = page.locator(f"#assume-{one.id}")
    field.fill(f"{one.maximum:g}")
    page.wait_for_function(
        "before => [...document.querySelectorAll('#pane-numbers .sd-value')].some((e, n) => e.innerText !== before[n])",
        arg=before,
    )
    field.fill("nonsense")
    page.locator("#pane-numbers .sd-fielderror").first.wait_for(state="visible")


def _fault(page: Page) -> None:
    page.locator(".sd-dock").get_by_role("button", name="Faults").click()
    menu = page.locator(".sd-faultmenu")
    menu.locator("summary").first.click()
    menu.locator("details").first.get_by_role("button").first.click()
    page.wait_for_function("() => location.search.includes('fault=')")
    page.keyboard.press("Escape")
    page.locator(".sd-active button").first.click()
    page.wait_for_function("() => !location.search.includes('fault=')")


def _restart(page: Page) -> None:
    lines = page.locator("#feed li .sd-sentence")
    told_before = lines.filter(has_text=": back to normal")
    expect(told_before).not_to_have_count(0)
    page.get_by_role("button", name=re.compile("^Start over, seed")).click()
    page.get_by_label("Seed", exact=True).fill("7")
    page.get_by_role("button", name="Start over", exact=True).click()
    expect(lines.filter(has_text="restarted with seed 7")).to_have_count(1)
    expect(told_before).to_have_count(0)


def _toggles(page: Page, design: Design) -> None:
    for toggle in design.toggles:
        other = next(option for option in toggle.options if option.id != toggle.default)
        dive = page.locator(f"#dive-{toggle.id}")
        dive.get_by_role("radio", name=other.label, exact=True).check(force=True)
        page.wait_for_function(
            "id => new URLSearchParams(location.search).get(id[0]) === id[1]", arg=[toggle.id, other.id]
        )


def _quiz(page: Page, design: Design) -> None:
    first = next(question for question in design.quiz if question.choices)
    right = next(choice for choice in first.choices if choice.right)
    page.locator("#pane-quiz").get_by_text(right.text, exact=True).first.click()
    page.get_by_text(first.explanation).first.wait_for(state="visible")
    page.reload()
    page.get_by_text(first.explanation).first.wait_for(state="visible")


@ALL
def test_the_inside_can_be_read_stopped_and_replayed(still: Still, fact: Fact, design: Design) -> None:
    traffic = design.workloads[0]
    rate = READ_AT if traffic.maximum >= MUCH_WORK else traffic.rate
    page = still(design.slug, query=f"?workload={traffic.id}&rate={rate:g}")
    page.wait_for_function("() => Number(document.querySelector('.sd-scrub input').max) >= 10")
    with fact("time stands still and goes on by keyboard"):
        _time(page)
    with fact("a past frame needs no server"):
        _past(page)
    with fact("whoever goes back to live stays there"):
        _live_at_once(page)
    with fact("a request can be replayed with the lines that decided"):
        _replay(page)
    with fact("the slow lens shows one request after another, until it is taken off"):
        _lens(page)
    with fact("every panel has a title, a sentence and a table"):
        _panels(page)


def _time(page: Page) -> None:
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.get_by_text("The system runs on.").wait_for(state="visible")
    where = page.locator(".sd-scrub input")
    at = int(where.input_value())
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("at => Number(document.querySelector('.sd-scrub input').value) === at - 2", arg=at)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("at => Number(document.querySelector('.sd-scrub input').value) === at - 1", arg=at)
    page.get_by_text(re.compile(r"([3-9]|\d\d) frames behind")).wait_for(state="visible")
    page.keyboard.press("l")
    page.get_by_text("The system runs on.").wait_for(state="hidden")


def _past(page: Page) -> None:
    asked: list[str] = []
    page.locator(".sd-pause").click()
    # The system runs on, and a product that follows it may open a stream just now: that is not for the frame.
    page.on("request", lambda one: asked.append(one.url) if one.resource_type != "eventsource" else None)
    page.locator(".sd-scrub input").fill("1")
    page.get_by_text("frames behind").wait_for(state="visible")
    assert asked == []
    page.keyboard.press("l")
    page.get_by_text("The system runs on.").wait_for(state="hidden")


def _live_at_once(page: Page) -> None:
    page.locator(".sd-pause").click()
    page.get_by_text("The system runs on.").wait_for(state="visible")
    page.evaluate(MOVE_AND_LEAVE)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert not page.get_by_text("The system runs on.").is_visible()


def _replay(page: Page) -> None:
    line = page.locator("#feed li button").first
    line.wait_for(state="visible")
    page.evaluate(FOCUS_LAST)  # the press takes the focus away, and must land all the same
    line.click()
    replay = page.get_by_label("Replay of one request")
    replay.locator("[aria-current=step]").wait_for(state="visible")
    steps = replay.locator(".sd-steplist li").count()
    hop = replay.locator(".sd-steplist button", has=page.locator("b")).first
    hop.click()
    expect(replay.locator("figcaption")).to_contain_text("the line that made the call")
    assert replay.locator("[data-here=true] i").inner_text().strip().isdigit()
    replay.locator(".sd-steplist button").first.click()
    for _ in range(steps - 1):
        replay.get_by_role("button", name="Step forward").click()
    assert replay.locator(".sd-steps").inner_text() == f"{steps} / {steps}"
    if steps > 1:
        replay.get_by_role("button", name="Step back").click()
    replay.get_by_role("button", name="Close").click()
    assert replay.count() == 0


def _lens(page: Page) -> None:
    lens, replay = page.get_by_label("Slow lens"), page.get_by_label("Replay of one request")
    lens.select_option("1/10")
    replay.locator("[aria-current=step]").wait_for(state="visible")
    lens.select_option("Lens off")
    replay.wait_for(state="hidden")


def _panels(page: Page) -> None:
    panels = page.locator(".sd-panel")
    assert panels.count() >= 4
    for number in range(panels.count()):
        panel = panels.nth(number)
        assert panel.locator("h3").inner_text()
        assert panel.locator(".sd-says").first.inner_text()
        panel.get_by_role("button", name="show as table").click()
        panel.locator("table").first.wait_for(state="visible")
        assert panel.locator("table th").count() >= 2
        assert panel.get_by_role("alert").count() == 0


@ALL
def test_an_address_and_a_file_reproduce_the_lab(
    still: Still, fact: Fact, design: Design, tmp_path: Path
) -> None:
    toggle, option = other_answer(design)
    query = f"?seed=9&{toggle}={option}&workload={design.workloads[0].id}&rate=20&nonsense=1"
    first = still(design.slug, query=query)
    with fact("what the address says and is unknown is said"):
        first.get_by_text("nonsense: unknown, ignored").wait_for(state="visible")
    first.wait_for_function(
        "() => location.search.includes('rate=20') && !location.search.includes('nonsense')"
    )
    room, search = first.locator(".sd-room").inner_text(), first.evaluate("location.search")
    with fact("an address opens in the browser's own room, when nobody has used that yet"):
        own = next(one["value"] for one in first.context.cookies() if one["name"] == COOKIE)
        assert room.endswith(short(own))
    file = tmp_path / "scenario.json"
    with fact("a scenario is saved as a file"):
        first.get_by_role("button", name="Scenario").click()
        with first.expect_download() as saved:
            first.get_by_role("button", name="Save as JSON").click()
        saved.value.save_as(file)
    leave(first.context)

    fresh = still(design.slug)
    with fact("variants are compared"):
        show(fresh, "compare")
        _begin_to_compare(fresh)
    with fact("the address reproduces the lab in a fresh room"):  # meanwhile
        again = still(design.slug, query=search)
        again.wait_for_function("() => location.search.includes('rate=20')")
        assert again.locator(".sd-room").inner_text() != room
        assert again.evaluate("location.search") == search
        leave(again.context)
    with fact("variants stand side by side"):
        _compared(fresh)
        show(fresh, "lab")
    with fact("a file sets the room up"):
        fresh.get_by_role("button", name="Scenario").click()
        fresh.locator("input[type=file][accept*=json]").set_input_files(file)
        fresh.wait_for_function("wanted => location.search === wanted", arg=search)


KNOWN_OF = (".sd-product", ".sd-panel .sd-figure", ".sd-panel .sd-body", ".sd-must")


@pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
def test_before_the_first_frame_no_figure_and_no_verdict_is_shown(
    new_context: Callable[..., Any], design: Design
) -> None:
    page = new_context().new_page()
    page.route_web_socket(re.compile("/api/"), lambda socket: None)  # opens, and no frame ever comes
    page.goto(f"/labs/{design.slug}")
    page.wait_for_function("() => !document.querySelector('[data-hydrated=\"false\"]')")
    assert not claims_on(page)
    page.evaluate("document.querySelectorAll('[data-known]').forEach(one => { one.dataset.known = 'true'; })")
    assert claims_on(page), "what is not known yet is there, and hidden"


def claims_on(page: Page) -> list[str]:
    """Figures and verdicts to be read; the 95 of p95 is none."""
    said = [text for one in KNOWN_OF for text in page.locator(one).all_inner_texts()]
    return re.findall(r"(?<![a-z\d])\d[\d.,]*|[✓✕]", " ".join(said))


def _begin_to_compare(page: Page) -> None:
    pane = page.locator("#pane-compare")
    pane.get_by_text("Any other mix").click()
    pane.get_by_label("for", exact=True).fill("2")
    pane.get_by_label("at", exact=True).fill("50")
    pane.get_by_role("button", name="Run the comparison").click()
    pane.get_by_role("button", name="Stop").wait_for(state="visible")
    pane.locator(".sd-column dd").first.wait_for(state="visible")


def _compared(page: Page) -> None:
    pane = page.locator("#pane-compare")
    pane.locator(".sd-compared").wait_for(state="visible", timeout=budget(60) * 1000)
    rows = pane.locator(".sd-compared tbody th").all_inner_texts()
    assert {"throughput /s", "latency p99 ms", "violations"} <= set(rows)
    pane.locator(".sd-plot svg").first.wait_for(state="visible")
    with page.expect_download() as csv:
        pane.get_by_role("link", name="CSV").click()
    assert csv.value.path().read_text().startswith("figure,unit,")
    with page.expect_download() as data:
        pane.get_by_role("button", name="JSON").click()
    assert '"digest"' in data.value.path().read_text()


def test_the_catalogue_lists_searches_and_leads_to_every_lab(page: Any, server_url: str) -> None:
    page.goto("/")
    cards = page.locator("[data-search]")
    assert cards.count() == len(designs())
    axe(page)
    page.get_by_role("searchbox").fill("zzzz")
    page.get_by_text("No lab matches").wait_for(state="visible")
    page.get_by_role("searchbox").fill(designs()[0].title)
    page.get_by_text(designs()[0].title).first.click()
    page.wait_for_url(f"**/labs/{designs()[0].slug}**")


def test_an_unknown_page_says_so(page: Any, witness: Any) -> None:
    witness.expect("404")
    answer = page.goto("/labs/nothing")
    assert answer.status == 404
    page.get_by_role("heading").first.wait_for(state="visible")
    axe(page)
