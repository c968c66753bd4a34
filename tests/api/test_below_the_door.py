"""What never becomes a call or a message, over a real connection: it is given up before it costs memory."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sdlab.api import unfinished
from sdlab.api.door import MAX_BODY
from sdlab.api.unfinished import MOST_UNFINISHED, _borrowed
from sdlab.launcher.paths import ROOT
from sdlab.launcher.supervisor import listen
from tests.machine import budget

MASKED, TEXT, GOES_ON, END = 0x80, 0x01, 0x00, 0x80
HEAD = b"Host: localhost\r\n"


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Where the echo behind the door is served as our server serves."""
    with listen("127.0.0.1", 0) as listening:
        command = [sys.executable, "-m", "tests.api.echo", str(listening.fileno())]
        serving = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
        try:
            yield listening.getsockname()
        finally:
            serving.terminate()
            serving.wait(10)


@contextmanager
def connected(address: tuple[str, int], *parts: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=budget(10)) as one:
        for part in parts:
            one.sendall(part)
        yield one


def all_of(one: socket.socket) -> bytes:
    """What comes until the server closes."""
    parts = []
    try:
        while part := one.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def upgrade() -> bytes:
    key = base64.b64encode(os.urandom(16))
    return (
        b"GET /ws HTTP/1.1\r\n" + HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
    )


def part(payload: bytes, *, first: bool, last: bool) -> bytes:
    """A frame of a text message, masked with zeros."""
    head = (TEXT if first else GOES_ON) | (END if last else 0)
    return struct.pack(">BBQ4x", head, MASKED | 127, len(payload)) + payload


def opened(stack: ExitStack, address: tuple[str, int]) -> socket.socket:
    one = stack.enter_context(connected(address, upgrade()))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += one.recv(4096)
    assert b" 101 " in answer.splitlines()[0]
    return one


def test_messages_that_do_not_end_are_cut_off_and_others_are_not(address: tuple[str, int]) -> None:
    piece = b"x" * (MOST_UNFINISHED // 4)
    with ExitStack() as stack:
        quiet = opened(stack, address)
        endless = [opened(stack, address) for _ in range(8)]
        for one in endless:
            one.sendall(part(piece, first=True, last=False))
            for _ in range(4):
                one.sendall(part(piece, first=False, last=False))
        for one in endless:
            all_of(one)  # a time-out, were it kept
        quiet.sendall(part(b"still", first=True, last=False) + part(b" here", first=False, last=True))
        assert quiet.recv(100)[2:] == b"still here"


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n" + HEAD])
def test_a_head_that_does_not_end_is_given_up(address: tuple[str, int], said: bytes) -> None:
    with connected(address, said) as one:
        assert b" 200 " not in all_of(one)


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"Content-Length: 100\r\n\r\nabc", 408),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 408),
        (b"Content-Length: %d\r\n\r\nabc" % (MAX_BODY + 1), 413),
        (b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (2 * MAX_BODY) + b"x" * (MAX_BODY + 1), 413),
    ],
)
def test_a_refused_body_ends_its_connection(address: tuple[str, int], rest: bytes, status: int) -> None:
    with connected(address, b"POST /x HTTP/1.1\r\n" + HEAD + rest) as one:
        assert all_of(one).startswith(b"HTTP/1.1 %d " % status)


def test_a_head_of_any_length_is_refused(address: tuple[str, int]) -> None:
    with connected(address, b"GET / HTTP/1.1\r\n" + HEAD) as one:
        try:
            one.sendall(b"X: " + b"x" * 1024 * 1024)
        except OSError:
            pass
        assert b" 200 " not in all_of(one)


def test_a_look_at_what_is_no_connection_leaves_nothing_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            with pytest.raises(OSError), _borrowed(file.fileno()):
                pass
        assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
async def test_a_connection_that_is_not_here_is_not_sought_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    listing = os.listdir
    monkeypatch.setattr(unfinished, "LOOK_EVERY", 0)
    monkeypatch.setattr(os, "listdir", lambda place: looks.append(place) or listing(place))
    with unfinished.Unfinished().watched(("192.0.2.1", 9)):
        for _ in range(5 * unfinished.MOST_SOUGHT):
            await asyncio.sleep(0)
    assert looks == [unfinished.DESCRIPTORS] * unfinished.MOST_SOUGHT
