"""The operator's page shows the figures of the server, and asks for the token when they are not given."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, OpenLab, Witness, axe, look_like


def test_the_operator_sees_how_the_server_does(lab: OpenLab, witness: Witness) -> None:
    page: Page = lab("url-shortener")
    page.goto("/operator")
    page.get_by_role("heading", name="Stores keep what they are given").wait_for()
    expect(page.get_by_label("Labs at work")).to_contain_text("url-shortener")
    expect(page.get_by_label("Calls of stores")).to_contain_text("valkey")
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        look_like(page, size, scheme)
        axe(page)
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=size["width"])
    witness.expect("403")
    page.route("**/api/metrics", lambda route: route.fulfill(status=403, body="{}"))
    page.get_by_label("Token").wait_for()
    axe(page)
