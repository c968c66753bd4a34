"""The process that serves: the application, tied to the life of its supervisor."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
LOOKS = (10_000, 10, 50)  # new objects until a look at the young, looks until one at the older, and at all
SUPERVISOR = "SDLAB_SUPERVISOR"


def create() -> Any:
    """The ASGI application, with every failure to start said in one line."""
    end_with_supervisor()
    logging.basicConfig(level=logging.WARNING, format="sdlab: %(levelname)s %(name)s: %(message)s")
    from sdlab.app import app
    from sdlab.live.headers import PrintablePaths

    application = OneLineFailure(PrintablePaths(app()))
    settle()
    return application


def settle() -> None:
    """Keep the garbage collector from stopping all viewers at once.

    With thousands of connections a look through everything takes a third of a second. What the
    application consists of stays for good and need not be looked at; what survived two looks, seldom.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LOOKS)


def end_with_supervisor() -> None:
    """On Linux the system ends this process in order as soon as its supervisor is gone.

    Elsewhere the application itself watches for that.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.environ.get(SUPERVISOR, str(os.getppid())) != str(os.getppid()):
        sys.exit(0)  # it was gone before we could ask


class OneLineFailure:
    """Passes everything on; a start that fails is told as one line instead of a traceback."""

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
                lines = message.pop("message", "").strip().splitlines() or ["no reason given"]
                print(f"sdlab: cannot start: {lines[-1]}", file=sys.stderr, flush=True)
            await send(message)

        try:
            await self._app(scope, receive, tell)
        except Exception:
            if not failed:
                raise
