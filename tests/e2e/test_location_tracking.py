"""The product in the browser: buses drive, one drives oneself, asks who is near, is told when a bus comes."""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
from playwright.sync_api import Page, expect

from tests.closing import closing
from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, look_like
from tests.e2e.test_socket import make_room, with_session
from tests.machine import budget

SLUG = "location-tracking"
ROOT = "/api/location-tracking"


def driven(page: Page) -> str:
    """Let the visitor's own bus appear; the text that says where it is kept."""
    page.get_by_role("button", name="Drive a bus yourself").click()
    expect(page.locator("#feed")).to_contain_text("you is at")
    return page.locator("#feed li").first.inner_text()


def test_buses_drive_and_an_arrival_is_told(lab: OpenLab) -> None:
    page = lab(SLUG)
    expect(page.locator(".cm-eta")).to_contain_text("no position")
    page.get_by_role("button", name="Let the buses drive").click()
    expect(page.locator(".cm-eta")).to_contain_text(re.compile(r"\d min"))
    page.get_by_role("radio", name="Bus 3").click()
    expect(page.get_by_role("radio", name="Bus 3")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".cm-stage canvas[role='img']").first).to_have_attribute(
        "aria-label", re.compile(r"The city: 240 buses")
    )
    page.get_by_role("button", name="Stop the buses").click()
    page.get_by_role("button", name="Let the buses drive").wait_for()


def test_ones_own_bus_is_driven_and_a_tap_on_the_map_finds_the_nearest(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, viewport=DESKTOP, color_scheme="light")
    driven(page)
    for size, scheme in ((PHONE, "dark"), (DESKTOP, "light")):
        look_like(page, size, scheme)
        with fact(f"{size['width']} wide, {scheme}: by keyboard and by dragging"):
            _drive(page)
    with fact("a tap on the map finds the nearest and lights cells"):
        page.locator(".cm-stage canvas[role='img']").first.click(position={"x": 40, "y": 40})
        expect(page.locator("#feed")).to_contain_text("near 48.")
        expect(page.locator("#examined")).to_contain_text("looked at")
        page.locator("#map").get_by_role("button", name="show as table").click()
        expect(page.locator("#map table")).to_contain_text("you")
        expect(page.locator("#map table")).to_contain_text("right")


def _drive(page: Page) -> None:
    own = page.get_by_role("button", name="Your bus")
    own.focus()
    before = own.bounding_box()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    after = own.bounding_box()
    assert before
    assert after
    assert after["x"] > before["x"] + 20
    page.mouse.move(after["x"] + 10, after["y"] + 10)
    page.mouse.down()
    page.mouse.move(after["x"] - 60, after["y"] - 50, steps=6)
    page.mouse.up()
    dragged = own.bounding_box()
    assert dragged
    assert dragged["x"] < after["x"] - 40
    assert dragged["y"] < after["y"] - 30


def test_it_rings_when_the_bus_is_at_the_stop(lab: OpenLab) -> None:
    page = lab(SLUG, query="?workload=drive&rate=20")
    expect(page.locator(".cm-eta")).to_contain_text(re.compile(r"\d min"))
    page.get_by_role("button", name="Ring when it is near").click()
    ringing = page.get_by_role("button", name="Stop ringing")
    ringing.wait_for()
    stops = page.locator(".cm-stop select option")
    assert stops.count() == 5
    expect(page.locator(".cm-alerts li").first).to_contain_text("arrives")
    ringing.click()
    expect(ringing).to_have_count(0)


def test_each_index_shows_its_cells(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?workload=parents&rate=40")
    for option, sign in (
        ("quadtree", "splits"),
        ("S2 cells", "no cells"),
        ("H3 hexagons", "cells with points"),
    ):
        with fact(f"{option}: {sign}"):
            page.locator("#dive-index").get_by_role("radio", name=option, exact=True).check(force=True)
            expect(page.locator("#density")).to_contain_text(sign)
            expect(page.locator("#map")).to_contain_text("cells drawn")
            expect(page.locator("#feed")).to_contain_text("near 48.")


def test_positions_travel_over_real_sockets(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> tuple[Any, ...]:
        room = await make_room(session)
        where = f"?room={room}"
        async with (
            session.ws_connect(f"{ROOT}/ws/bus/b7{where}") as bus,
            session.ws_connect(f"{ROOT}/ws/track/b7{where}") as parent,
        ):
            await bus.send_json({"lat": 48.02, "lng": 11.05, "t": 1_700_000_100})
            stored = await bus.receive_json(timeout=budget(10))
            seen = await parent.receive_json(timeout=budget(10))
            await bus.send_json({"lat": 48.03, "lng": 11.06, "t": 1_700_000_000})
            late = await bus.receive_json(timeout=budget(10))
            await bus.send_str("nonsense")
            refused = await bus.receive_json(timeout=budget(10))
            await bus.send_json({"lat": 95, "lng": 11})
            out_of_range = await bus.receive_json(timeout=budget(10))
            body = {"node": "buses", "kind": "cut"}
            async with session.post(f"/api/labs/{SLUG}/faults{where}", json=body) as answer:
                assert answer.status < 300
            closed = [(await closing(one)).data for one in (bus, parent)]
        async with session.ws_connect(f"{ROOT}/ws/track/b7{where}") as parent:
            again = await parent.receive_json(timeout=budget(10))
        return stored, seen, late, refused, out_of_range, closed, again

    stored, seen, late, refused, out_of_range, closed, again = with_session(server_url, work)
    assert (stored["status"], stored["stored"]) == (200, True)
    assert (seen["lat"], seen["t"]) == (48.02, 1_700_000_100)
    assert (late["stored"], late["why"]) == (False, "100.0 s older than the stored one")
    assert refused["status"] == 422
    assert out_of_range["status"] == 422
    assert closed == [1012, 1012]
    assert json.dumps(again) == json.dumps(seen)
