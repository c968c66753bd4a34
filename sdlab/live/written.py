"""How many bytes a call and its answer were, for routes whose subject that is.

Counted outermost: the request as it came, and the answer as it is handed to the web server with the two
headers that the server adds, both as HTTP/1.1 writes them.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOLD = "sdlab.bytes"
STATUS_LINE = len(b"HTTP/1.1 200 OK\r\n")
LINE = len(b": \r\n")
END = len(b"\r\n")
BY_SERVER = len(b"server: granian\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")

Told = Callable[[int], None]


def on_bytes(connection: HTTPConnection, told: Told) -> None:
    """Have `told` called once with the bytes of this call and its answer, when that was written.

    To be asked for before the answer begins.
    """
    if (holder := connection.scope.get(TOLD)) is not None:
        holder.append(told)


class CountsBytes:
    """Adds up what is written, and tells whoever asked by `on_bytes`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api"):
            await self.app(scope, receive, send)
            return
        told: list[Told] = []
        written = 0

        async def counted(message: Message) -> None:
            nonlocal written
            await send(message)
            if not told:
                return
            if message["type"] == "http.response.start":
                written += STATUS_LINE + _lines(message["headers"]) + BY_SERVER + END
            elif message["type"] == "http.response.body":
                written += len(message.get("body", b""))
                if not message.get("more_body", False):
                    for one in told:
                        one(_asked(scope) + written)

        await self.app({**scope, TOLD: told}, receive, counted)


def _lines(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + LINE for name, value in headers)


def _asked(scope: Scope) -> int:
    """Bytes of the head of a request."""
    query = len(scope["query_string"]) + 1 if scope["query_string"] else 0
    path = len(scope.get("raw_path") or scope["path"].encode())
    line = len(scope["method"]) + len(b" ") + path + query + len(b" HTTP/1.1\r\n")
    return line + _lines(scope["headers"]) + END
