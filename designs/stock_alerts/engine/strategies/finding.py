"""How the alerts of a tick are found: a range of rows, a range of documents, or two bisections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
import tantivy
from sqlalchemy.engine import Connection

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.matching_cost import MatchingCost
from designs.stock_alerts.engine.models import ALERT, ARMED, FIRED
from designs.stock_alerts.engine.nodes import ALERTS, INDEX
from designs.stock_alerts.engine.ticks import ArmedAlert, Hit, Move
from sdlab.blocks.thresholds import Threshold, Thresholds
from sdlab.lab import EngineContext

COMMIT_S = 0.25
WRITER_BYTES = 15_000_000
MOST_DOCUMENTS = 200_000


class Finding(Protocol):
    """Finds the alerts that moves have crossed, in a copy of what is in force.

    What has fired leaves the copy after the replication delay; until then it is found again. Alerts that
    became visible are given once by `take_fresh`: ticks may have passed them before that. `settle`, done now and
    then, makes visible what waits for that, and says whether anything became so.
    """

    label: str
    tradeoff: str

    def __init__(self, context: EngineContext[Config]) -> None: ...

    @property
    def held(self) -> int:
        """How many alerts the copy holds."""
        ...

    async def open(self, alerts: Sequence[ArmedAlert]) -> None: ...

    def arm(self, alerts: Iterable[ArmedAlert]) -> None: ...

    def disarm(self, alerts: Iterable[ArmedAlert]) -> None: ...

    def fired(self, alerts: Iterable[ArmedAlert]) -> None: ...

    def take_fresh(self) -> list[ArmedAlert]: ...

    async def settle(self) -> bool: ...

    async def crossed(self, moves: Sequence[Move], cost: MatchingCost, *, source: str) -> list[Hit]: ...


class _Copy:
    """What the copies have in common: the alerts by id, those that are about to leave, and the new ones."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self.context = context
        self.alerts: dict[int, ArmedAlert] = {}
        self._leaving: deque[tuple[float, ArmedAlert]] = deque()
        self._fresh: list[ArmedAlert] = []

    @property
    def held(self) -> int:
        return len(self.alerts)

    def fired(self, alerts: Iterable[ArmedAlert]) -> None:
        """They have fired: the copy hears of it after the replication delay."""
        due = self.context.clock.monotonic() + self.context.config.replica_ms / 1000
        self._leaving.extend((due, one) for one in alerts)

    def take_fresh(self) -> list[ArmedAlert]:
        fresh, self._fresh = self._fresh, []
        return fresh

    async def settle(self) -> bool:
        """What is armed is visible at once."""
        return False

    def _due(self) -> list[ArmedAlert]:
        """Those whose firing has arrived by now, and that were not armed anew since."""
        now, gone = self.context.clock.monotonic(), []
        while self._leaving and self._leaving[0][0] <= now:
            gone.append(self._leaving.popleft()[1])
        return [one for one in gone if self.alerts.get(one.id) == one]


class SqlRange(_Copy):
    """One SELECT per tick, over an index of stock, status, side and price."""

    label = "SQL, a range of rows"
    tradeoff = "Nothing beside the table to keep in step; a round trip and a query for every single tick."

    async def open(self, alerts: Sequence[ArmedAlert]) -> None:
        """The rows themselves are asked."""

    @property
    def held(self) -> int:
        return 0

    def arm(self, alerts: Iterable[ArmedAlert]) -> None:
        self._fresh.extend(alerts)

    def disarm(self, alerts: Iterable[ArmedAlert]) -> None:
        """Its row says so."""

    def fired(self, alerts: Iterable[ArmedAlert]) -> None:
        """Its row says so, and its replica later."""

    async def crossed(self, moves: Sequence[Move], cost: MatchingCost, *, source: str) -> list[Hit]:
        room, delay = self.context.room, self.context.config.replica_ms / 1000
        since = self.context.clock.time() - delay

        def ask(connection: Connection) -> tuple[int, list[Hit]]:
            looked, hits = 0, []
            for move in moves:
                rows = connection.execute(_RANGE, _bounds(move, room.id, delay)).all()
                looked += len(rows)
                hits += [
                    Hit(ArmedAlert(*row[:-2]), move.tick)
                    for row in rows
                    if row[-2] == ARMED or row[-1] > since
                ]
            return looked, hits

        with cost.measured(len(moves)):
            looked, hits = await self.context.node(ALERTS).call(
                f"SELECT × {len(moves)}", lambda: room.sql.read(ask), source=source
            )
        cost.looked += looked
        self.context.decide(f"the index gives the rows between both prices: {looked} of them")
        return hits


