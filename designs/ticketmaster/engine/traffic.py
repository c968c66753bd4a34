"""The crowd of simulated traffic: who arrived, who is inside, who holds what; operations name the nth of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from designs.ticketmaster.selling import remember
from sdlab.lab import Conflict, Forbidden, NotFound, Operation

if TYPE_CHECKING:
    from designs.ticketmaster.engine import Ticketmaster

ACTORS = 2_000
NEW_AFTER = 5.0


class Crowd:
    """Buyers by name, with the tokens of their places and the holds that they made."""

    def __init__(self, engine: Ticketmaster) -> None:
        self._engine = engine
        self._tokens: OrderedDict[str, str] = OrderedDict()
        self._names: OrderedDict[str, str] = OrderedDict()
        self._inside: OrderedDict[str, str] = OrderedDict()
        self._held: OrderedDict[str, str] = OrderedDict()
        self._came = -NEW_AFTER

    def admitted(self, tokens: Sequence[str]) -> None:
        """These came in; those of the crowd among them may act."""
        for token in tokens:
            if token in self._names:
                remember(self._inside, self._names[token], token, ACTORS)

    async def perform(self, operation: Operation) -> Any:
        """Do what an operation says that concerns buyers."""
        args, by = operation.args, operation.actor
        if operation.verb == "arrive":
            self._comes_to(args["event"])
            await self._token(args["event"], by)
            return None
        if operation.verb == "crowd_hold":
            return await self._one_of_those_inside_holds(args)
        if operation.verb == "crowd_book":
            return await self._book(_nth(self._held, args["nth"]), args["outcome"])
        if operation.verb == "hold":
            token = await self._token(args["event"], by)
            return await self._hold(args, token, by)
        if operation.verb == "release":
            await self._engine.release(self._hold_of(by), by=by, by_hand=False)
            return None
        return await self._book(by, args["outcome"])

    def _comes_to(self, event_id: str) -> None:
        """When a crowd begins to arrive somewhere, the inside looks there, until a visitor opens an event."""
        now = self._engine.clock.monotonic()
        if now - self._came > NEW_AFTER:
            self._engine.panes.inside = event_id
        self._came = now

    async def _one_of_those_inside_holds(self, args: Mapping[str, Any]) -> Any:
        queued = self._engine.lobby.needed(self._engine.event(args["event"]))
        name = _nth(self._inside if queued else self._tokens, args["nth"])
        try:
            return await self._hold(args, self._tokens.get(name, ""), name)
        except Forbidden:
            self._inside.pop(name, None)  # the visit is over
            raise

    async def _hold(self, args: Mapping[str, Any], token: str, by: str) -> Any:
        hold = await self._engine.hold(args["event"], args["seats"], token=token, by=by, by_hand=False)
        remember(self._held, by, hold.id, ACTORS)
        return asdict(hold)

    async def _book(self, by: str, outcome: str) -> Any:
        done = await self._engine.book(self._hold_of(by), outcome=outcome, by=by, by_hand=False)
        self._inside.pop(by, None)
        return asdict(done)

    def _hold_of(self, by: str) -> str:
        hold_id = self._held.pop(by, "")
        if not hold_id:
            raise Conflict("this buyer holds nothing")
        return hold_id

    async def _token(self, event_id: str, by: str) -> str:
        """The buyer's place in line, a new one if need be; nothing where nobody has to wait."""
        if not self._engine.lobby.needed(self._engine.event(event_id)):
            remember(self._tokens, by, self._tokens.get(by, ""), ACTORS)
            return ""
        if token := self._tokens.get(by, ""):
            with suppress(NotFound):
                await self._engine.place(event_id, token)
                return token
        token = (await self._engine.join(event_id, by=by, by_hand=False)).token
        remember(self._tokens, by, token, ACTORS)
        remember(self._names, token, by, ACTORS)
        return token


def _nth(names: Mapping[str, str], number: int) -> str:
    """The nth of them, counted around; `Conflict` when there is nobody."""
    if not names:
        raise Conflict("nobody is there to act")
    return list(names)[number % len(names)]
