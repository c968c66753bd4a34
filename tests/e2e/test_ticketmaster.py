"""The box office in a real browser and over real HTTP: two buyers, four ways to a seat map, a line, a crash."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import aiohttp
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.closing import closing
from tests.e2e.conftest import DESKTOP, PHONE, Fact, OpenLab, axe, call, look_like, show_side
from tests.e2e.test_socket import make_room, with_session
from tests.machine import budget

SLUG = "ticketmaster"
BASE = f"/api/{SLUG}"
TABLET: ViewportSize = {"width": 800, "height": 900}
LEAST_SEAT = 24  # pixels
SLOW_HANDS = "?hold_s=600"  # on a slow machine half a minute is soon over between two clicks


def buyer(page: Page, name: str) -> Locator:
    """One of the two buyers."""
    return page.get_by_role("region", name=f"Buyer {name}", exact=True)


def seat(page: Page, name: str, which: str) -> Locator:
    """A seat on a buyer's map."""
    return buyer(page, name).locator(f'[data-seat="{which}"]')


def expect_state(page: Page, name: str, which: str, state: str) -> None:
    """Wait until a buyer's map shows that."""
    expect(seat(page, name, which)).to_have_attribute("data-state", state)


def control(page: Page, path: str, data: dict[str, Any]) -> None:
    """Change the system behind the page."""
    call(page, "PATCH" if path == "config" else "POST", f"/api/labs/{SLUG}/{path}", data)


def start_over(page: Page) -> None:
    """Give the lab its first state; return when both buyers see it."""
    control(page, "restart", {})
    for name in ("A", "B"):
        expect_state(page, name, "D10", "free")
        expect(buyer(page, name).get_by_role("article")).to_have_count(0)


def test_what_one_buyer_does_the_other_sees(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query=SLOW_HANDS, viewport=DESKTOP, color_scheme="light")
    for size, scheme in ((DESKTOP, "light"), (TABLET, "dark")):
        look_like(page, size, scheme)
        with fact(f"{size['width']} wide, {scheme}: held by one, not to be had by the other, then sold"):
            _buys_two(page)
        start_over(page)
    with fact("a buyer needs no mouse"):
        _buys_by_keyboard(page)
    with fact("a restart of the lab does not leave a map behind"):
        seat(page, "A", "D10").click()
        page.get_by_role("button", name="Hold as A").click()
        expect_state(page, "B", "D10", "held")
        start_over(page)
        seat(page, "A", "D12").click()
        page.get_by_role("button", name="Hold as A").click()
        expect_state(page, "B", "D12", "held")
    with fact("a reload finds the hold again"):
        page.reload()
        expect_state(page, "A", "D12", "mine")
        page.get_by_role("button", name="Pay as A").click()
        expect(buyer(page, "A").get_by_role("article")).to_contain_text("D12")


