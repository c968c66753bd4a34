"""The server that is hurt: where its data lie, which processes are its parts, what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from sdlab.launcher.errors import LauncherError
from sdlab.launcher.server import Server
from sdlab.launcher.testing import LIMITS
from sdlab.launcher.torture.observation import Usage
from sdlab.launcher.torture.proxy import Proxy
from sdlab.stores.redis import EmbeddedRedis

MARK = "SDLAB_TORTURED"  # in the environment of every process of the server, whoever is its parent later
SMALL_DISK_MB = 256
CORPUS = "1000"  # documents that tweet search begins with
STARTS_AGAIN_AFTER = 0.3  # seconds that who looks after the server waits before the next attempt
LOOK_EVERY = 0.1
NURSERY = "sdlab.parts.workers.nursery"

SETTINGS = {
    "plain": "all stores embedded",
    "small disk": f"data on a disk of {SMALL_DISK_MB} MB",
    "proxy": "Valkey behind a line of the harness, by `REDIS_URL`",
}


@dataclass(slots=True)
class Subject:
    """A server on a data folder at one address, which may be started again; `disk` and `proxy` where it has them."""

    folder: Path
    setting: str = "plain"
    disk: Path | None = None
    proxy: Proxy | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    _server: Server | None = None
    _starts: int = 0

    @property
    def url(self) -> str:
        """Its address, also while it is not there."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """Its data folder."""
        return (self.disk or self.folder) / "data"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self.port = self.port or _free_port()
        self.launch()
        assert self._server is not None
        await asyncio.to_thread(self._server.wait_until_ready)

    def launch(self) -> None:
        """Start it, and wait for nothing."""
        self._starts += 1
        limits = {name: value for name, value in LIMITS.items() if name != "SDLAB_IDLE_MINUTES"}
        fixed = {"SDLAB_BENCH": "1", "SDLAB_CORPUS": CORPUS, "SDLAB_FETCH": "off", MARK: self.mark}
        log = self.folder / f"server-{self._starts}.log"
        env = {**limits, **fixed, **self.env}
        self._server = Server.launch(data=self.data, log=log, port=self.port, env=env)

    async def launch_until_it_stays(self, *, seconds: float) -> None:
        """Start it as what looks after a server does: again and again until one stays and answers, or time is over."""
        until = time.monotonic() + seconds
        self.launch()
        while time.monotonic() < until:
            assert self._server is not None
            if self._server.process.poll() is not None:
                self._let_go()
                await asyncio.sleep(STARTS_AGAIN_AFTER)
                self.launch()
            elif "ready after" in self._server.said():
                return
            await asyncio.sleep(LOOK_EVERY)

    async def stop(self) -> None:
        """End it in order, and whatever of it is still there."""
        if self._server is not None:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._server.stop)
        for one in self.strays():
            with suppress(psutil.NoSuchProcess):
                one.kill()

    async def signal(self, number: signal.Signals, *, seconds: float = 20.0) -> None:
        """Signal the supervisor, and wait until it is gone."""
        assert self._server is not None
        self._server.process.send_signal(number)
        await asyncio.to_thread(self._server.process.wait, seconds)
        self._let_go()

    def _let_go(self) -> None:
        assert self._server is not None
        assert self._server.process.stdin is not None
        self._server.process.stdin.close()

    # Parts

    @property
    def supervisor(self) -> psutil.Process:
        """The process that was started. `LauncherError` when it is gone."""
        if self._server is None or self._server.process.poll() is not None:
            raise LauncherError("the server is gone")
        return psutil.Process(self._server.process.pid)

    def parts(self) -> list[psutil.Process]:
        """All processes of the server, as a tree; none when it is gone."""
        with suppress(LauncherError, psutil.NoSuchProcess):
            return [self.supervisor, *self.supervisor.children(recursive=True)]
        return []

    def worker(self) -> psutil.Process:
        """The serving process."""
        head = self.supervisor
        found = [one for one in head.children() if _is_worker(one, head)]
        if len(found) != 1:
            raise LauncherError(f"{len(found)} serving processes instead of one")
        return found[0]

    def named(self, name: str) -> list[psutil.Process]:
        """The heads of the parts whose program has that name: a PostgreSQL's children are not among them."""
        found = [one for one in self.parts() if _name(one).startswith(name)]
        pids = {one.pid for one in found}
        return [one for one in found if _parent(one) not in pids]

    def lab_processes(self, *, with_nursery: bool) -> list[psutil.Process]:
        """The processes of labs that run now; those that were forked, and the one that they are forked from."""
        return [
            one
            for one in self.parts()
            if NURSERY in _line(one) and (with_nursery or NURSERY in _line_of(_parent(one)))
        ]

    # What it holds and leaves

    def usage(self) -> Usage:
        """Memory and open files of all its processes."""
        memory = files = 0
        for one in self.parts():
            with suppress(psutil.Error, OSError):
                info = one.memory_full_info()
                memory += getattr(info, "pss", 0) or info.rss
                files += one.num_fds()
        return Usage(memory, files)

    def zombies(self) -> tuple[str, ...]:
        """Its processes that have ended and that nobody has reaped."""
        return tuple(sorted(_name(one) for one in self.parts() if _is_zombie(one)))

    def strays(self) -> list[psutil.Process]:
        """Processes that come from this server, at whatever start, and do not belong to it now."""
        ours = {one.pid for one in self.parts()}
        return [one for one in psutil.process_iter() if one.pid not in ours and self._marked(one)]

    def _marked(self, one: psutil.Process) -> bool:
        with suppress(psutil.Error, OSError):
            return bool(one.environ().get(MARK) == self.mark)
        return False

    def orphans(self) -> tuple[str, ...]:
        """The names of its strays."""
        return tuple(sorted(_name(one) for one in self.strays() if not _is_zombie(one)))


