"""What is checked before anything starts, so that a trouble is one line and comes at once."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from sdlab.launcher.errors import LauncherError
from sdlab.settings import Settings, settings

ANSWER_WITHIN = 3  # seconds
PAGE = 64 * 1024
MB = 1024 * 1024
LEAST_SPACE = 32 * MB


def read_settings() -> Settings:
    """The settings; `LauncherError` names the first that is unacceptable."""
    try:
        return settings()
    except ValidationError as error:
        first = error.errors()[0]
        wrong = first["msg"].removeprefix("Value error, ")
        raise LauncherError(f"{'.'.join(str(part) for part in first['loc'])}: {wrong}") from None


def check_all(chosen: Settings, *, host: str, port: int) -> None:
    """Everything that a start needs from outside."""
    free_port(host, port)
    check_data(chosen.data)
    check_redis(chosen.redis_url)
    check_database(chosen.database_url)
    check_blobs(chosen.blob_url)


def free_port(host: str, port: int) -> int:
    """The port if nobody has it, a free one for 0. `LauncherError` otherwise."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            found: int = probe.getsockname()[1]
            return found
    except OSError as error:
        raise LauncherError(why_not_bound(error, host, port)) from None


def why_not_bound(error: OSError, host: str, port: int) -> str:
    """Why nothing can listen there, in one line with what to do."""
    if isinstance(error, socket.gaierror):
        return f"{host} is no address of this machine: {error.strerror}"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; choose another with --port, or 0 for a free one"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user; choose one above 1023 with --port"
    return f"cannot listen on {host}:{port}: {error.strerror}"


def check_data(data: Path) -> None:
    """The data folder exists, takes files, has space left, and belongs to no other server."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data) as kept:
            kept.write(b"\0" * PAGE)  # a full disk still takes empty files
        free = shutil.disk_usage(data).free
        lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except FileExistsError:
        raise LauncherError(f"cannot write to the data folder {data}: it is a file") from None
    except OSError as error:
        raise LauncherError(f"cannot write to the data folder {data}: {error.strerror}") from None
    if free < LEAST_SPACE:
        os.close(lock)
        raise LauncherError(
            f"the disk of the data folder {data} has {free // MB} MB left, and {LEAST_SPACE // MB} are needed; "
            "make place, or choose another folder with --data"
        )
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LauncherError(
            f"another server works on the data folder {data}; choose another with --data"
        ) from None
    finally:
        os.close(lock)


def check_redis(url: str) -> None:
    """The configured Redis answers; without one, the program to embed is there."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    from sdlab.stores.redis import RedisMissing, find_server

    if not url:
        try:
            find_server()
        except RedisMissing as error:
            raise LauncherError(str(error)) from None
        return

    def ping() -> None:
        waits = {"socket_connect_timeout": ANSWER_WITHIN, "socket_timeout": ANSWER_WITHIN}
        with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **waits) as client:  # type: ignore[arg-type]
            client.ping()

    _must_answer("REDIS_URL", url, ping)


def check_database(url: str) -> None:
    """The configured database answers; SQLite needs no asking."""
    if not url:
        return
    from sdlab.stores.sql import Sql

    def ask() -> None:
        engine = Sql(_with_timeout(url)).engine
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        finally:
            engine.dispose()

    _must_answer("DATABASE_URL", url, ask)


def check_blobs(url: str) -> None:
    """The configured object store keeps what it is given; a folder needs no asking."""
    if not url:
        return
    from sdlab.stores.blobs import Blobs

    async def ask() -> None:
        async with asyncio.timeout(ANSWER_WITHIN):
            blobs = Blobs(url)
            await blobs.put("start/check", b"kept")
            await blobs.delete("start/check")

    _must_answer("BLOB_URL", url, lambda: asyncio.run(ask()))


def _with_timeout(url: str) -> str:
    if not url.startswith("postgres"):
        return url
    return f"{url}{'&' if '?' in url else '?'}connect_timeout={ANSWER_WITHIN}"


def _must_answer(name: str, url: str, ask: Callable[[], None]) -> None:
    try:
        ask()
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise LauncherError(f"{name} {without_password(url)} does not answer: {reason[0]}") from None


def without_password(url: str) -> str:
    """The address as it may be shown."""
    scheme, separator, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    return f"{scheme}{separator}{credentials.partition(':')[0]}{at}{place}"
