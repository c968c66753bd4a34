"""The two locks, and their absence: nothing but the lock differs between on and off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from designs.url_shortener.engine.allocator_state import NEXT_ID, TAKE_TOKEN, AllocatorState
from sdlab.blocks import snowflake
from sdlab.lab import EvidenceView


class Decide(Protocol):
    """Gives the reason of a decision: see `EngineContext.decide`."""

    def __call__(self, text: str, *, script: Path | None = None, branch: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A number, and how it was taken, as steps in time."""

    number: int
    steps: tuple[EvidenceView, ...] = ()


class AllocatorLock(Protocol):
    """How a number is taken: `atomic` says whether reading and claiming it is one step."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    atomic: ClassVar[bool]

    @staticmethod
    async def token(state: AllocatorState, server: str, width: int, decide: Decide) -> Taken | None:
        """The next token of a server's range for codes of `width`; None when it holds none."""
        ...

    @staticmethod
    async def id(
        state: AllocatorState, worker: str, machine: snowflake.Snowflake, now_ms: int, decide: Decide
    ) -> Taken:
        """The next id of a worker at `now_ms`; errors as `Snowflake.following`."""
        ...


class AllocatorOff(AllocatorLock):
    """Read, then write, in two round trips: whoever reads in between gets the same."""

    label = "off"
    tradeoff = (
        "Any store will do; two requests at once can be given one code, and the later overwrites the earlier."
    )
    atomic = False

    @staticmethod
    async def token(state: AllocatorState, server: str, width: int, decide: Decide) -> Taken | None:
        held, read = await state.read_range(server)
        if not held.left or held.width != width:
            return None
        decide(f"HMGET read token {held.following:,}; its successor is written back, whoever has read it too")
        written = await state.write_following(server, held.following + 1)
        return Taken(held.following, (read, written))

    @staticmethod
    async def id(
        state: AllocatorState, worker: str, machine: snowflake.Snowflake, now_ms: int, decide: Decide
    ) -> Taken:
        last, read = await state.read_state(worker)
        number, following = machine.following(last, now_ms)
        decide(
            f"HMGET read the last id; sequence {following.sequence} is written back, whoever has read it too"
        )
        written = await state.write_state(worker, following)
        return Taken(number, (read, written))


class AllocatorOn(AllocatorLock):
    """One script reads and writes, and a code is stored only if it is free."""

    label = "on"
    tradeoff = "Each code is given once; the store must know the operation, here as a script."
    atomic = True

    @staticmethod
    async def token(state: AllocatorState, server: str, width: int, decide: Decide) -> Taken | None:
        token, branch, step = await state.take_token(server, width)
        if token is None:
            decide(f"{server} has no token left: a range must be leased", script=TAKE_TOKEN, branch=branch)
            return None
        text = f"one script read token {token:,} and wrote its successor: nobody came between"
        decide(text, script=TAKE_TOKEN, branch=branch)
        return Taken(token, (step,))

    @staticmethod
    async def id(
        state: AllocatorState, worker: str, machine: snowflake.Snowflake, now_ms: int, decide: Decide
    ) -> Taken:
        given, branch, step = await state.next_state(worker, now_ms)
        text = f"one script read the last id and wrote sequence {given.sequence}: nobody came between"
        decide(text, script=NEXT_ID, branch=branch)
        fields = snowflake.Fields(given.last_ms, machine.centre, machine.worker, given.sequence)
        return Taken(snowflake.join(fields), (step,))


class UrlLockChoice(Protocol):
    """Whether a URL is locked while its code is looked up and made."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    locks: ClassVar[bool]

    @staticmethod
    def explain(decide: Decide) -> None:
        """Say what it means for this request."""
        ...


class UrlLockOff(UrlLockChoice):
    """Look up, then create: clients who ask at once all find nothing."""

    label = "off"
    tradeoff = "One round trip less per create; with 1:1 on, a burst of one URL gets several codes."
    locks = False

    @staticmethod
    def explain(decide: Decide) -> None:
        decide("no lock on the URL: whoever asks for it now looks it up as well")


class UrlLockOn(UrlLockChoice):
    """A lease in Redis on the URL, held from the lookup until the link is stored."""

    label = "on"
    tradeoff = "One code per URL even in a burst; each create pays two round trips, and equal URLs queue."
    locks = True

    @staticmethod
    def explain(decide: Decide) -> None:
        decide("the URL is locked: whoever asks for it now waits until it has its code")


ALLOCATOR_LOCKS: dict[str, type[AllocatorLock]] = {"off": AllocatorOff, "on": AllocatorOn}
URL_LOCKS: dict[str, type[UrlLockChoice]] = {"off": UrlLockOff, "on": UrlLockOn}
