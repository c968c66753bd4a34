"""A FastAPI application with one route that does nothing, on the server that ours has: the peer of every call.

Run as a program with the number of an open, listening socket.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sdlab.launcher.paths import ROOT
from sdlab.launcher.supervisor import listen


@contextmanager
def bare_server() -> Iterator[str]:
    """Its address, for the block."""
    with listen("127.0.0.1", 0) as listening:
        command = [sys.executable, "-m", "sdlab.launcher.bench.bare", str(listening.fileno())]
        serving = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            serving.terminate()
            serving.wait(10)


def _serve(listening: socket.socket) -> None:
    from fastapi import FastAPI, Response

    from sdlab.launcher.worker import with_granian

    api = FastAPI()

    @api.get("/api/bench/noop")
    async def noop() -> Response:
        return Response(status_code=204)

    with_granian(api, listening)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as passed:
        _serve(passed)
