"""The product in the browser: a starter that is wrong in one case, mended and accepted; attacks are shut in."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
from playwright.sync_api import Page, expect

from designs.leetcode.engine.problems import PROBLEMS
from tests.closing import closing
from tests.e2e.conftest import Fact, OpenLab
from tests.e2e.test_socket import make_room, with_session
from tests.machine import budget

SLUG = "leetcode"
ROOT = "/api/leetcode"
LOADED = 20_000
RIGHT = """def two_sum(nums, target):
    for n, one in enumerate(nums):
        for m in range(n):
            if nums[m] + one == target:
                return [m, n]
"""


def _write(page: Page, code: str) -> None:
    editor = page.locator(".lc-editor .cm-content")
    expect(editor).to_be_visible(timeout=LOADED)
    editor.fill(code)


def test_code_is_run_mended_and_accepted_and_attacks_are_shut_in(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?seed=1")
    samples = page.get_by_role("region", name="Samples")
    mine = page.get_by_role("region", name="My submissions")
    with fact("Two Sum is there, with its samples, and the editor comes after the page"):
        expect(page.get_by_label("Problem", exact=True)).to_have_value("two-sum")
        expect(samples.get_by_role("listitem")).to_have_count(2)
        page.get_by_label("Code", exact=True).click()
        expect(page.locator(".lc-editor .cm-content")).to_contain_text("two_sum", timeout=LOADED)
    with fact("the starter is wrong in one case, and the answer stands beside what is expected"):
        page.get_by_role("button", name="Run", exact=True).click()
        expect(samples.get_by_role("listitem").nth(0)).to_contain_text("accepted")
        wrong = samples.get_by_role("listitem").nth(1)
        expect(wrong).to_contain_text("wrong answer")
        expect(wrong).to_contain_text(re.compile(r"expected \[1,2\].*answered \[0,0\]"))
    with fact("what is mended is accepted by all hidden tests, and leads"):
        _write(page, RIGHT)
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(mine.get_by_role("listitem").first).to_contain_text("accepted")
        expect(mine.get_by_role("listitem").first).to_contain_text("16 of 16 tests")
        expect(page.get_by_role("region", name="Leaderboard").get_by_role("listitem").first).to_contain_text(
            "you"
        )
    with fact("JavaScript has a starter of its own, wrong in the same case"):
        page.get_by_label("Language", exact=True).select_option("javascript")
        expect(page.locator(".lc-editor .cm-content")).to_contain_text("twoSum")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(samples.get_by_role("listitem").nth(1)).to_contain_text("[0,0]")
    with fact("code that opens a file is forbidden"):
        page.get_by_label("Language", exact=True).select_option("python")
        _write(page, "def two_sum(nums, target):\n    return open('/etc/passwd').read()\n")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(mine.get_by_role("listitem").first).to_contain_text("forbidden")
    with fact("bad input is refused, and stays"):
        _write(page, " ")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.get_by_role("alert").filter(has_text="no code")).to_be_visible()
    with fact("an attack gets nothing in namespaces"):
        page.get_by_role("button", name="Read a file of the host", exact=True).click()
        expect(page.locator("[data-attack='secret']").first).to_have_attribute("data-state", "stopped")
    with fact("no hidden test has reached the browser"):
        whole = page.content()
        hidden = [str(one.arguments[0])[1:-1] for one in PROBLEMS["two-sum"].hidden[4:]]
        assert not [one for one in hidden if one in whole or one.replace(" ", "") in whole]


def test_the_leaderboard_comes_over_a_socket(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> tuple[list[Any], list[Any], int]:
        room = await make_room(session)
        live = f"{ROOT}/competitions/weekly/live?room={room}"
        async with session.ws_connect(live) as socket:
            before = await socket.receive_json(timeout=budget(10))
            body = {"language": "python", "code": RIGHT}
            headers = {"X-SDLab-Room": room, "X-SDLab-User": "ann"}
            async with session.post(f"{ROOT}/problems/two-sum/submit", json=body, headers=headers) as answer:
                assert answer.status == 202
            after = await socket.receive_json(timeout=budget(20))
        async with session.ws_connect(live.replace("weekly", "daily")) as socket:
            refused = (await closing(socket)).data
        return before, after, refused

    before, after, refused = with_session(server_url, work)
    assert before == []
    assert after == [{"rank": 1, "person": "ann", "points": 1}]
    assert refused == 1008
