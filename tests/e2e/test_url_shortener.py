"""The URL shortener in a real browser: shorten, open, count, expire, delete; by hand and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, call, look_like
from tests.machine import budget

SLUG = "url-shortener"


@pytest.fixture
def target(server_url: str) -> str:
    """A real page to lead to, on the only host that a test may ask."""
    return f"{server_url}/api/health"


def shorten(page: Page, url: str, *, alias: str = "") -> str:
    """Fill the form; the new link's path."""
    before = page.locator(".sd-items li").count()
    page.get_by_label("Long URL", exact=True).fill(url)
    if alias:
        page.get_by_label("Alias, optional", exact=True).fill(alias)
    page.get_by_role("button", name="Shorten", exact=True).click()
    expect(page.locator(".sd-items li")).to_have_count(before + 1)
    path = page.locator(".sd-items li").first.get_by_role("link").get_attribute("href")
    assert path
    return path


def test_a_link_is_made_opened_and_counted(lab: OpenLab, fact: Fact, target: str) -> None:
    page = lab(SLUG, viewport=DESKTOP, color_scheme="light")
    row = page.locator(".sd-items li").first
    for number, (size, scheme) in enumerate(((DESKTOP, "light"), (PHONE, "dark"))):
        look_like(page, size, scheme)
        with fact(f"{size['width']} wide, {scheme}: a link counts its clicks"):
            path = shorten(page, f"{target}?{number}")
            assert re.search(r"/s/[0-9A-Za-z]{7}", path)
            expect(row).to_contain_text("0 clicks")
            for clicks in ("1 click", "2 clicks"):
                with page.context.expect_page() as opened:
                    row.get_by_role("link").first.click(modifiers=["Control"])
                opened.value.wait_for_url(f"{target}?{number}")
                opened.value.close()
                expect(row).to_contain_text(clicks)
        with fact(f"{size['width']} wide, {scheme}: no serious accessibility finding"):
            axe(page)
    look_like(page, DESKTOP, "light")
    with fact("the inside moves because of a link"):
        expect(page.locator("#feed li").filter(has_text="POST generate").first).to_contain_text(
            "stored on shard"
        )
        expect(page.locator("#generator")).to_contain_text("3.52 trillion")
        expect(page.locator("#shard_map")).to_contain_text("1")
        expect(page.locator("#bloom")).to_contain_text("lookups avoided")
    with fact("a taken alias is refused beside its field"):
        shorten(page, f"{target}?alias", alias="lunch-e2e")
        page.get_by_label("Long URL", exact=True).fill(f"{target}?other")
        page.get_by_label("Alias, optional", exact=True).fill("lunch-e2e")
        page.get_by_role("button", name="Shorten", exact=True).click()
        expect(page.locator("#wrong-alias")).to_contain_text("taken")


BAD_URLS = [
    ("ftp://example.org/x", "http"),
    ("javascript:alert(1)", "http"),
    ("https://user:secret@example.org/", "user name"),
    ("", ""),
    ("https://example.org/" + "x" * 2100, "2,048"),
]


def test_a_bad_url_is_refused_and_a_good_one_needs_no_mouse(lab: OpenLab, fact: Fact, target: str) -> None:
    page = lab(SLUG)
    field = page.get_by_label("Long URL", exact=True)
    for url, said in BAD_URLS:
        with fact(f"{url[:40]!r} is refused beside its field"):
            field.fill(url)
            page.get_by_role("button", name="Shorten", exact=True).click()
            wrong = page.locator("#wrong-url")
            expect(wrong).not_to_be_empty()
            expect(wrong).to_contain_text(said)
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(page.locator(".sd-items li")).to_have_count(0)
    with fact("everything works by keyboard"):
        field.fill("")
        field.focus()
        page.keyboard.type(target)
        page.keyboard.press("Tab")
        page.keyboard.type("by-keyboard")
        page.keyboard.press("Enter")
        row = page.locator(".sd-items li").first
        expect(row).to_contain_text("by-keyboard")
        expect(field).to_be_focused()
        row.get_by_role("button", name="QR code").focus()
        page.keyboard.press("Enter")
        expect(row.get_by_role("img", name="QR code that leads to")).to_be_visible()
        row.get_by_role("button", name="Delete").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".sd-items li")).to_have_count(0)


