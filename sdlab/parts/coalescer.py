"""Questions that wait for a store travel together: what came while one batch was under way is the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

LARGEST = 128


class Coalescer(Generic[Q, A]):
    """Answers questions in batches of at most `largest`, one batch at a time, in the order they came.

    Nobody waits for a batch to fill up: a lone question goes at once. When a batch fails, all
    who are in it get its exception.
    """

    def __init__(
        self, send: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, largest: int = LARGEST
    ) -> None:
        self._send = send
        self._largest = largest
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self.batches = 0
        self.questions = 0
        self.last = 0

    @property
    def waiting(self) -> int:
        """How many questions are not in a batch yet."""
        return len(self._waiting)

    async def ask(self, question: Q) -> A:
        """The answer to that question."""
        waiter: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, waiter))
        if self._task is None:
            self._task = asyncio.create_task(self._drain(), name="coalescer")
        return await waiter

    async def settled(self) -> None:
        """Return when no question waits for its answer."""
        while (task := self._task) is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Stop; who still waits is cancelled."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        while self._waiting:
            self._waiting.popleft()[1].cancel()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._round(
                    [self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))]
                )
        finally:
            self._task = None

    async def _round(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        self.batches += 1
        self.questions += len(batch)
        self.last = len(batch)
        try:
            answers = await self._send([question for question, _ in batch])
        except Exception as error:
            for _, waiter in batch:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        except BaseException:
            for _, waiter in batch:
                waiter.cancel()
            raise
        for (_, waiter), answer in zip(batch, answers, strict=True):
            if not waiter.done():
                waiter.set_result(answer)