def _buys_two(page: Page) -> None:
    for which in ("D10", "D11"):
        seat(page, "A", which).click()
    expect(buyer(page, "A")).to_contain_text("€118.00")
    page.get_by_role("button", name="Hold as A").click()
    for which in ("D10", "D11"):
        expect_state(page, "A", which, "mine")
        expect_state(page, "B", which, "held")
    expect(buyer(page, "A").get_by_role("timer")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Pay as A").click()
    expect(buyer(page, "A").get_by_role("article")).to_contain_text("D10 · D11")
    expect_state(page, "B", "D10", "sold")
    code = buyer(page, "A").get_by_role("img", name=re.compile("QR code"))
    assert code.evaluate("one => one.decode().then(() => one.naturalWidth)") > 50
    axe(page)


def _buys_by_keyboard(page: Page) -> None:
    seat(page, "B", "D10").focus()
    for key in ("ArrowRight", "ArrowDown", "Space", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect_state(page, "B", "E11", "selected")
    expect_state(page, "B", "E10", "selected")
    expect(seat(page, "B", "E10")).to_be_focused()
    page.keyboard.press("Home")
    expect(seat(page, "B", "E1")).to_be_focused()
    page.get_by_role("button", name="Hold as B").press("Enter")
    expect_state(page, "A", "E10", "held")
    page.get_by_role("button", name="Give back as B").press("Enter")
    expect_state(page, "A", "E10", "free")
    assert page.get_by_text("The system runs on.").count() == 0, "space and arrows are the seats' here"


def test_what_buying_must_stand(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query=SLOW_HANDS)
    with fact("four seats at most, and the best are side by side"):
        for which in ("A1", "A2", "A3", "A4", "A5"):
            seat(page, "A", which).click()
        expect_state(page, "A", "A4", "selected")
        expect_state(page, "A", "A5", "free")
        buyer(page, "A").get_by_role("button", name="Best 2 together for A").click()
        for which in ("A10", "A11"):
            expect_state(page, "A", which, "selected")
        expect_state(page, "A", "A1", "free")
        for which in ("A10", "A11"):
            seat(page, "A", which).click()
    with fact("a card that is declined, and a server that dies"):
        seat(page, "A", "D10").click()
        page.get_by_role("button", name="Hold as A").click()
        buyer(page, "A").get_by_text("is declined").click()
        page.get_by_role("button", name="Pay as A").click()
        expect(buyer(page, "A")).to_contain_text("the payment was declined")
        buyer(page, "A").get_by_text("server dies after it").click()
        page.get_by_role("button", name="Pay as A").click()
        expect(buyer(page, "A")).to_contain_text("Put right after the crash")
        expect(buyer(page, "A").get_by_role("article")).to_contain_text("D10")
        expect(page.locator("#money")).to_contain_text("1 put right")
    start_over(page)
    with fact("both at once: one ticket with protection, two without"):
        _buy_at_once(page)


def _buy_at_once(page: Page) -> None:
    both = page.get_by_role("button", name="Both buy the same seat at once")
    both.click()
    expect(page.get_by_role("article", name=re.compile("^Ticket of"))).to_have_count(1)
    expect(page.locator("#race .sd-swimsegment[data-tone='error']").first).to_be_attached()
    control(page, "config", {"toggles": {"holding": "none"}})
    both.click()
    expect(page.get_by_role("article", name=re.compile("^Ticket of"))).to_have_count(2)
    for name in ("A", "B"):
        expect(buyer(page, name)).to_contain_text("Somebody else has a ticket for")
    expect(page.locator("#race")).to_contain_text("sold twice")
    expect(page.locator("#hall [data-state='doubled']")).to_have_count(1)
    axe(page)


COUNTED = """least => {
  const row = [...document.querySelectorAll('#delivery tbody tr')].find(one => one.innerText.includes('in use'));
  const [, requests, , updates] = [...row.querySelectorAll('td')].map(one => Number(one.innerText.replaceAll(',', '')));
  return requests >= least.requests && updates >= least.updates;
}"""
WAYS = (("polling", "polls"), ("long", "long polling"), ("websocket", "WebSocket"), ("sse", "event stream"))


def test_each_way_brings_what_the_other_did(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?delivery=polling&poll_s=1")
    for way, label in WAYS:
        control(page, "config", {"toggles": {"delivery": way}})
        with fact(f"a map by {label} shows what the other did"):
            _brings(page, way, label)


def _brings(page: Page, way: str, label: str) -> None:
    expect(buyer(page, "B")).to_contain_text(f"map by {label}")
    seat(page, "A", "D10").click()
    page.get_by_role("button", name="Hold as A").click()
    expect_state(page, "B", "D10", "held")
    page.get_by_role("button", name="Give back as A").click()
    expect_state(page, "B", "D10", "free")
    used = page.locator("#delivery tbody tr").filter(has_text="in use")
    expect(used.locator("td").first).to_have_text("0" if way == "polling" else "2")
    page.wait_for_function(COUNTED, arg={"requests": 2, "updates": 4})


def test_search_finds_narrows_and_opens(lab: OpenLab) -> None:
    page = lab(SLUG)
    page.get_by_role("button", name="All events, A").click()
    events = buyer(page, "A").locator(".bo-events button[data-event]")
    expect(events).to_have_count(10)
    buyer(page, "A").get_by_role("button", name="Show more").click()
    expect(events).to_have_count(20)
    page.get_by_label("City, buyer A").select_option("Dublin")
    expect(events.first).to_contain_text("Dublin")
    expect(events.filter(has_not_text="Dublin")).to_have_count(0)
    page.get_by_label("Search events, buyer A").fill("xyzzy")
    expect(buyer(page, "A")).to_contain_text("Nothing fits")
    page.get_by_label("City, buyer A").select_option("")
    page.get_by_label("Search events, buyer A").fill("farew")
    expect(events.first).to_contain_text("Farewell")
    axe(page)
    events.first.click()
    expect_state(page, "A", "A1", "free")


def test_in_line_among_a_thousand(lab: OpenLab) -> None:
    page = lab(SLUG, query="?batch=5&workload=rush&rate=200")
    page.wait_for_function("() => /[1-9]\\d wait/.test(document.querySelector('#queue').innerText)")
    page.get_by_role("button", name="All events, A").click()
    buyer(page, "A").locator(".bo-featured").click()
    expect(buyer(page, "A")).to_contain_text(re.compile(r"You are number\s*\d+"))
    expect(buyer(page, "A").get_by_role("progressbar")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Send the crowd home").click()
    page.locator("#dive-admission").get_by_role("radio", name="free-for-all").check(force=True)
    expect(buyer(page, "A").locator("[data-seat='A1']")).to_be_visible()


def test_a_phone_shows_one_buyer_at_a_time(lab: OpenLab) -> None:
    page = lab(SLUG, query=SLOW_HANDS, viewport=PHONE, has_touch=True)
    expect(buyer(page, "A")).to_be_visible()
    expect(buyer(page, "B")).to_be_hidden()
    seat(page, "A", "A1").tap()  # the first touch comes closer, and chooses nothing
    expect(page.locator(".bo-closer[data-near=true]")).to_have_count(1)
    expect_state(page, "A", "A1", "free")
    reach = seat(page, "A", "D10").locator(".reach").bounding_box()
    assert reach
    assert min(reach["width"], reach["height"]) >= LEAST_SEAT
    seat(page, "A", "D10").tap()
    page.get_by_role("button", name="Hold as A").tap()
    show_side(page, "B choosing")
    expect(buyer(page, "A")).to_be_hidden()
    expect_state(page, "B", "D10", "held")
    axe(page)
    show_side(page, "A paying")
    page.get_by_role("button", name="Pay as A").tap()
    expect(buyer(page, "A").get_by_role("article")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


# The same over plain HTTP, without a browser


async def hold(session: aiohttp.ClientSession, room: str, *seats: str) -> int:
    """Hold seats of e2; the status."""
    body, headers = {"event_id": "e2", "seats": seats}, {"X-SDLab-Room": room}
    async with session.post(f"{BASE}/holds", json=body, headers=headers) as answer:
        return answer.status


async def event(answer: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    """The next event of a stream: its id and its seats."""
    id = ""
    while True:
        name, _, value = (await answer.content.readline()).decode().strip().partition(": ")
        if name == "id":
            id = value
        elif name == "data":
            return id, json.loads(value)["seats"]


def test_an_event_stream_resumes_with_what_changed(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> None:
        room = await make_room(session)
        url = f"{BASE}/events/e2/seats/stream?room={room}"
        async with session.get(url) as answer:
            mark, seats = await event(answer)
            assert len(seats) == 200
            assert await hold(session, room, "A1") == 201
            _, changed = await event(answer)
            assert changed == {"A1": "held"}
        assert await hold(session, room, "A2") == 201
        async with session.get(url, headers={"Last-Event-ID": mark}) as answer:
            _, changed = await event(answer)
            assert changed == {"A1": "held", "A2": "held"}

    with_session(server_url, work)


def test_a_long_poll_is_answered_by_the_change(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> None:
        room = await make_room(session)
        url = f"{BASE}/events/e2/seats"

        async def ask(path: str, **more: Any) -> dict[str, Any]:
            async with session.get(url + path, params={"room": room, **more}) as answer:
                assert answer.status == 200
                found: dict[str, Any] = await answer.json()
                return found

        mark = (await ask(""))["version"]
        waiting = asyncio.create_task(ask("/next", after=mark, wait=20))
        assert await hold(session, room, "A1") == 201
        update = await asyncio.wait_for(waiting, budget(5))
        assert update["seats"] == {"A1": "held"}
        nothing = await ask("/next", after=update["version"], wait=0)
        assert (nothing["seats"], nothing["full"]) == ({}, False)

    with_session(server_url, work)


def test_a_socket_sends_all_then_changes_and_refuses_nonsense(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> None:
        room = await make_room(session)
        url = f"{BASE}/events/e2/seats/ws?room={room}"
        async with session.ws_connect(url) as socket:
            whole = await socket.receive_json(timeout=budget(5))
            assert (whole["full"], len(whole["seats"])) == (True, 200)
            assert await hold(session, room, "A1") == 201
            assert (await socket.receive_json(timeout=budget(5)))["seats"] == {"A1": "held"}
        async with session.ws_connect(f"{url}&after={whole['version']}") as socket:
            assert (await socket.receive_json(timeout=budget(5)))["seats"] == {"A1": "held"}
            await socket.send_str("x" * 2_000)
            assert (await closing(socket)).data == 1009
        async with session.ws_connect(f"{BASE}/events/none/seats/ws?room={room}") as socket:
            assert (await closing(socket)).data == 1008

    with_session(server_url, work)
