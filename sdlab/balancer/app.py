"""The application of the process in front: the door, what passes calls on, and the stores that all share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sdlab.api.door import Door
from sdlab.api.server import hang_up_first, only_server_on
from sdlab.balancer.forward import Forwarder
from sdlab.balancer.holders import Holders
from sdlab.balancer.stores import SharedStores
from sdlab.settings import Settings


def in_front(sockets: Sequence[Path], stores: SharedStores, settings: Settings) -> ASGIApp:
    """What stands before serving processes that listen at `sockets`. `settings` are those of whoever started it."""
    return _InFront(sockets, stores, settings)


class _InFront:
    def __init__(self, sockets: Sequence[Path], stores: SharedStores, settings: Settings) -> None:
        self._sockets, self._stores, self._settings = sockets, stores, settings
        self._serving: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._serving is not None:
            await self._serving(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the server's start to its end, as the ASGI specification says it."""
        await receive()
        try:
            async with self._at_work():
                await send({"type": "lifespan.startup.complete"})
                await _until_told(receive)
        except Exception as error:
            if self._serving is not None:
                raise
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        with only_server_on(self._settings.data):
            async with self._stores.at_work() as redis:
                forwarder = Forwarder(
                    self._sockets,
                    Holders(redis, len(self._sockets)),
                    trusted=self._settings.trust_proxy,
                )
                forwarder.open()
                hang_up_first(
                    lambda: None
                )  # the processes behind have ended by then, and with them what lasts
                self._serving = Door(forwarder, settings=self._settings)
                try:
                    yield
                finally:
                    await forwarder.close()


async def _until_told(receive: Receive) -> Message:
    while (message := await receive())["type"] != "lifespan.shutdown":
        pass
    return message
