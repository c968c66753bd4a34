"""How a server closes a WebSocket."""

from __future__ import annotations

import aiohttp

from tests.machine import budget

SAID = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


async def closing(socket: aiohttp.ClientWebSocketResponse, *, within: float = 10) -> aiohttp.WSMessage:
    """Its closing message: the code in `data`, the reason in `extra`; what it says before is passed over.

    The client's own `close_code` is 1006 where the server had hung up before the client's answer to that message.
    """
    while (message := await socket.receive(timeout=budget(within))).type is not aiohttp.WSMsgType.CLOSE:
        assert message.type in SAID, message
    return message
