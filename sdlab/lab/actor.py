"""Who acts: the user on whose behalf a verb runs, and whether it is a hand or a workload that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Actor:
    """A user of the product. What is done by hand is shown in the feed line by line; traffic is sampled."""

    name: str
    by_hand: bool = True


VISITOR = Actor("visitor")
_acting: ContextVar[Actor] = ContextVar("acting_user", default=VISITOR)
_hand: ContextVar[str] = ContextVar("hand", default="")


def hand() -> str:
    """Whose hand it is that acts in this task, where many share one room: a mark without a name, or nothing."""
    return _hand.get()


def set_hand(mark: str) -> None:
    """From here on, in this task and those that it starts, that hand acts."""
    _hand.set(mark)


def acting() -> Actor:
    """The user that acts in this task: the visitor, unless somebody said otherwise."""
    return _acting.get()


@contextmanager
def acting_as(name: str, *, by_hand: bool = True) -> Iterator[Actor]:
    """Within the block, and in tasks that it starts, `name` acts."""
    actor = Actor(name, by_hand)
    token = _acting.set(actor)
    try:
        yield actor
    finally:
        _acting.reset(token)


async def as_user(name: str, work: Awaitable[T], *, by_hand: bool = True) -> T:
    """What `work` gives when `name` does it: `await as_user("ann", engine.hold("e1", ["A1"]))`."""
    with acting_as(name, by_hand=by_hand):
        return await work
