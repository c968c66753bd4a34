"""`run`: checks, builds what changed, serves with one worker, leaves nothing behind.

The process that the command started supervises; the worker process serves. The worker dies with
its supervisor, and the embedded Valkey with its worker, whatever way they end.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

from sdlab.launcher import tethered_process
from sdlab.launcher.checks import check_all, read_settings
from sdlab.launcher.environment import seconds_since_start
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.frontend import ensure_built

FAILED = 1
STOP_WITHIN = 20  # seconds; more than the stores take to write what they hold
BACKLOG = 2048
MOST_AT_ONCE = 16_384  # every event stream and socket counts; at the default of 1,024 nobody else is answered
ANSWER_WITHIN = 60.0
TETHER = "SDLAB_TETHER"
SUPERVISOR = "SDLAB_SUPERVISOR"

# How Reflex is told that pages are built, and to serve them from the same port as the API.
PRODUCTION = {
    "REFLEX_ENV_MODE": "prod",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}


def serve(*, host: str, port: int) -> int:
    """Serve until told to stop; the exit code. `LauncherError` when it cannot start."""
    if os.environ.get(TETHER):
        tethered_process.end_with_input()
    chosen = read_settings()
    free = check_all(chosen, host=host, port=port)
    ensure_built()
    os.environ.update(PRODUCTION, **{SUPERVISOR: str(os.getpid()), "SDLAB_DATA": str(chosen.data.absolute())})
    return _supervise(host, free)


def _supervise(host: str, port: int) -> int:
    server = _server(host, port)
    announcer = Announcer(host, port, ready=lambda: setattr(server, "respawn_failed_workers", True))
    server.on_startup(announcer.start)
    try:
        server.serve()
    except SystemExit as end:
        if not announcer.answered:
            raise LauncherError("the server ended while starting") from None
        return int(end.code or 0)
    return 0


def _server(host: str, port: int) -> Any:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    class Supervisor(MPServer):
        """Starts workers deaf to Ctrl-C: the terminal sends it to all, but the supervisor decides."""

        def _spawn_workers(self, *arguments: Any) -> None:
            with _later(signal.SIGINT):
                super()._spawn_workers(*arguments)  # type: ignore[no-untyped-call]

        def _respawn_workers(self, *arguments: Any, **options: Any) -> None:
            with _later(signal.SIGINT):
                super()._respawn_workers(*arguments, **options)

    # A fresh interpreter per worker: the supervisor stays small, and has threads that a fork would break.
    multiprocessing.set_start_method("spawn", force=True)
    resource_tracker.ensure_running()  # started later, it would unblock the signal below
    return Supervisor(
        target="sdlab.launcher.worker:create",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        backlog=BACKLOG,
        backpressure=MOST_AT_ONCE,
        workers_kill_timeout=STOP_WITHIN,
        log_level=LogLevels.warning,
    )


@contextmanager
def _later(number: signal.Signals) -> Iterator[None]:
    """That signal waits until the block ends, and processes started in it never get it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Announcer:
    """Says where the server is, once it answers."""

    def __init__(self, host: str, port: int, *, ready: Any) -> None:
        self._host, self._port, self._ready = host, port, ready
        self.answered = False

    def start(self) -> None:
        """Begin to ask, beside whatever goes on."""
        threading.Thread(target=self._announce, name="announcer", daemon=True).start()

    def _announce(self) -> None:
        until = time.monotonic() + ANSWER_WITHIN
        while time.monotonic() < until:
            if healthy(reachable(self._host), self._port):
                self.answered = True
                self._ready()
                took = f"ready after {seconds_since_start():.1f} s; Ctrl-C ends it"
                print(f"sdlab: {address(self._host, self._port)}  ({took})", flush=True)
                return
            time.sleep(0.05)
        print(f"sdlab: no answer within {ANSWER_WITHIN:g} s, still trying", file=sys.stderr, flush=True)


def reachable(host: str) -> str:
    """An address at which a server listening on `host` can be asked."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)


def address(host: str, port: int) -> str:
    """The server's URL as a person types it."""
    shown = reachable(host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def healthy(host: str, port: int) -> bool:
    """Whether the server says that it is well."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
