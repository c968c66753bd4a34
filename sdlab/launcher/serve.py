"""`run`: checks, builds what changed, serves with one process or several, leaves nothing behind.

The process that the command started supervises and keeps the listening sockets; the worker process
serves. The worker dies with its supervisor, and the embedded stores with whoever keeps them, whatever way
they end; a process that dies alone is replaced, and nobody is refused meanwhile.
"""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sdlab.launcher import tethered_process
from sdlab.launcher.checks import check_all, read_settings, why_not_bound
from sdlab.launcher.environment import seconds_since_start
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.frontend import ensure_built
from sdlab.launcher.supervisor import FORKS, Child, Supervisor, listen

if TYPE_CHECKING:
    from sdlab.settings import Settings

TETHER = "SDLAB_TETHER"
SUPERVISOR = "SDLAB_SUPERVISOR"

# How Reflex is told that pages are built, and to serve them from the same port as the API.
PRODUCTION = {
    "REFLEX_ENV_MODE": "prod",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}


def serve(*, host: str, port: int, workers: int | None = None) -> int:
    """Serve until told to stop; the exit code. `LauncherError` when it cannot start.

    Without a number of `workers` the machine decides (`fleet.workers_here`).
    """
    if os.environ.get(TETHER):
        tethered_process.end_with_input()
    chosen = read_settings()
    check_all(chosen, host=host, port=port)
    ensure_built()
    os.environ.update(PRODUCTION, **{SUPERVISOR: str(os.getpid()), "SDLAB_DATA": str(chosen.data.absolute())})
    try:
        listening = listen(host, port)
    except OSError as error:
        raise LauncherError(why_not_bound(error, host, port)) from None
    with listening:
        return _supervise(host, listening, chosen, workers)


def _supervise(host: str, listening: socket.socket, chosen: Settings, workers: int | None) -> int:
    from sdlab.launcher import worker
    from sdlab.launcher.fleet import fleet, shared_stores_missing, workers_here

    if workers is None:
        workers = 1 if shared_stores_missing(chosen) else workers_here()
    with ExitStack() as kept:
        if workers == 1:
            stages = [[Child("the serving process", listening, worker.serve)]]
        else:
            stages = kept.enter_context(fleet(chosen, listening, workers))
        if FORKS:  # elsewhere each process loads its own
            worker.load()

        def announce() -> None:
            by = "" if workers == 1 else f", with {workers} workers"
            took = f"ready after {seconds_since_start():.1f} s{by}; Ctrl-C ends it"
            print(f"sdlab: {address(host, listening.getsockname()[1])}  ({took})", flush=True)

        return Supervisor(*stages, ready=announce).run()


def reachable(host: str) -> str:
    """An address at which a server listening on `host` can be asked."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)


def address(host: str, port: int) -> str:
    """The server's URL as a person types it."""
    shown = reachable(host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
