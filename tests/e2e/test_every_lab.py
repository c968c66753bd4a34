"""Every lab's page, whatever it shows: accessible, quiet, complete, at every size and in both modes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from sdlab.lab import Design
from sdlab.registry import designs
from tests.e2e.conftest import OpenLab, axe

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
LOOKS = [
    pytest.param({"viewport": DESKTOP, "color_scheme": "light"}, id="light"),
    pytest.param({"viewport": DESKTOP, "color_scheme": "dark"}, id="dark"),
    pytest.param({"viewport": PHONE, "color_scheme": "light"}, id="phone"),
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="phone-dark"),
]
TABS = ("lab", "compare", "numbers", "notes", "quiz", "api")


@pytest.fixture
def lab(lab: OpenLab) -> OpenLab:
    """Visitors who want no motion: what is checked here does not move, and motion costs a third of the work."""

    def open_still(slug: str, **options: Any) -> Page:
        return lab(slug, reduced_motion="reduce", **options)

    return open_still


@ALL
@pytest.mark.parametrize("look", LOOKS)
def test_no_tab_has_a_serious_accessibility_finding(
    lab: OpenLab, design: Design, look: dict[str, Any]
) -> None:
    page = lab(design.slug, **look)
    for tab in TABS:
        page.get_by_role("tab").nth(TABS.index(tab)).click()
        page.locator(f"#pane-{tab}").wait_for(state="visible")
        axe(page)


@ALL
@pytest.mark.parametrize("width", [360, 390, 768, 1440])
def test_nothing_is_wider_than_the_window(lab: OpenLab, design: Design, width: int) -> None:
    page = lab(design.slug, viewport={"width": width, "height": 844})
    for number in range(len(TABS)):
        page.get_by_role("tab").nth(number).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@ALL
def test_every_panel_has_a_title_a_sentence_and_a_table(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query=f"?workload={design.workloads[0].id}&rate=100")
    panels = page.locator(".sd-panel")
    assert panels.count() >= 4
    page.wait_for_function("() => Number(document.querySelector('.sd-scrub input').max) >= 10")
    for number in range(panels.count()):
        panel = panels.nth(number)
        assert panel.locator("h3").inner_text()
        assert panel.locator(".sd-says").first.inner_text()
        panel.get_by_role("button", name="show as table").click()
        panel.locator("table").first.wait_for(state="visible")
        assert panel.locator("table th").count() >= 2
        assert panel.get_by_role("alert").count() == 0


@ALL
def test_the_product_comes_first_on_a_phone(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, viewport=PHONE)
    product, inside = page.locator(".sd-product").bounding_box(), page.locator(".sd-inside").bounding_box()
    assert product
    assert inside
    assert product["y"] < inside["y"]


@ALL
def test_each_toggle_shows_what_the_server_runs(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug)
    for toggle in design.toggles:
        other = next(option for option in toggle.options if option.id != toggle.default)
        dive = page.locator(f"#dive-{toggle.id}")
        dive.get_by_role("radio", name=other.label, exact=True).check(force=True)
        page.wait_for_function(
            "id => new URLSearchParams(location.search).get(id[0]) === id[1]", arg=[toggle.id, other.id]
        )


@ALL
def test_the_quiz_answers_and_remembers(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query="?tab=quiz")
    first = next(question for question in design.quiz if question.choices)
    right = next(choice for choice in first.choices if choice.right)
    page.locator("#pane-quiz").get_by_text(right.text, exact=True).first.click()
    page.get_by_text(first.explanation).first.wait_for(state="visible")
    page.reload()
    page.get_by_text(first.explanation).first.wait_for(state="visible")


@ALL
def test_the_notes_can_be_read(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query="?tab=notes")
    article = page.locator("#pane-notes article")
    article.get_by_role("heading", name="Corrections").wait_for(state="visible")
    assert len(article.inner_text().split()) > 500
    page.locator("#pane-notes nav").get_by_text("References").click()
    page.wait_for_function("() => location.hash.includes('references')")
    assert article.get_by_role("heading", name="References").is_visible()


@ALL
def test_the_numbers_follow_an_assumption_and_refuse_nonsense(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query="?tab=numbers")
    one = design.estimate.assumptions[0]
    values = page.locator("#pane-numbers .sd-value").all_inner_texts
    before = values()
    field = page.locator(f"#assume-{one.id}")
    field.fill(f"{one.maximum:g}")
    page.wait_for_function(
        "before => [...document.querySelectorAll('#pane-numbers .sd-value')].some((e, n) => e.innerText !== before[n])",
        arg=before,
    )
    field.fill("nonsense")
    page.locator("#pane-numbers .sd-fielderror").first.wait_for(state="visible")


@ALL
def test_the_address_reproduces_the_lab_in_a_fresh_room(lab: OpenLab, design: Design) -> None:
    toggle, workload = design.toggles[0], design.workloads[0]
    other = next(option for option in toggle.options if option.id != toggle.default)
    query = f"?seed=9&{toggle.id}={other.id}&workload={workload.id}&rate=20&nonsense=1"
    page = lab(design.slug, query=query)
    page.get_by_text("nonsense: unknown, ignored").wait_for(state="visible")
    page.wait_for_function(
        "() => location.search.includes('rate=20') && !location.search.includes('nonsense')"
    )
    first_room = page.locator(".sd-room").inner_text()
    again = lab(design.slug, query=page.evaluate("location.search"))
    again.wait_for_function("rate => location.search.includes('rate=20')")
    assert again.locator(".sd-room").inner_text() != first_room
    assert again.evaluate("location.search") == page.evaluate("location.search")


@ALL
def test_time_stands_still_and_goes_on_by_keyboard(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query=f"?workload={design.workloads[0].id}&rate=20")
    page.wait_for_function("() => Number(document.querySelector('.sd-scrub input').max) >= 5")
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


@ALL
def test_a_past_frame_needs_no_server(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query=f"?workload={design.workloads[0].id}&rate=20")
    page.wait_for_function("() => Number(document.querySelector('.sd-scrub input').max) >= 4")
    asked: list[str] = []
    page.locator(".sd-pause").click()
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".sd-scrub input").fill("1")
    page.get_by_text("frames behind").wait_for(state="visible")
    assert asked == []


@ALL
def test_a_request_can_be_replayed_with_the_lines_that_decided(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query=f"?workload={design.workloads[0].id}&rate=20")
    line = page.locator("#feed li button").first
    line.wait_for(state="visible")
    line.focus()
    line.click()
    replay = page.get_by_label("Replay of one request")
    replay.locator("[aria-current=step]").wait_for(state="visible")
    steps = replay.locator(".sd-steplist li").count()
    for _ in range(steps - 1):
        replay.get_by_role("button", name="Step forward").click()
    assert replay.locator(".sd-steps").inner_text() == f"{steps} / {steps}"
    if steps > 1:
        replay.get_by_role("button", name="Step back").click()
    replay.get_by_role("button", name="Close").click()
    assert replay.count() == 0


@ALL
def test_variants_are_compared_side_by_side(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug, query="?tab=compare")
    pane = page.locator("#pane-compare")
    pane.get_by_label("for", exact=True).fill("2")
    pane.get_by_label("at", exact=True).fill("50")
    pane.get_by_role("button", name="Run the comparison").click()
    pane.locator(".sd-column dd").first.wait_for(state="visible")
    pane.locator(".sd-compared").wait_for(state="visible", timeout=30_000)
    rows = pane.locator(".sd-compared tbody th").all_inner_texts()
    assert {"throughput /s", "latency p99 ms", "violations"} <= set(rows)
    pane.locator(".sd-plot svg").first.wait_for(state="visible")
    with page.expect_download() as csv:
        pane.get_by_role("link", name="CSV").click()
    assert csv.value.path().read_text().startswith("figure,unit,")
    with page.expect_download() as data:
        pane.get_by_role("button", name="JSON").click()
    assert '"digest"' in data.value.path().read_text()


@ALL
def test_a_scenario_is_saved_and_set_up_from_the_file(lab: OpenLab, design: Design, tmp_path: Any) -> None:
    toggle = design.toggles[0]
    other = next(option for option in toggle.options if option.id != toggle.default)
    page = lab(design.slug, query=f"?seed=4&{toggle.id}={other.id}")
    page.get_by_role("button", name="Scenario").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as JSON").click()
    file = tmp_path / "scenario.json"
    saved.value.save_as(file)
    fresh = lab(design.slug)
    fresh.get_by_role("button", name="Scenario").click()
    fresh.locator("input[type=file]").set_input_files(file)
    fresh.wait_for_function("wanted => location.search === wanted", arg=page.evaluate("location.search"))


@ALL
def test_the_palette_finds_tabs_switches_and_panels(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find")
    box.fill("Numbers")
    page.keyboard.press("Enter")
    page.locator("#pane-numbers").wait_for(state="visible")
    title = (
        page.locator(".sd-panel h3").first.inner_text() or page.locator(".sd-panel h3").first.text_content()
    )
    page.keyboard.press("/")
    box.fill(str(title))
    page.keyboard.press("Enter")
    page.locator("#pane-lab").wait_for(state="visible")


@ALL
def test_a_fault_is_set_and_undone_from_the_dock(lab: OpenLab, design: Design) -> None:
    page = lab(design.slug)
    page.locator(".sd-dock").get_by_role("button", name="Faults").click()
    menu = page.locator(".sd-faultmenu")
    menu.locator("summary").first.click()
    menu.locator("details").first.get_by_role("button").first.click()
    page.wait_for_function("() => location.search.includes('fault=')")
    page.keyboard.press("Escape")
    page.locator(".sd-active button").first.click()
    page.wait_for_function("() => !location.search.includes('fault=')")


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