_RANGE = sa.select(
    ALERT.c.id, ALERT.c.arming, ALERT.c.user, ALERT.c.stock, ALERT.c.above, ALERT.c.price, ALERT.c.since,
    ALERT.c.armed_at, ALERT.c.status, ALERT.c.fired_at,
).where(
    ALERT.c.room == sa.bindparam("of_room"),
    ALERT.c.stock == sa.bindparam("of_stock"),
    ALERT.c.status.in_(sa.bindparam("of_status", expanding=True)),
    ALERT.c.above == sa.bindparam("rises", type_=sa.Boolean()),
    ALERT.c.price >= sa.bindparam("low"),
    ALERT.c.price <= sa.bindparam("high"),
)  # fmt: skip


def _bounds(move: Move, room: str, delay: float) -> dict[str, object]:
    """The range of a move; a replica that is behind shows as armed what has fired since."""
    low, high = _span(move)
    return {
        "of_room": room,
        "of_stock": move.tick.stock,
        "of_status": [ARMED, FIRED] if delay else [ARMED],
        "rises": move.tick.price > move.old,
        "low": low,
        "high": high,
    }


def _span(move: Move) -> tuple[int, int]:
    """The prices that a move reaches: not the one where it began. An empty span for none."""
    new, old = move.tick.price, move.old
    return (old + 1, new) if new > old else (new, old - 1)


class Percolator(_Copy):
    """Alerts are documents, a tick is a query: what a percolator does, on numeric ranges of tantivy."""

    label = "A search index, asked backwards"
    tradeoff = (
        "Conditions of any shape; what is armed or fired shows only after a commit, and each query is work."
    )

    def __init__(self, context: EngineContext[Config]) -> None:
        super().__init__(context)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("name", tokenizer_name="raw")
        builder.add_integer_field("id", indexed=True, fast=True)
        builder.add_text_field("side", tokenizer_name="raw")
        builder.add_integer_field("price", indexed=True, fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(WRITER_BYTES, 1)
        self._put: dict[int, ArmedAlert | None] = {}
        self._new: list[ArmedAlert] = []
        self._committed = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def open(self, alerts: Sequence[ArmedAlert]) -> None:
        self._put |= {one.id: one for one in alerts}
        async with self._one_at_a_time:
            await self._commit()

    def arm(self, alerts: Iterable[ArmedAlert]) -> None:
        for one in alerts:
            self._put[one.id] = one
            self._new.append(one)

    def disarm(self, alerts: Iterable[ArmedAlert]) -> None:
        self._put |= dict.fromkeys(one.id for one in alerts)

    async def crossed(self, moves: Sequence[Move], cost: MatchingCost, *, source: str) -> list[Hit]:
        async with self._one_at_a_time:
            self._put |= {one.id: None for one in self._due() if one.id not in self._put}
            if self._put and self.context.clock.monotonic() - self._committed >= COMMIT_S:
                await self._commit()

            async def search() -> list[list[int]]:
                return await asyncio.to_thread(self._search, moves)

            with cost.measured(len(moves)):
                found = await self.context.node(INDEX).call(f"search × {len(moves)}", search, source=source)
            cost.looked += sum(map(len, found))
            self.context.decide(
                f"each tick is a query for documents between both prices: {sum(map(len, found))} match"
            )
            return [
                Hit(self.alerts[id], move.tick)
                for move, ids in zip(moves, found, strict=True)
                for id in ids
                if id in self.alerts
            ]

    async def settle(self) -> bool:
        """A commit, where anything waits for one."""
        async with self._one_at_a_time:
            if not self._new:
                return False
            await self._commit()
            return True

    def _search(self, moves: Sequence[Move]) -> list[list[int]]:
        searcher: Any = self._index.searcher()  # its stub knows neither ids nor the types of their values
        found: list[list[int]] = []
        for move in moves:
            low, high = _span(move)
            if low > high:
                found.append([])
                continue
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, tantivy.Query.term_query(self._schema, "side", _side(move))),
                    (
                        tantivy.Occur.Must,
                        tantivy.Query.range_query(
                            self._schema, "price", tantivy.FieldType.Integer, low, high
                        ),
                    ),
                ]
            )
            hits = searcher.search(query, MOST_DOCUMENTS, count=False).hits
            found.append([int(id) for id in searcher.fast_field_values("id", [at for _, at in hits])])
        return found

    async def _commit(self) -> None:
        put, self._put = self._put, {}
        new, self._new = self._new, []
        self._committed = self.context.clock.monotonic()
        await asyncio.to_thread(self._write, put)
        for id, alert in put.items():
            if alert is None:
                self.alerts.pop(id, None)
            else:
                self.alerts[id] = alert
        self._fresh += new

    def _write(self, put: dict[int, ArmedAlert | None]) -> None:
        for id, alert in put.items():
            if id in self.alerts:
                self._writer.delete_documents_by_term("name", str(id))
            if alert is not None:
                self._writer.add_document(
                    tantivy.Document(
                        name=str(id), id=id, price=alert.price, side=f"{alert.stock}:{int(alert.above)}"
                    )
                )
        self._writer.commit()
        self._index.reload()