@asynccontextmanager
async def subject(setting: str, folder: Path) -> AsyncIterator[Subject]:
    """A server in that setting that has started; it and all of it are gone after the block.

    `LauncherError` where the setting cannot be had, see `why_not`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        one = Subject(folder, setting)
        if setting == "small disk":
            one.disk = _mount(folder / "disk")
            stack.callback(_unmount, one.disk)
        if setting == "proxy":
            valkey = EmbeddedRedis.start(folder / "valkey")
            stack.callback(valkey.stop)
            one.proxy = Proxy(valkey.socket_path)
            await one.proxy.open()
            stack.push_async_callback(one.proxy.close)
            one.env = {"REDIS_URL": f"redis://127.0.0.1:{one.proxy.port}/0"}
        stack.push_async_callback(one.stop)
        await one.start()
        yield one


def why_not(setting: str) -> str:
    """Why a server in that setting cannot be had here; empty when it can."""
    if setting == "small disk" and (os.name != "posix" or os.geteuid() != 0):
        return "only root may mount a small disk"
    return ""


def _mount(place: Path) -> Path:
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MB}m", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise LauncherError(f"a small disk cannot be mounted: {said.strip()}") from None
    return place


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_worker(one: psutil.Process, head: psutil.Process) -> bool:
    line = _line(one)
    return bool(line) and (line == _line(head) or "sdlab.launcher.worker" in line)


def _line(one: psutil.Process) -> str:
    with suppress(psutil.Error, OSError):
        return " ".join(one.cmdline())
    return ""


def _line_of(pid: int) -> str:
    with suppress(psutil.Error):
        return _line(psutil.Process(pid))
    return ""


def _name(one: psutil.Process) -> str:
    with suppress(psutil.Error):
        return str(one.name())
    return ""


def _parent(one: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(one.ppid())
    return 0


def _is_zombie(one: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(one.status() == psutil.STATUS_ZOMBIE)
    return False
