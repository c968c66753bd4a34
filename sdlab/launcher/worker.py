"""The process that serves: the application on a socket that its supervisor holds."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from typing import Any

from sdlab.launcher.supervisor import BACKLOG, READY

PR_SET_PDEATHSIG = 1
LOOKS = (10_000, 10, 50)  # new objects until a look at the young, looks until one at the older, and at all
SUPERVISOR = "SDLAB_SUPERVISOR"
MOST_AT_ONCE = 16_384  # every event stream and socket counts; at the default of 1,024 nobody else is answered
HEAD_WITHIN = 20.0  # seconds for the head of a call, and between two calls
MAX_HEAD = 64 * 1024  # bytes
LOOK_EVERY = 0.5
ALONE_AT_MOST = 4.0  # seconds; acknowledged data are in the stores, and these end with this process


@cache
def load() -> Any:
    """The ASGI application, made once; what serves it may be forked from here."""
    gc.disable()  # all that is loaded stays, so that looks for what is not needed are in vain
    from sdlab.launcher.logs import write_counted_lines

    write_counted_lines()
    from sdlab.api.door import before_routes
    from sdlab.app import api, app

    application = OneLineFailure(before_routes(app(), api=api))
    settle()
    return application


def serve(listening: socket.socket) -> None:
    """Answer what comes over that socket until SIGTERM; every failure to start is said in one line."""
    end_with_supervisor()
    with_granian(load(), listening)


def with_granian(application: Any, listening: socket.socket) -> None:
    """What granian's own supervisor runs in a worker, on a socket that is there already.

    Its supervisor gives each worker a socket of its own, which nobody holds while the worker is replaced.
    The socket is the server's from here on: it closes it.
    """
    from granian._granian import SocketHolder  # type: ignore[attr-defined]
    from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes, TaskImpl
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    local = listening.family == socket.AF_UNIX
    plain = MPServer(target="", interface=Interfaces.ASGI, log_level=LogLevels.warning)
    MPServer._spawn_asgi_lifespan_worker(
        1,
        None,
        lambda: _logging_here(application),
        ((None, SocketHolder(listening.detach(), local, BACKLOG)), None),  # type: ignore[call-arg]
        None,
        Loops.auto,
        True,
        LogLevels.warning,
        None,
        (),
        RuntimeModes.mt,
        plain.runtime_threads,
        plain.runtime_blocking_threads,
        plain.blocking_threads,
        plain.blocking_threads_idle_timeout,
        MOST_AT_ONCE,
        TaskImpl.asyncio,
        HTTPModes.http1,  # the other one allows heads of 16 MB, and no browser speaks it unencrypted
        HTTP1Settings(header_read_timeout=int(HEAD_WITHIN * 1000), max_buffer_size=MAX_HEAD),
        None,
        True,
        None,
        None,
        plain.ssl_ctx,
        {"url_path_prefix": None},
        (None, None),
    )


def _logging_here(application: Any) -> Any:
    """The libraries have set up handlers of their own by now; their lines go the same way as ours."""
    from sdlab.launcher.logs import take_over

    take_over()
    return application


def settle() -> None:
    """Keep the garbage collector from stopping all viewers at once.

    With thousands of connections a look through everything takes a third of a second. What the
    application consists of stays for good and need not be looked at; what survived two looks, seldom.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LOOKS)
    gc.enable()


def end_with_supervisor() -> None:
    """On Linux the system ends this process in order as soon as its supervisor is gone.

    Elsewhere the application itself watches for that. Where a call or a connection does not end, nobody is
    left to end the process by force, and its data folder would be taken for good: it does so itself.
    """
    threading.Thread(
        target=_end_at_last, args=(os.getppid(),), name="watches supervisor", daemon=True
    ).start()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.environ.get(SUPERVISOR, str(os.getppid())) != str(os.getppid()):
        sys.exit(0)  # it was gone before we could ask


def _end_at_last(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(LOOK_EVERY)
    time.sleep(ALONE_AT_MOST)
    os.kill(os.getpid(), signal.SIGKILL)


class OneLineFailure:
    """Passes everything on; a start that fails is told as one line instead of a traceback.

    Tells the supervisor when the application has started.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failed = False

        async def tell(message: dict[str, Any]) -> None:
            nonlocal failed
            if message["type"] == "lifespan.startup.failed":
                failed = True
                print(
                    f"sdlab: cannot start: {_reason(message.pop('message', ''))}", file=sys.stderr, flush=True
                )
            elif message["type"] == "lifespan.startup.complete":
                _say_ready()
            await send(message)

        try:
            await self._app(scope, receive, tell)
        except Exception:
            if not failed:
                raise


def _reason(said: str) -> str:
    """The line of a traceback that names the error: the last one that is neither a statement nor a link."""
    lines = [line.strip() for line in said.strip().splitlines()]
    telling = [line for line in lines if line and not line.startswith(("[SQL", "[parameters", "(Background"))]
    return telling[-1] if telling else "no reason given"


def _say_ready() -> None:
    if told := os.environ.get(READY):
        with suppress(OSError):
            os.write(int(told), b"1")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as passed:
        serve(passed)
