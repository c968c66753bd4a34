"""Which of many equal units an order takes: that decides who collides with whom."""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import UNIT
from designs.local_delivery.engine.stock import ItemsGone, Step, Stock, Wanted, rows_of
from sdlab.lab import EngineContext
from sdlab.stores.sessions import Session


class Picking(Protocol):
    """`does` is the end of the statement that picks, `how` says it; `free` selects the free units of a shelf."""

    label: str
    tradeoff: str
    does: str
    how: str

    @staticmethod
    def query(context: EngineContext[Config], free: sa.Select[Any], count: int) -> sa.Select[Any]: ...


class FirstFree:
    """In the order of their numbers."""

    label = "the first that is free"
    tradeoff = "Simple, and all who come at the same moment want the same unit."
    does = "ORDER BY id LIMIT n"
    how = "the lowest numbers"

    @staticmethod
    def query(context: EngineContext[Config], free: sa.Select[Any], count: int) -> sa.Select[Any]:
        context.decide("the units with the lowest numbers: whoever comes at the same moment picks the same")
        return free.order_by(UNIT.c.id).limit(count)


class AnyFree:
    """By chance."""

    label = "any, by chance"
    tradeoff = "Fewer pick the same unit, but each reads the whole shelf, and reads collide as well."
    does = "ORDER BY random() LIMIT n"
    how = "lots are drawn"

    @staticmethod
    def query(context: EngineContext[Config], free: sa.Select[Any], count: int) -> sa.Select[Any]:
        context.decide("any of the free units: all of the shelf is read, to draw lots")
        return free.order_by(sa.func.random()).limit(count)


class SkipLocked:
    """Whatever nobody else has in hand."""

    label = "SKIP LOCKED"
    tradeoff = (
        "Each takes units that nobody has in hand, and waits for nobody. Which ones, nobody knows before."
    )
    does = "LIMIT n FOR UPDATE SKIP LOCKED"
    how = "what nobody has in hand"

    @staticmethod
    def query(context: EngineContext[Config], free: sa.Select[Any], count: int) -> sa.Select[Any]:
        context.decide("units that another transaction has locked are stepped over")
        return free.limit(count).with_for_update(skip_locked=True)


PICKINGS: dict[str, type[Picking]] = {"skip": SkipLocked, "first": FirstFree, "random": AnyFree}


async def choose(
    context: EngineContext[Config],
    stock: Stock,
    session: Session | None,
    want: Wanted,
    *,
    order_id: str,
    by: str,
) -> tuple[int, ...]:
    """Units for all that is wanted, those that the cart keeps first; in the session or each look on its own.

    `ItemsGone` names what there is too little of.
    """
    began, missing = context.clock.time(), Counter(want.items)
    chosen: list[int] = []
    if want.held:
        for row in await _ask(stock, session, stock.held(want)):
            if missing[row.item_id] > 0 and row.id not in want.barred:
                missing[row.item_id] -= 1
                chosen.append(row.id)
    short: dict[int, int] = {}
    for item, count in missing.items():
        if count <= 0:
            continue
        free = stock.free(want, item, but=chosen)
        query = PICKINGS[context.config.picking].query(context, free, count)
        found = [row.id for row in await _ask(stock, session, query)]
        if len(found) < count:
            short[item] = want.items[item] - count + len(found)
        chosen += found
    now = context.clock.time()
    stock.steps.add(Step(order_id, by, "read", "looks for free units", tuple(chosen), began, now))
    if short:
        raise ItemsGone(short, wanted=want.items)
    return tuple(chosen)


async def _ask(stock: Stock, session: Session | None, query: sa.Select[Any]) -> Any:
    if session is None:
        return await stock.transactions.alone(query)
    return await rows_of(session, query)
