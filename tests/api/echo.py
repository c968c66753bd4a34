"""An application behind the door that says again what it hears; as a program it serves that over the network.

Run as a program with the number of an open, listening socket.
"""

from __future__ import annotations

import socket
import sys

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

HEAD_WITHIN = BODY_WITHIN = 1.0  # as a program: seconds that a test can wait for


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a call with the size of its body, and a socket with its own words."""
    if scope["type"] == "http":
        size = 0
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await PlainTextResponse(str(size))(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


def _serve(listening: socket.socket) -> None:
    from sdlab.api import door
    from sdlab.launcher import worker
    from sdlab.settings import Settings

    door.BODY_WITHIN = BODY_WITHIN
    worker.HEAD_WITHIN = HEAD_WITHIN

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await behind(scope, receive, send)

    behind = door.Door(echo, settings=Settings())
    worker.with_granian(served, listening)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as passed:
        _serve(passed)
