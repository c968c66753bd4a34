"""A class in a frame of a course: a browser that is sent there follows the class, where the operator allows it.

The two are on different sites and encrypted, as they are at a school: the server behind a proxy that ends TLS,
with a certificate of its own making, and the course as a page of another name. Chromium takes any name under
`localhost` for this machine, and two of them for two sites. Cookies of other sites travel in a frame over TLS alone,
so there is no way around it.
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
from urllib.parse import quote, unquote, urlsplit

import httpx
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


class Listener:
    """Answers calls by TLS, each on a connection of its own, in a thread of its own."""

    def __init__(self, file: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)
        self._open: set[asyncio.StreamWriter] = set()

    async def answer(self, head: bytes, peer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Answer the call that begins so."""
        raise NotImplementedError

    @contextmanager
    def at_work(self) -> Iterator[int]:
        """Its port, for the block."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()

        def there(work: Coroutine[Any, Any, T]) -> T:
            return asyncio.run_coroutine_threadsafe(work, loop).result(budget(10))

        server = there(asyncio.start_server(self._heard, "127.0.0.1", 0, ssl=self._context))
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            there(self._end(server))
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _heard(self, peer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._open.add(back)
        with suppress(
            OSError, asyncio.IncompleteReadError
        ):  # a browser opens connections that it does not use
            await self.answer(await peer.readuntil(b"\r\n\r\n"), peer, back)
        back.close()
        with suppress(OSError):
            await back.wait_closed()
        self._open.discard(back)

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        for one in list(self._open):
            one.transport.abort()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)


class Proxy(Listener):
    """In front of a server, with what a proxy adds."""

    def __init__(self, server: str, file: Path) -> None:
        super().__init__(file)
        address = urlsplit(server)
        self._behind = (address.hostname, address.port)

    async def answer(self, head: bytes, peer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        behind, forth = await asyncio.open_connection(*self._behind)
        self._open.add(forth)
        head = head.replace(b"\r\n", b"\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\n", 1)
        forth.write(re.sub(rb"(?i)\r\nconnection: keep-alive\r\n", b"\r\nConnection: close\r\n", head))
        await asyncio.gather(_pour(peer, forth), _pour(behind, back))
        self._open.discard(forth)


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await source.read(AT_ONCE):
            target.write(said)
            await target.drain()
    target.close()


class Course(Listener):
    """A page with the address after its `?` in a frame."""

    async def answer(self, head: bytes, peer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        asked = unquote(head.split()[1].decode().partition("?")[2])
        page = (
            f"<!doctype html><title>Week 3</title><iframe src='{asked}' width='1200' height='800'></iframe>"
        )
        kind = "Content-Type: text/html\r\nConnection: close"
        back.write(f"HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {len(page)}\r\n\r\n{page}".encode())
        await back.drain()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def course(keys: Path) -> Iterator[str]:
    """Where the course is."""
    with Course(keys).at_work() as port:
        yield f"https://lms.localhost:{port}"


@pytest.fixture
def student(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor of the course."""
    one = browser.new_context(ignore_https_errors=True)
    one.set_default_timeout(PATIENCE)
    yield one
    one.close()


def framed(context: BrowserContext, course: str, address: str) -> Page:
    """A page of the course with that in a frame."""
    page = context.new_page()
    page.goto(f"{course}/week-3?{quote(address)}")
    return page


def test_a_course_frames_a_class_and_a_follower_sees_a_beat(
    student: BrowserContext, course: str, keys: Path, tmp_path: Path
) -> None:
    env = {**LIMITS, "SDLAB_FRAME_ANCESTORS": course, "SDLAB_TRUST_PROXY": "true"}
    with (
        running_server(tmp_path, env=env) as server,
        Proxy(server.url, keys).at_work() as port,
        httpx.Client(base_url=server.url) as teacher,
    ):
        opened = teacher.post("/api/classes", json={"lab": SLUG}).json()
        teacher.cookies.clear()
        teacher.headers["X-SDLab-Leader"] = opened["leader"]
        page = framed(student, course, f"https://lab.localhost:{port}/join?code={opened['code']}")
        frame = page.frame_locator("iframe")
        frame.get_by_role("button", name="Join", exact=True).click()
        expect(frame.get_by_text("Following the class")).to_be_visible()
        kept = [one for one in student.cookies() if one["name"].startswith("sdlab_follower_")]
        assert [(one["sameSite"], one["secure"], one["httpOnly"]) for one in kept] == [("None", True, True)]
        assert teacher.patch(f"/api/classes/{opened['room']}", json={"beat": 1}).status_code == 200
        frame.locator(".tc-class[data-beat='1']").wait_for(state="attached")
        frame.locator("[data-spot]").first.wait_for(state="attached")
        for path in (
            "/api/rooms",
            f"/api/classes/{opened['code']}/join",
        ):  # who frames may still do nothing here
            assert teacher.post(path, headers={"Origin": course}).json()["title"] == "Foreign page"


def test_without_the_setting_no_course_frames_a_class(
    student: BrowserContext, course: str, keys: Path, server_url: str
) -> None:
    with (
        Proxy(server_url, keys).at_work() as port,
        student.expect_console_message(lambda one: "frame-ancestors 'self'" in one.text),
    ):
        page = framed(student, course, f"https://lab.localhost:{port}/join")
        expect(page.frame_locator("iframe").get_by_label("Code")).to_have_count(0)
