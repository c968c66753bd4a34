"""A class in a frame of a course: a browser that is sent there follows the class, where the operator allows it.

The two are on different sites and encrypted, as they are at a school: the server behind a proxy that ends TLS,
with a certificate of its own making, and the course as a page of `https://lms.localhost`. Chromium takes any
name under `localhost` for this machine, and two of them for two sites. Cookies of other sites travel in a frame
over TLS alone, so there is no way around it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sdlab.launcher.server import running_server
from sdlab.launcher.testing import LIMITS
from tests.e2e.conftest import PATIENCE
from tests.machine import budget

SLUG = "url-shortener"
LMS = "https://lms.localhost"
AT_ONCE = 65536
T = TypeVar("T")


def certificate(folder: Path) -> Path:
    """A key and a certificate that it has signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab.localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("lab.localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "proxy.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await source.read(AT_ONCE):
            target.write(said)
            await target.drain()
    target.close()


class Encrypted:
    """A proxy that ends TLS: each call has a connection of its own, and a WebSocket has its own too."""

    def __init__(self, server: str, file: Path) -> None:
        address = urlsplit(server)
        self._behind = (address.hostname, address.port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)

    async def listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self._context)

    async def _answer(self, peer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            head = await peer.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            back.close()  # a browser opens connections that it does not use
            return
        head = head.replace(b"\r\n", b"\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\n", 1)
        behind, forth = await asyncio.open_connection(*self._behind)
        forth.write(re.sub(rb"(?i)\r\nconnection: keep-alive\r\n", b"\r\nConnection: close\r\n", head))
        await asyncio.gather(_pour(peer, forth), _pour(behind, back))


@contextmanager
def encrypted(server: str, folder: Path) -> Iterator[str]:
    """The same server by TLS, as a proxy gives it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def there(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(budget(10))

    async def end() -> None:
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    listening = there(Encrypted(server, certificate(folder)).listen())
    try:
        yield f"https://lab.localhost:{listening.sockets[0].getsockname()[1]}"
    finally:
        there(end())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def courses(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Browsers of this test: two visitors, each with cookies of their own."""
    made = [browser.new_context(ignore_https_errors=True) for _ in range(2)]
    for one in made:
        one.set_default_timeout(PATIENCE)
    yield made
    for one in made:
        one.close()


def framed(context: BrowserContext, address: str) -> Page:
    """A page of the course with that in a frame."""
    page = context.new_page()
    html = f"<!doctype html><title>Week 3</title><iframe src='{address}' width='1200' height='800'></iframe>"
    page.route(f"{LMS}/**", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{LMS}/course")
    return page


def test_a_course_frames_a_class_and_a_follower_sees_a_beat(
    courses: list[BrowserContext], tmp_path: Path
) -> None:
    env = {**LIMITS, "SDLAB_FRAME_ANCESTORS": LMS, "SDLAB_TRUST_PROXY": "true"}
    with running_server(tmp_path, env=env) as server, encrypted(server.url, tmp_path) as lab:
        teacher, student = courses
        opened = teacher.request.post(
            f"{lab}/api/classes", data={"lab": SLUG}, headers={"Origin": lab}
        ).json()
        page = framed(student, f"{lab}/join?code={opened['code']}")
        frame = page.frame_locator("iframe")
        frame.get_by_role("button", name="Join", exact=True).click()
        expect(frame.get_by_text("Following the class")).to_be_visible(timeout=budget(60) * 1000)
        kept = [one for one in student.cookies() if one["name"].startswith("sdlab_follower_")]
        assert [(one["sameSite"], one["secure"], one["httpOnly"]) for one in kept] == [("None", True, True)]
        moved = teacher.request.patch(
            f"{lab}/api/classes/{opened['room']}",
            data={"beat": 1},
            headers={"Origin": lab, "X-SDLab-Leader": opened["leader"]},
        )
        assert moved.ok, moved.text()
        frame.locator(".tc-class[data-beat='1']").wait_for(state="attached")
        frame.locator("[data-spot]").first.wait_for(state="attached")
        # the course's own page may do nothing here
        refused = page.evaluate(
            "url => fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include'}).then(one => one.type)",
            f"{lab}/api/classes/{opened['code']}/join",
        )
        assert refused == "opaque"
        assert page.request.post(f"{lab}/api/rooms", headers={"Origin": LMS}).status == 403


def test_without_the_setting_no_course_frames_a_class(
    courses: list[BrowserContext], server_url: str, tmp_path: Path
) -> None:
    with encrypted(server_url, tmp_path) as lab:
        with courses[0].expect_console_message(lambda one: "frame-ancestors 'self'" in one.text):
            page = framed(courses[0], f"{lab}/join")
        expect(page.frame_locator("iframe").get_by_label("Code")).to_have_count(0)
