"""Messages between a page and its server that wait until a test lets them go on: slowness without a clock."""

from __future__ import annotations

from collections.abc import Callable
from re import Pattern

from playwright.sync_api import Page, WebSocketRoute

Message = str | bytes


class Sluice:
    """One direction of a page's sockets of that address; `shut` may be set at any time."""

    def __init__(self, page: Page, address: Pattern[str], *, from_page: bool, shut: bool) -> None:
        self.shut = shut
        self._from_page = from_page
        self._waiting: list[tuple[Callable[[Message], None], Message]] = []
        page.route_web_socket(address, self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        source, target = (socket, server) if self._from_page else (server, socket)
        source.on_message(lambda message: self._pass(target.send, message))

    def _pass(self, send: Callable[[Message], None], message: Message) -> None:
        if self.shut:
            self._waiting.append((send, message))
        else:
            send(message)

    def open(self) -> None:
        """What waits goes on, in its order, and what comes from now on at once."""
        self.shut = False
        waiting, self._waiting = self._waiting, []
        for send, message in waiting:
            send(message)
