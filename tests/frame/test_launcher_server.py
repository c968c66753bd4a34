"""The server as the command starts it: what it refuses, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from sdlab.launcher import frontend
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.paths import ROOT
from sdlab.launcher.server import TEST_WEB, Server, environment, running_server
from tests.closing import closing
from tests.machine import budget

ENDS_WITHIN = 20
HOST = "127.0.0.1"
STREAM = "/api/live-comments/streams/harbour/events"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that all tests may ask; the first one builds the pages."""
    with running_server(tmp_path_factory.mktemp("shared")) as one:
        yield one


@pytest.fixture
def started(server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, over the pages that are built by now."""
    with running_server(tmp_path) as one:
        yield one


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def family(server: Server) -> list[psutil.Process]:
    """The process of the command and all below it."""
    main = psutil.Process(server.process.pid)
    return [main, *main.children(recursive=True)]


def worker_of(server: Server) -> psutil.Process:
    """The process that serves: the parent of the embedded Valkey."""
    return next(one.parent() for one in family(server) if "valkey" in one.name())  # type: ignore[return-value]


def valkey_of(server: Server) -> psutil.Process:
    """The embedded Valkey."""
    return next(one for one in family(server) if "valkey" in one.name())


def left_over(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=ENDS_WITHIN)
    return alive


def refusal(*arguments: str, env: Mapping[str, str] | None = None) -> str:
    """What a start that must fail says: one line on stderr, nothing else, quickly."""
    ended = subprocess.run(
        [sys.executable, "-m", "sdlab", "run", *arguments],
        cwd=ROOT,
        env=environment({"SDLAB_TETHER": "", **(env or {})}),
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1), ended.stderr
    return ended.stderr


# What it says and serves


def test_it_serves_pages_and_api_on_one_port(server: Server) -> None:
    assert get(f"{server.url}/api/health")[0] == 200
    assert "<html" in get(f"{server.url}/")[1]


def test_an_address_with_a_line_break_is_refused_like_any_other(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/api/top-k/%0Atop", timeout=budget(10))

    assert refused.value.code == 404
    assert refused.value.headers["Content-Type"] == "application/problem+json"
    refused.value.close()


def test_an_unchanged_source_is_not_built_again(server: Server, started: Server) -> None:
    assert "building" not in started.said()
    assert "installing" not in started.said()


def test_one_build_serves_any_port(server: Server, started: Server) -> None:
    chunk = next((ROOT / TEST_WEB / "build" / "client").glob("assets/reflex-env-*.js"))
    path = f"/assets/{chunk.name}"

    assert started.url != server.url
    assert get(started.url + path) == get(server.url + path)
    assert "location.origin" in get(started.url + path)[1]


def test_pages_carry_the_policy_that_allows_their_own_scripts_only(server: Server) -> None:
    with urllib.request.urlopen(server.url, timeout=10) as answer:
        policy = answer.headers["Content-Security-Policy"]

    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-eval" not in policy


def test_the_build_is_stamped_with_its_sources(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", TEST_WEB)
    assert frontend.fresh()

    monkeypatch.setattr(frontend, "SOURCES", (*frontend.SOURCES, "pyproject.toml"))
    assert not frontend.fresh()


# What it refuses


def test_a_port_in_use(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]

    assert f"port {port}" in refusal("--port", port, "--data", str(tmp_path))


def test_a_data_folder_in_use(server: Server) -> None:
    data = server.log.parent / "data"

    assert "another server works on" in refusal("--port", "0", "--data", str(data))
    assert get(f"{server.url}/api/health")[0] == 200


def test_a_data_folder_that_takes_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert "cannot write" in refusal("--port", "0", "--data", str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("REDIS_URL", "redis://{}:1"),
        ("DATABASE_URL", "postgresql://lab@{}:1/lab"),
        ("BLOB_URL", "s3://lab?endpoint=http://{}:1"),
    ],
)
def test_a_store_that_does_not_answer(tmp_path: Path, name: str, url: str) -> None:
    said = refusal("--port", "0", "--data", str(tmp_path), env={name: url.format(HOST)})

    assert f"{name} " in said
    assert "does not answer" in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB; only root can make one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "sdlab-test", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user cannot make a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
@pytest.mark.parametrize("left", [0, 1024 * 1024])
def test_a_disk_that_is_full(small_disk: Path, left: int) -> None:
    (small_disk / "other").write_bytes(b"0" * (4 * 1024 * 1024 - left))

    said = refusal("--port", "0", "--data", str(small_disk / "data"))

    assert str(small_disk / "data") in said
    assert "No space left" in said or "make place" in said


def test_a_setting_out_of_range(tmp_path: Path) -> None:
    env = {"SDLAB_OPEN_LABS": "0"}

    assert "SDLAB_OPEN_LABS" in refusal("--port", "0", "--data", str(tmp_path), env=env)


def test_a_worker_that_cannot_start_says_why_without_a_traceback(server: Server, tmp_path: Path) -> None:
    broken = Server.launch(
        data=tmp_path / "data", log=tmp_path / "log", env={"SDLAB_REDIS_SERVER": "/bin/false"}
    )
    with pytest.raises(LauncherError, match="ended with 1"):
        broken.wait_until_ready()

    broken.stop()
    assert "cannot start: " in broken.said()
    assert "Valkey ended while starting" in broken.said()
    assert "Traceback" not in broken.said()


# Who comes in


async def refused_socket(url: str, origin: str) -> tuple[int | None, str]:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, origin=origin) as socket:
        message = await closing(socket)
        return message.data, str(message.extra)


async def test_a_page_of_another_port_drives_nothing(server: Server) -> None:
    for path in ("/api/live?lab=url-shortener", "/_event/?EIO=4&transport=websocket"):
        code, reason = await refused_socket(server.url + path, "http://127.0.0.1:1")
        assert (code, reason) == (1008, "only pages of this server may open a socket")


async def test_own_pages_get_their_events(server: Server) -> None:
    address = f"{server.url}/_event/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(address, origin=server.url) as socket:
        assert (await socket.receive_str(timeout=10)).startswith("0{")


async def test_malformed_events_make_few_lines(started: Server) -> None:
    """Whatever comes over the socket of events, the log grows by a line for each kind, not for each event."""
    before = len(started.said())
    address = f"{started.url}/_event/?EIO=4&transport=websocket&token=x"
    bad = (
        '42/_event,["event"]',
        '42/_event,["event",{}]',
        '42/_event,["event","[]"]',
        "42/_event,[",
        "9",
        "42[1]",
    )
    async with aiohttp.ClientSession() as session:
        for one in bad:
            async with session.ws_connect(address, origin=started.url) as socket:
                await socket.receive_str(timeout=10)
                await socket.send_str("40/_event,")
                for _ in range(100):
                    await socket.send_str(one)
                with contextlib.suppress(TimeoutError, TypeError):
                    for _ in range(3):
                        await socket.receive_str(timeout=0.3)
        async with session.get(f"{started.url}/api/alive") as answer:
            assert answer.status == 200
    grown = started.said()[before:]
    assert len(grown) < 16_000, grown[:4000]
    assert all(line.startswith(("{", "sdlab: ")) for line in grown.splitlines()), grown[:4000]


# How it ends


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_in_order(started: Server, number: signal.Signals) -> None:
    all_of_it = family(started)
    assert len(all_of_it) >= 3

    started.process.send_signal(number)

    assert started.process.wait(ENDS_WITHIN) == 0
    assert left_over(all_of_it) == []
    assert "Traceback" not in started.said()


def test_event_streams_that_are_open_do_not_hold_up_the_end(started: Server) -> None:
    with urllib.request.urlopen(f"{started.url}{STREAM}", timeout=30) as stream:
        assert stream.readline().startswith(b"retry:")

        started.process.send_signal(signal.SIGTERM)

        stream.read()  # fails for an answer that is cut off
    assert started.process.wait(ENDS_WITHIN) == 0
    assert "refused to gracefully stop" not in started.said()


def test_a_ctrl_c_in_the_terminal_ends_everything_in_order(started: Server) -> None:
    all_of_it = family(started)

    for one in all_of_it:
        one.send_signal(signal.SIGINT)

    assert started.process.wait(ENDS_WITHIN) == 0
    assert left_over(all_of_it) == []
    assert "Traceback" not in started.said()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_do_not_get_a_ctrl_c(server: Server) -> None:
    status = Path(f"/proc/{worker_of(server).pid}/status").read_text()
    blocked = next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk"))

    assert int(blocked, 16) & 1 << (signal.SIGINT - 1)


def test_a_ctrl_c_while_starting_leaves_nothing(server: Server, tmp_path: Path) -> None:
    starting = Server.launch(data=tmp_path / "data", log=tmp_path / "log")
    main = psutil.Process(starting.process.pid)
    while not main.children():
        assert starting.process.poll() is None
    all_of_it = family(starting)

    for one in all_of_it:
        one.send_signal(signal.SIGINT)
    starting.process.wait(ENDS_WITHIN)
    starting.stop()

    assert left_over(all_of_it) == []
    assert "Traceback" not in starting.said()


def test_nothing_is_left_when_the_main_process_is_killed(started: Server) -> None:
    all_of_it = family(started)

    started.process.kill()

    assert left_over(all_of_it) == []


def test_nothing_is_left_when_whoever_started_it_is_gone(started: Server) -> None:
    all_of_it = family(started)

    assert started.process.stdin
    started.process.stdin.close()

    assert left_over(all_of_it) == []


def test_a_killed_worker_is_replaced_on_the_same_data(started: Server) -> None:
    killed, valkey = worker_of(started), valkey_of(started)

    killed.kill()

    assert left_over([killed, valkey]) == []
    assert get(f"{started.url}/api/health")[0] == 200
    assert worker_of(started).pid != killed.pid


def test_nobody_is_refused_while_a_killed_worker_is_replaced(started: Server) -> None:
    """The socket is always held by somebody: whoever connects waits and is answered, within two seconds."""
    for _ in range(2):  # also the second time, soon after the first
        killed = worker_of(started)
        began = time.monotonic()
        killed.kill()

        assert get(f"{started.url}/api/health")[0] == 200
        assert time.monotonic() - began < budget(2)
        assert worker_of(started).pid != killed.pid
    assert started.said().count("another takes over") == 2
    assert "Traceback" not in started.said()


def made_link(server: Server) -> str:
    """A short link that the server has acknowledged: the path that leads to it."""
    body = json.dumps({"url": "https://example.org/kept"}).encode()
    call = urllib.request.Request(
        f"{server.url}/api/url-shortener/shorturl/generate", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(call, timeout=10) as answer:
        return json.load(answer)["short_url"]


def status_of(url: str, *, within: float, data: bytes | None = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer, of a refusal as well; it must come in that time."""
    call = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    began = time.monotonic()
    try:
        with urllib.request.urlopen(call, timeout=30) as answer:
            found = answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        found = refused.code, json.load(refused)
    assert time.monotonic() - began < within
    return found


async def test_a_killed_valkey_is_replaced_on_the_same_data_and_a_tab_goes_on(started: Server) -> None:
    link = await asyncio.to_thread(made_link, started)
    async with (
        asyncio.timeout(budget(60)),
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{started.url}/api/live?lab=url-shortener&room=public") as tab,
    ):
        await tab.receive_json(timeout=10)
        killed = valkey_of(started)
        began = time.monotonic()
        killed.kill()
        killed.wait(5)
        while (await asyncio.to_thread(status_of, f"{started.url}/api/health", within=5))[0] != 200:
            assert time.monotonic() - began < budget(2)
        assert await asyncio.to_thread(made_link, started) == link  # the same URL: it is remembered
        frame = await tab.receive_json(timeout=10)
        while frame["snapshot"]["uptime"] >= time.monotonic() - began:  # of the lab as it was before
            frame = await tab.receive_json(timeout=10)

        async with session.get(link, allow_redirects=False) as answer:
            assert answer.headers["location"] == "https://example.org/kept"
    assert valkey_of(started).pid != killed.pid
    assert all(one.status() != psutil.STATUS_ZOMBIE for one in family(started))


def test_a_stopped_valkey_hangs_nobody_and_everything_is_as_before_when_it_goes_on(started: Server) -> None:
    made_link(started)
    stopped = valkey_of(started)
    stopped.suspend()
    body = b'{"url": "https://example.org/refused"}'
    for _ in range(3):
        status, problem = status_of(f"{started.url}/api/url-shortener/shorturl/generate", within=5, data=body)
        assert (status, problem["title"]) == (503, "Service Unavailable")
    status, health = status_of(f"{started.url}/api/health", within=5)
    assert (status, health["status"]) == (503, "failing")
    assert "problem" in health["store"]
    assert "ms" in health["database"]
    assert "ms" in health["blobs"]
    assert status_of(f"{started.url}/api/alive", within=1) == (200, {"status": "alive"})

    stopped.resume()

    began = time.monotonic()
    while status_of(f"{started.url}/api/health", within=5)[0] != 200:
        assert time.monotonic() - began < budget(5)
    made_link(started)
    assert "Traceback" not in started.said()


def test_what_a_killed_worker_leaves_is_ended_and_reaped(started: Server) -> None:
    killed, valkey = worker_of(started), valkey_of(started)
    valkey.suspend()  # deaf to every request to end

    killed.kill()

    assert left_over([killed, valkey]) == []
    assert get(f"{started.url}/api/health")[0] == 200
    assert all(one.status() != psutil.STATUS_ZOMBIE for one in family(started))


def test_a_stop_while_valkey_is_stopped_is_quick_and_leaves_nothing(started: Server) -> None:
    all_of_it = family(started)
    valkey_of(started).suspend()
    began = time.monotonic()

    started.process.terminate()

    assert started.process.wait(ENDS_WITHIN) == 0
    assert time.monotonic() - began < 10
    assert left_over(all_of_it) == []


ABANDONED = """
import os, signal, time
from sdlab.launcher import worker
worker.ALONE_AT_MOST = 0.2
pid = os.fork()
if pid == 0:
    os.environ.pop(worker.SUPERVISOR, None)
    worker.end_with_supervisor()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(os.getpid(), flush=True)
    time.sleep(60)
os.read(0, 1)
"""


def test_a_worker_that_does_not_end_in_order_ends_all_the_same_when_its_supervisor_is_killed() -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", ABANDONED], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert supervisor.stdin
    assert supervisor.stdout
    worker = psutil.Process(int(supervisor.stdout.readline()))
    supervisor.kill()
    supervisor.wait()
    try:
        _, alive = psutil.wait_procs([worker], timeout=budget(5))
        assert not alive
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
        supervisor.stdin.close()
        supervisor.stdout.close()
