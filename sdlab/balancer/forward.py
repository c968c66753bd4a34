"""Passes calls and sockets on to the process that has their room, and what it answers back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, WSMsgType
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from sdlab.api.measured import came_through_proxies
from sdlab.api.problems import problem
from sdlab.balancer.figures import together
from sdlab.balancer.holders import Holders
from sdlab.balancer.routing import room_named
from sdlab.metrics import REGISTRY
from sdlab.rooms.http import SAFE
from sdlab.rooms.lease import PLACE_HEADER

log = logging.getLogger("sdlab.balancer")

NAME = "sdlab"
FIGURES = "/api/metrics"
PIECE = 64 * 1024  # bytes of an answer that are passed on at once
ANSWERED_WITHIN = 60.0  # seconds until an answer begins
SERVICE_RESTART, TRY_AGAIN = 1012, 1013
# Of one connection, not of the call (RFC 9110, section 7.6.1); the body's length is known anew.
_HOPS = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_OF_A_HANDSHAKE = ("sec-websocket-",)
_OF_A_PROXY = ("x-forwarded-", "forwarded", "x-real-ip")
_LOST = "the process that had this call is being replaced; try again"

Headers = list[tuple[str, str]]


class Forwarder:
    """An ASGI application in front of serving processes that listen at `sockets`, by place.

    A process is believed when it says that another has the room: the call is then sent there, once. What
    proxies before this one say of a visitor is passed on when they are to be `trusted`, else removed.
    """

    def __init__(self, sockets: Sequence[Path], holders: Holders, *, trusted: bool) -> None:
        self._sockets, self._holders, self._trusted = sockets, holders, trusted
        self._sessions: list[ClientSession] = []

    def open(self) -> None:
        """Begin, in the event loop that will serve."""
        self._sessions = [_session(one) for one in self._sockets]

    async def close(self) -> None:
        """Let go of all connections."""
        for one in self._sessions:
            await one.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call or a socket on."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)

    async def _place(self, scope: Scope) -> int:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        return await self._holders.place(room_named(scope["path"], query, headers, peer=_peer(scope)))

    # Calls

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        place = await self._place(scope)
        try:
            if (scope["method"], scope["path"]) == ("GET", FIGURES):
                await self._figures(scope, receive, send)
                return
            answer = await self._asked(place, scope, body)
            if (other := _held_by(answer, self._holders.places)) is not None:
                answer.release()
                answer = await self._asked(other, scope, body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("a serving process did not answer: %s", type(error).__name__)
            await problem(503, detail=_LOST, headers={"Retry-After": "1"})(scope, receive, send)
            return
        try:
            await _until_gone(receive, _passed_back(answer, send))
        finally:
            answer.close()

    async def _asked(self, place: int, scope: Scope, body: bytes) -> ClientResponse:
        """The answer of that process as far as its head. What changes nothing is asked once more when it is lost."""
        url, headers = _address(scope), self._headers(scope)
        for last in (scope["method"] not in SAFE, True):
            try:
                async with asyncio.timeout(ANSWERED_WITHIN):
                    return await self._sessions[place].request(
                        scope["method"], url, headers=headers, data=body or None, allow_redirects=False
                    )
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if last:
                    raise
        raise AssertionError("unreachable")

    def _headers(self, scope: Scope, *, without: tuple[str, ...] = ()) -> Headers:
        left_out = without if self._trusted else (*without, *_OF_A_PROXY)
        given = _plain(scope["headers"], without=left_out)
        if came_through_proxies(scope):
            given.append(("via", f"1.1 {NAME}"))  # and so it stays known
        if not self._trusted or all(name != "x-forwarded-for" for name, _ in given):
            given.append(("x-forwarded-for", _peer(scope)))
        return given

    # Figures

    async def _figures(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Those of all processes, for whom all of them tell theirs."""
        answers = [await self._asked(place, scope, b"") for place in range(self._holders.places)]
        try:
            if refused := next((one for one in answers if one.status != 200), None):
                await _passed_back(refused, send)
                return
            texts = {str(place + 1): await one.text() for place, one in enumerate(answers)}
        finally:
            for one in answers:
                one.close()
        texts["in front"] = generate_latest(REGISTRY).decode()
        await Response(together(texts), media_type=CONTENT_TYPE_LATEST)(scope, receive, send)

    # Sockets

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = await self._place(scope)
        await receive()  # that a peer wants to connect
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                upstream = await self._sessions[place].ws_connect(
                    _address(scope),
                    headers=self._headers(scope, without=_OF_A_HANDSHAKE),
                    protocols=scope.get("subprotocols") or (),
                    max_msg_size=0,
                    autoclose=False,
                )
        except aiohttp.WSServerHandshakeError:
            await send({"type": "websocket.close", "code": 1000})
            return
        except (aiohttp.ClientError, OSError, TimeoutError):
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": TRY_AGAIN, "reason": _LOST})
            return
        async with upstream:
            await send({"type": "websocket.accept", "subprotocol": upstream.protocol})
            ended: list[Message] = []
            await _until_one_ends(_down(upstream, send, ended), _up(upstream, receive))
            for message in ended:  # only now: the server says no end while somebody still reads
                await send(message)


