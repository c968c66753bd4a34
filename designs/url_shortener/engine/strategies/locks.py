"""The two locks, and their absence: nothing but the lock differs between on and off."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import ClassVar, Protocol


class AllocatorLock(Protocol):
    """How a code is taken: `atomic` says whether reading and claiming it is one step."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    atomic: ClassVar[bool]

    @staticmethod
    def guard(lock: asyncio.Lock) -> AbstractAsyncContextManager[object]:
        """What to hold while the allocator reads its state and writes it back."""
        ...


class AllocatorOff(AllocatorLock):
    """Read, then write: whoever reads in between gets the same."""

    label = "off"
    tradeoff = "No waiting; two requests at once can be given one code, and the later overwrites the earlier."
    atomic = False

    @staticmethod
    def guard(lock: asyncio.Lock) -> AbstractAsyncContextManager[object]:
        return nullcontext()


class AllocatorOn(AllocatorLock):
    """One request at a time takes from an allocator, and a code is stored only if it is free."""

    label = "on"
    tradeoff = "Each code is given once; requests queue for the allocator for some microseconds."
    atomic = True

    @staticmethod
    def guard(lock: asyncio.Lock) -> AbstractAsyncContextManager[object]:
        return lock


class UrlLockChoice(Protocol):
    """Whether a URL is locked while its code is looked up and made."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    locks: ClassVar[bool]


class UrlLockOff(UrlLockChoice):
    """Look up, then create: clients who ask at once all find nothing."""

    label = "off"
    tradeoff = "One round trip less per create; with 1:1 on, a burst of one URL gets several codes."
    locks = False


class UrlLockOn(UrlLockChoice):
    """A lease in Redis on the URL, held from the lookup until the link is stored."""

    label = "on"
    tradeoff = "One code per URL even in a burst; each create pays two round trips, and equal URLs queue."
    locks = True


ALLOCATOR_LOCKS: dict[str, type[AllocatorLock]] = {"off": AllocatorOff, "on": AllocatorOn}
URL_LOCKS: dict[str, type[UrlLockChoice]] = {"off": UrlLockOff, "on": UrlLockOn}
