"""Two processes that ask each other over a socket: one question, one answer, several at once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

Handler = Callable[..., Awaitable[Any]]

MOST_BYTES = 16 * 1024 * 1024  # of one question or answer
_SIZE = 4  # bytes before each message that say how long it is


class PeerGone(ConnectionError):
    """The process at the other end has ended, so that no answer will come."""


class PeerFailed(RuntimeError):
    """What was asked for failed at the other end; the text says how."""


class Peer:
    """One end. Questions are names with JSON fields; what comes is answered by `handlers`, each in a task.

    An answer to a question whose asker was cancelled is thrown away.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handlers: Mapping[str, Handler],
    ) -> None:
        self.handlers = handlers
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = False

    @property
    def waiting(self) -> int:
        """How many questions have no answer yet."""
        return len(self._waiting)

    @property
    def answering(self) -> int:
        """How many questions of the other are being answered."""
        return len(self._tasks)

    async def ask(self, what: str, /, **fields: Any) -> Any:
        """The other's answer. `PeerGone` when it has ended or ends meanwhile, `PeerFailed` when it failed at it."""
        if self._gone:
            raise PeerGone(f"nobody is there to {what}")
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._send({"ask": number, "what": what, "fields": fields})
            return await answer
        finally:
            self._waiting.pop(number, None)

    async def listen(self) -> None:
        """Read until the other end is gone. Whoever waits for an answer then gets `PeerGone`."""
        try:
            while True:
                size = int.from_bytes(await self._reader.readexactly(_SIZE), "big")
                self._take(orjson.loads(await self._reader.readexactly(size)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._end()

    def close(self) -> None:
        """Let go: the other end reads the end of the stream."""
        self._end()

    def _end(self) -> None:
        if self._gone:
            return
        self._gone = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PeerGone("the other process has ended"))
        for task in self._tasks:
            task.cancel()
        self._writer.close()

    def _take(self, message: dict[str, Any]) -> None:
        if "ask" in message:
            task = asyncio.ensure_future(self._answer(message["ask"], message["what"], message["fields"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        answer = self._waiting.get(message["to"])
        if answer is None or answer.done():
            return
        if "failed" in message:
            answer.set_exception(PeerFailed(message["failed"]))
        else:
            answer.set_result(message["answer"])

    async def _answer(self, number: int, what: str, fields: dict[str, Any]) -> None:
        try:
            found = await self.handlers[what](**fields)
            self._send({"to": number, "answer": found})
        except Exception as error:  # whatever it is, the asker is told
            self._send({"to": number, "failed": f"{what}: {type(error).__name__}: {error}"[:2000]})

    def _send(self, message: dict[str, Any]) -> None:
        body = orjson.dumps(message, option=orjson.OPT_SERIALIZE_NUMPY)
        if len(body) > MOST_BYTES:
            raise ValueError(f"a message of {len(body)} bytes; at most {MOST_BYTES}")
        if not self._gone and not self._writer.is_closing():  # it may have ended before its end was read here
            self._writer.write(len(body).to_bytes(_SIZE, "big") + body)
