"""A course as a school has it: a teacher launches a class, a learner joins it in a frame, answers go to a record store.

The learning management system, the record store and the proxy that ends TLS are this test's own; the rest is real.
"""

from __future__ import annotations

import asyncio
import html
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode

from playwright.sync_api import Browser, expect

from sdlab.launcher.server import running_server
from sdlab.launcher.testing import LIMITS
from sdlab.registry import design
from tests.api.test_lti import CLAIM, CLIENT, DEPLOYMENT, INSTRUCTOR, Lms, message
from tests.e2e.conftest import PATIENCE
from tests.e2e.test_framing import Listener, Proxy, certificate
from tests.frame.record_store import KEY, SECRET, Store, record_store
from tests.machine import budget

SLUG = "url-shortener"
ASKING = 3
T = TypeVar("T")


class School(Listener):
    """A learning management system with one course, whose link a teacher opens and a learner sees in a frame."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.lms = Lms()
        self.origin = self.lab = ""

    @property
    def platform(self) -> dict[str, Any]:
        """As an operator registers it."""
        return {
            "issuer": self.origin,
            "client_id": CLIENT,
            "auth_url": f"{self.origin}/auth",
            "key_set": self.lms.key_set,
            "deployment_ids": [DEPLOYMENT],
        }

    async def answer(self, head: bytes, peer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        path, _, query = head.split()[1].decode().partition("?")
        page = self._posts(parse_qs(query)) if path == "/auth" else self._begins(path.removeprefix("/"))
        kind = "Content-Type: text/html\r\nConnection: close"
        back.write(f"HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {len(page)}\r\n\r\n{page}".encode())
        await back.drain()

    def _begins(self, who: str) -> str:
        launch = f"{self.lab}/api/lti/launch"
        asked = {"iss": self.origin, "login_hint": who, "client_id": CLIENT, "target_link_uri": launch}
        login = html.escape(f"{self.lab}/api/lti/login?{urlencode(asked)}")
        if who == "teacher":  # in a window of its own
            return f'<!doctype html><meta http-equiv="refresh" content="0; url={login}">'
        return (
            f'<!doctype html><title>Week 3</title><iframe src="{login}" width="1200" height="800"></iframe>'
        )

    def _posts(self, asked: dict[str, list[str]]) -> str:
        """The signed message, by a form that sends itself."""
        teaches = {f"{CLAIM}roles": [INSTRUCTOR], f"{CLAIM}custom": {"lab": SLUG}, "sub": "the-teacher"}
        claims = message(asked["nonce"][0], iss=self.origin)
        if asked["login_hint"] == ["teacher"]:
            claims |= teaches
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in (("state", asked["state"][0]), ("id_token", self.lms.sign(claims)))
        )
        address = html.escape(asked["redirect_uri"][0])
        form = f'<form method="post" action="{address}">{fields}</form>'
        return f"<!doctype html>{form}<script>document.forms[0].submit()</script>"


@contextmanager
def store_at_work() -> Iterator[Store]:
    """A record store in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def there(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(budget(10))

    async def enter() -> Store:
        return await at.__aenter__()

    async def leave() -> None:
        await at.__aexit__(None, None, None)

    at = record_store()
    try:
        yield there(enter())
    finally:
        there(leave())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_lesson_in_a_course_from_launch_to_record(browser: Browser, tmp_path: Path) -> None:
    school = School(certificate(tmp_path))
    with school.at_work() as port, store_at_work() as store:
        school.origin = f"https://lms.localhost:{port}"
        file = tmp_path / "platforms.json"
        file.write_text(json.dumps({"platforms": [school.platform]}))
        env = {
            **LIMITS,
            "SDLAB_FRAME_ANCESTORS": school.origin,
            "SDLAB_TRUST_PROXY": "true",
            "SDLAB_LTI_PLATFORMS": str(file),
            "SDLAB_PUBLIC_URL": "https://lab.school.example",
            "SDLAB_XAPI_ENDPOINT": store.url,
            "SDLAB_XAPI_KEY": KEY,
            "SDLAB_XAPI_SECRET": SECRET,
        }
        with running_server(tmp_path, env=env) as server:
            with Proxy(server.url, tmp_path / "proxy.pem").at_work() as own:
                school.lab = f"https://lab.localhost:{own}"
                _lesson(browser, school)
            assert server.stop() == 0  # what is not told yet is told now
    assert store.wrong == []
    assert len({one["actor"]["account"]["name"] for one in store.kept.values()}) == 1
    told = [one["verb"]["display"]["en"] for one in store.kept.values()]
    assert told[:2] == ["launched", "initialized"]
    answered = {one["object"]["id"].rpartition("#")[2]: one for one in store.saying("answered")}
    assert answered.keys() >= {f"lesson/beat-{ASKING}"}
    assert any(subject.startswith("quiz/") for subject in answered)


def _lesson(browser: Browser, school: School) -> None:
    visitors = [browser.new_context(ignore_https_errors=True) for _ in range(2)]
    try:
        for one in visitors:
            one.set_default_timeout(PATIENCE)
        teacher, learner = (one.new_page() for one in visitors)
        learner.goto(f"{school.origin}/learner")
        frame = learner.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="The class has not begun")).to_be_visible()
        teacher.goto(f"{school.origin}/teacher")
        teacher.wait_for_url("**/teach/*")
        room = teacher.url.rpartition("/")[2]
        learner.goto(f"{school.origin}/learner")
        expect(frame.get_by_text("Following the class")).to_be_visible()
        moved = teacher.evaluate(
            "([room, beat]) => fetch(`/api/classes/${room}`, {method: 'PATCH', body: JSON.stringify({beat}),"
            " headers: {'Content-Type': 'application/json'}}).then(one => one.status)",
            [room, ASKING],
        )
        assert moved == 200
        frame.locator(f".tc-class[data-beat='{ASKING}']").wait_for(state="attached")
        frame.locator(".tc-option").first.click()
        expect(frame.locator(".tc-option").first).to_have_attribute("aria-pressed", "true")
        frame.get_by_role("button", name="Hide").click()
        frame.get_by_role("tab", name="Quiz").click()
        question = next(one for one in design(SLUG).quiz if one.choices)
        right = next(one for one in question.choices if one.right)
        frame.locator("#pane-quiz").get_by_text(right.text, exact=True).first.click()
        frame.get_by_text(question.explanation).first.wait_for(state="visible")
    finally:
        for one in visitors:
            one.close()
