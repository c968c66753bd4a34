"""Allocators asked turn by turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import label_of, through
from designs.url_shortener.engine.strategies.generators import Allocated
from designs.url_shortener.engine.strategies.locks import Taken
from sdlab.lab import EngineContext, Unavailable


class Member(Protocol):
    """Somebody to ask, on the node of that id."""

    @property
    def id(self) -> str: ...


M = TypeVar("M", bound=Member)


class RoundRobin:
    """Asks members turn by turn; one that does not answer is passed over."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._turn = 0

    async def first_answer(
        self, members: Sequence[M], operation: str, ask: Callable[[M], Awaitable[Taken]], *, refusal: str
    ) -> Allocated:
        """What the first member that answers gives; `Unavailable` with all reasons when none does."""
        self._turn += 1
        reasons = []
        for step in range(len(members)):
            member = members[(self._turn + step) % len(members)]
            try:
                taken = await through(self._context, member.id, operation, partial(ask, member))
            except Unavailable as error:
                reasons.append(error.detail)
            else:
                return Allocated(taken.number, label_of(member.id), taken.steps)
        raise Unavailable(f"{refusal}: {'; '.join(dict.fromkeys(reasons))}", retry_after=1)