def test_what_browsers_get_for_a_link(
    lab: OpenLab, fact: Fact, new_context: Callable[..., BrowserContext], target: str
) -> None:
    page = lab(SLUG)
    path = shorten(page, target)
    with fact("a copied link works in somebody else's browser"):
        other = new_context().new_page()
        other.goto(path)
        other.wait_for_url(target)
    for label, option, status, control in (
        ("301 public", "301_public", 301, "public"),
        ("301 no-store", "301_no_store", 301, "no-store"),
        ("302", "302", 302, ""),
    ):
        with fact(f"the redirect policy {label} is what browsers get"):
            page.locator("#dive-redirect").get_by_role("radio", name=label, exact=True).check(force=True)
            expect(
                page.locator("#feed li").filter(has_text=re.compile(rf"redirect: .* → {option}")).first
            ).to_be_visible()
            answer = page.request.get(path, max_redirects=0)
            assert answer.status == status
            assert control in answer.headers.get("cache-control", "")
    with fact("an expired link says gone"):
        soon = (datetime.now(UTC) + timedelta(seconds=budget(2))).isoformat()
        asked = {"url": f"{target}?soon", "expires_at": soon}
        made = call(page, "POST", f"/api/{SLUG}/shorturl/generate", asked)
        assert page.request.get(made["short_url"], max_redirects=0).status == 302
        expect(page.locator(".sd-items li").first).to_contain_text("expires")
        expect(page.locator(".sd-items li").first).to_contain_text("expired")
        assert page.request.get(made["short_url"], max_redirects=0).status == 410


SWITCHES = [
    ("generator", "Snowflake", "#generator", "sequence"),
    ("generator", "Random", "#generator", "random"),
    ("generator", "MD5", "#generator", "MD5 of the URL"),
    ("cache", "off", "#cache", "off"),
    ("one_to_one", "off", "#bloom", "off"),
    ("url_lock", "off", "#locks", "off"),
    ("allocator_lock", "off", "#locks", "off"),
    ("placement", "modulo", "#shard_map", "modulo"),
]


def test_each_switch_changes_its_panel(lab: OpenLab, fact: Fact, target: str) -> None:
    page = lab(SLUG)
    for number, (toggle, option, panel, shows) in enumerate(SWITCHES):
        with fact(f"{toggle} {option} changes {panel}"):
            dive = page.locator(f"#dive-{toggle}")
            usual = dive.get_by_role("radio", checked=True).get_attribute("value")
            dive.get_by_role("radio", name=option, exact=True).check(force=True)
            page.wait_for_function("id => new URLSearchParams(location.search).has(id)", arg=toggle)
            shorten(page, f"{target}?{number}")
            expect(page.locator(panel)).to_contain_text(re.compile(shows, re.IGNORECASE))
            dive.locator(f"input[value='{usual}']").check(force=True)
            page.wait_for_function("id => !new URLSearchParams(location.search).has(id)", arg=toggle)


def test_without_the_lock_two_urls_get_one_code_and_the_evidence_shows_it(lab: OpenLab) -> None:
    page = lab(SLUG, query="?allocator_lock=off&workload=new_links_storm&rate=300")
    claim = page.get_by_role("button", name=re.compile("No code serves two URLs: broken"))
    claim.first.wait_for(state="visible")
    claim.first.click()
    expect(page.locator(".sd-evidence")).to_contain_text("The shortest history that broke it")
    expect(page.locator(".sd-evidence")).to_contain_text("POST generate")


def test_a_lost_shard_fails_some_reads_and_comes_back(lab: OpenLab) -> None:
    page = lab(SLUG, query="?cache=off&workload=read_heavy&rate=200&fault=shard-1:down")
    expect(page.locator("#feed")).to_contain_text("503")
    page.locator(".sd-active button").first.click()
    page.wait_for_function("() => !location.search.includes('fault=')")
