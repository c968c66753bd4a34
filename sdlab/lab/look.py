"""What a reader saw in a store: panels that name a structure show the last look at it, not what the process believes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import ismethod
from typing import Any, Generic, TypeVar, cast
from weakref import WeakMethod

from sdlab.lab.clock import Clock

LOOKS_PER_SECOND = 5

T = TypeVar("T")


class Look(Generic[T]):
    """The last answer of `ask`, which looks at everything that is shown together in one go.

    `ask` is one pipeline or one transaction, so that what is shown beside each other was there at
    one moment. Nobody is asked more often than `LOOKS_PER_SECOND`, however many want to see. A
    bound method is kept by a weak reference, so that a part may keep its own look.
    """

    def __init__(self, ask: Callable[[], Awaitable[T]], first: T, *, clock: Clock) -> None:
        reference = WeakMethod(ask) if ismethod(ask) else lambda: ask
        self._ask = cast("Callable[[], Callable[[], Awaitable[T]] | None]", reference)
        self._clock = clock
        self._looking: asyncio.Future[Any] | None = None
        self._begun = self._ended = 0
        self.last: T = first
        self.at: float | None = None
        self.failed: str = ""

    @property
    def age(self) -> float | None:
        """Seconds since the store was asked for `last`; `None` before the first look."""
        return None if self.at is None else self._clock.monotonic() - self.at

    async def refresh(self, *, now: bool = False) -> T:
        """What is there: the last look while that is young, else a new one; `now` always looks.

        Whoever comes while somebody looks waits for that look, and with `now` shares the next one.
        When the store gives no answer, `last` stays, `failed` says why, and nothing is raised: a
        picture may be old, not absent.
        """
        begun_before = self._begun
        while self._looking is not None:
            await asyncio.wait([self._looking])
            if not now or self._ended > begun_before:
                return self.last
        if not now and self.at is not None and self._clock.monotonic() - self.at < 1 / LOOKS_PER_SECOND:
            return self.last
        mine = self._looking = asyncio.get_running_loop().create_future()
        self._begun += 1
        try:
            await self._look()
            self._ended = self._begun
        finally:
            self._looking = None
            mine.set_result(None)
        return self.last

    async def _look(self) -> None:
        ask = self._ask()
        if ask is None:
            return
        began = self._clock.monotonic()
        try:
            self.last = await ask()
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"
        else:
            self.failed = ""
            self.at = began