def _side(move: Move) -> str:
    return f"{move.tick.stock}:{int(move.tick.price > move.old)}"


class SortedIndex(_Copy):
    """Two sorted arrays per stock, in the memory of the consumers."""

    label = "Sorted thresholds in memory"
    tradeoff = (
        "Two bisections, then only what was crossed; all of it in memory, rebuilt from the table at a start."
    )

    def __init__(self, context: EngineContext[Config]) -> None:
        super().__init__(context)
        self.stocks: dict[int, Thresholds] = {}

    async def open(self, alerts: Sequence[ArmedAlert]) -> None:
        self.alerts = {one.id: one for one in alerts}
        self.stocks = await asyncio.to_thread(_sorted, alerts)

    def arm(self, alerts: Iterable[ArmedAlert]) -> None:
        for one in alerts:
            if before := self.alerts.get(one.id):
                self._remove(before)
            self.alerts[one.id] = one
            self.stocks.setdefault(one.stock, Thresholds()).add(_threshold(one))
            self._fresh.append(one)

    def disarm(self, alerts: Iterable[ArmedAlert]) -> None:
        for one in alerts:
            if held := self.alerts.get(one.id):
                self._remove(held)

    def _remove(self, alert: ArmedAlert) -> None:
        del self.alerts[alert.id]
        self.stocks[alert.stock].remove(_threshold(alert))

    async def crossed(self, moves: Sequence[Move], cost: MatchingCost, *, source: str) -> list[Hit]:
        self.disarm(self._due())
        hits: list[Hit] = []
        looked = 0
        with cost.measured(len(moves)):
            for move in moves:
                if (of_stock := self.stocks.get(move.tick.stock)) is None:
                    continue
                found = of_stock.crossed(move.old, move.tick.price)
                looked += found.touched
                hits += [Hit(self.alerts[id], move.tick) for id in found.ids]
        cost.looked += looked
        self.context.decide(f"two bisections a tick find where the crossed band begins and ends: {len(hits)}")
        return hits


def _threshold(alert: ArmedAlert) -> Threshold:
    return Threshold(alert.above, alert.price, alert.id)


def _sorted(alerts: Sequence[ArmedAlert]) -> dict[int, Thresholds]:
    of_stock: dict[int, list[Threshold]] = {}
    for one in alerts:
        of_stock.setdefault(one.stock, []).append(_threshold(one))
    return {stock: Thresholds(some) for stock, some in of_stock.items()}


FINDINGS: dict[str, type[Finding]] = {
    "sql": SqlRange,
    "percolator": Percolator,
    "thresholds": SortedIndex,
}
