"""A FastAPI application on the server that ours has, with a route that does nothing, and one that stores what streams in.

Run as a program with the number of an open, listening socket.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI, Request, Response

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
    from sdlab.launcher.worker import with_granian

    api = FastAPI()
    folder = tempfile.TemporaryDirectory()

    @api.get("/api/bench/noop")
    async def noop() -> Response:
        return Response(status_code=204)

    @api.put("/api/bench/object")
    async def store(request: Request) -> Response:
        with tempfile.NamedTemporaryFile(dir=folder.name) as file:
            async for piece in request.stream():
                file.write(piece)
        return Response(status_code=201)

    with folder:
        with_granian(api, listening)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as passed:
        _serve(passed)