def _session(socket: Path) -> ClientSession:
    return ClientSession(
        connector=aiohttp.UnixConnector(path=str(socket), limit=0),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None),
        read_bufsize=PIECE,
    )


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _address(scope: Scope) -> URL:
    """As it was asked for: nothing is decoded or encoded anew."""
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    text = path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    return URL(f"http://worker{text}", encoded=True)


def _plain(headers: Iterable[tuple[bytes, bytes]], *, without: tuple[str, ...] = ()) -> Headers:
    given = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    return [
        (name, value)
        for name, value in given
        if name not in _HOPS and name != "content-length" and not name.startswith(without or ("\n",))
    ]


def _held_by(answer: ClientResponse, places: int) -> int | None:
    """Where a process says that the room of a call is, when it does not have it itself."""
    said = answer.headers.get(PLACE_HEADER, "")
    return int(said) if said.isdecimal() and int(said) < places else None


async def _body(receive: Receive) -> bytes:
    """All of it; the door has seen to its length."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _passed_back(answer: ClientResponse, send: Send) -> None:
    headers = [
        (name, value)
        for name, value in answer.raw_headers
        if (plain := name.decode("latin-1").lower()) not in _HOPS and plain != PLACE_HEADER.lower()
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for piece in answer.content.iter_any():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive, passing: Any) -> None:
    """Until all is passed on, or nobody is there to get it."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    await _until_one_ends(passing, gone())


async def _until_one_ends(*parts: Any) -> None:
    tasks = [asyncio.create_task(one) for one in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            with suppress(
                aiohttp.ClientError, OSError
            ):  # a process that is gone says no more; the peer sees the end
                one.result()
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _down(upstream: ClientWebSocketResponse, send: Send, ended: list[Message]) -> None:
    """What the process says, until it ends; one that is killed ends with the code of a restart."""
    while True:
        message = await upstream.receive()
        if message.type is WSMsgType.TEXT:
            await send({"type": "websocket.send", "text": message.data})
        elif message.type is WSMsgType.BINARY:
            await send({"type": "websocket.send", "bytes": message.data})
        else:
            said = message.type is WSMsgType.CLOSE
            code, reason = (message.data, message.extra or "") if said else (SERVICE_RESTART, _LOST)
            ended.append({"type": "websocket.close", "code": code or 1000, "reason": reason})
            return


async def _up(upstream: ClientWebSocketResponse, receive: Receive) -> None:
    """What the peer says, until it is gone."""
    while True:
        message: Message = await receive()
        if message["type"] == "websocket.disconnect":
            await upstream.close(code=_sendable(message.get("code")))
            return
        if (text := message.get("text")) is not None:
            await upstream.send_str(text)
        else:
            await upstream.send_bytes(message.get("bytes") or b"")


def _sendable(code: Any) -> int:
    """A close code that may be sent: some only say that there was none (RFC 6455, section 7.4.1)."""
    return (
        code
        if isinstance(code, int) and 1000 <= code < 5000 and code not in (1004, 1005, 1006, 1015)
        else 1000
    )
