"""The counter at work in one room: add, and look."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from designs.whatsapp.config import Config
from designs.whatsapp.engine.claims import CLAIMS, ClaimChecker
from designs.whatsapp.engine.journal import Journal
from designs.whatsapp.engine.nodes import FLOWS, SERVER, plan
from designs.whatsapp.engine.reader import StoreReader
from designs.whatsapp.engine.strategies import ADDINGS
from sdlab.lab import Engine, NodeSpec, Room, acting

CHECK_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Added:
    """What came of an add: its id, and the total that its author was told."""

    id: str
    total: int


class Whatsapp(Engine[Config]):
    """The total is a key in Valkey, the journal rows in SQL; nothing that lasts is in memory."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.journal = Journal(self.context)
        self.reader = StoreReader(self.context, self.journal)
        self.checker = ClaimChecker(self.context, self.reader)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    async def open(self) -> None:
        await self.journal.open()
        await self.checker.open()
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)

    async def add(self) -> Added:
        """Add a step to the counter. `Unavailable` while a part does not answer, `TooMany` in a full room."""
        async with self.request("POST adds") as trace:
            by, amount, add_id = acting().name, self.config.step, secrets.token_hex(8)
            began = self.clock.time()
            self.node(SERVER).touch("add", "ok", source="visitor")
            self.checker.begins(amount)
            total = await ADDINGS[self.config.adding]().add(self.context, amount)
            await self.journal.write(add_id, by=by, amount=amount)
            self.checker.added(by, total, began=began)
            trace.sentence = f"{by} added {amount}: the total is {total:,}"
            return Added(add_id, total)

    async def total(self) -> int:
        """The counter as the store has it."""
        async with self.request("GET total") as trace:
            self.node(SERVER).touch("look", "ok", source="visitor")
            total = int(await self.room.redis.get(self.room.key("total")) or 0)
            self.decide("the store is asked: nobody keeps a copy")
            trace.sentence = f"the total is {total:,}"
            return total
