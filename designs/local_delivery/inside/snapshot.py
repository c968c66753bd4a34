"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from designs.local_delivery.engine.engine import LocalDelivery
from designs.local_delivery.engine.nodes import (
    ALLOCATOR,
    AVAILABILITY,
    COORDINATOR,
    DATABASE,
    LOCKS,
    ORDERS,
    REPLICATOR,
    SWEEPER,
)
from designs.local_delivery.engine.order import Order, centre_name, cents_of, in_words
from designs.local_delivery.engine.reader import Looked
from designs.local_delivery.engine.shoppers import Shopper
from designs.local_delivery.engine.stock import FREE, PREPARED, PROMISED, RESERVED, SOLD, Step
from designs.local_delivery.engine.strategies import REACHES, RESERVATIONS
from designs.local_delivery.engine.strategies.allocating import USUAL_M_MIN
from designs.local_delivery.engine.world import (
    CENTRES,
    FASTEST_M_MIN,
    ITEMS,
    MINUTE_S,
    Centre,
    crow_m,
    ride_min,
    way,
)
from designs.local_delivery.inside.views import (
    AnswersView,
    CartLineView,
    CartsView,
    CentreView,
    ConflictsView,
    CopyView,
    KeptView,
    LineView,
    PromisesView,
    ReachView,
    RegionsView,
    ScoreView,
    ShopperView,
    ShopView,
    Snapshot,
    StateView,
    StockView,
    ThingView,
    TripView,
)
from sdlab.lab import Tally, amount
from sdlab.lab.views import LaneView, StepView, step_view, view_of

LANES, LANE_STEPS, LANE_S = 5, 400, 1.5
SHORT_ID = 6
STEPS = {
    "promised": "promised: any of several centres will pick it",
    "waiting": "waits for a picker",
    "picking": "is being picked",
    "left": "is with the courier",
}


def build_snapshot(engine: LocalDelivery) -> Snapshot:
    """Everything that the panels may show of now."""
    looked = engine.reader.look.last
    _label_nodes(engine, looked)
    return Snapshot(
        **engine.common(),
        shop=_shop(engine, looked),
        reach=_reach(engine),
        stock=_stock(engine, looked),
        conflicts=_conflicts(engine),
        carts=_carts(engine, looked),
        promises=_promises(engine, looked),
        answers=_answers(engine),
        regions=_regions(engine, looked),
    )


def build_tallies(engine: LocalDelivery) -> tuple[Tally, ...]:
    """What tells approaches apart."""
    purchase, counters, checker = engine.purchase.counters, engine.transactions.counters, engine.checker
    looked = engine.reader.look.last
    judged = checker.late + checker.on_time
    return (
        Tally("oversold", "Sold more than once", "sales", checker.oversold),
        Tally("halves", "Orders that are not whole", "orders", checker.halves),
        Tally("orders", "Orders taken", "orders", purchase.orders, "more"),
        Tally("conflicts", "Given up by the database (40001)", "tries", counters.conflicts),
        Tally("retried", "Tries made again", "% of tries", round(counters.retried_pct, 2)),
        Tally("gave_up", "Orders given up", "orders", counters.gave_up),
        Tally("gone", "Orders refused: gone", "orders", purchase.gone, "same"),
        Tally("late", "Promises broken", "orders", checker.late),
        Tally("late_pct", "Promises broken", "% of orders", 100 * checker.late / judged if judged else 0.0),
        Tally("moved", "Orders moved from a closed centre", "orders", engine.dispatch.counters.moved, "same"),
        Tally("left", "Orders with the courier", "orders", engine.dispatch.counters.left, "more"),
        Tally("stale", "Counts that were wrong", "% of compared", round(engine.looking.audit.stale_pct, 2)),
        Tally("compared", "Answers compared with the rows", "answers", engine.looking.audit.answers, "same"),
        Tally("counted", "Statements that count rows", "", engine.nodes[DATABASE].calls, "same"),
        Tally("hot_left", "Consoles left", "units", max(0, looked.hot_left), "same"),
        Tally("stuck", "Units stuck in carts", "units", checker.stuck),
    )


def _label_nodes(engine: LocalDelivery, looked: Looked) -> None:
    workers = engine.workers.all
    details = {
        AVAILABILITY: f"{engine.looking.audit.answers:,} compared",
        ORDERS: amount(engine.purchase.counters.orders, "order"),
        DATABASE: amount(max(0, looked.lines), "line"),
        LOCKS: f"{max(0, looked.locks):,} keys",
    }
    details |= {
        one: amount(workers[one].turns, "turn")
        for one in (SWEEPER, ALLOCATOR, COORDINATOR, REPLICATOR)
        if one in workers
    }
    details |= {one.node: f"{engine.reach.lines[one.id]} in line" for one in CENTRES.values()}
    for name, detail in details.items():
        if name in engine.nodes:
            engine.nodes[name].detail = detail


def _cents(cents: int) -> str:
    return f"€{cents / 100:,.2f}"


# The product


def _shop(engine: LocalDelivery, looked: Looked) -> ShopView:
    shoppers = engine.shoppers
    shelf = shoppers.shelf
    if shelf is None:
        return ShopView()
    centres = [one.centre_id for one in shelf.centres]
    read = bool(looked.units)
    return ShopView(
        ready=True,
        shelf=tuple(
            ThingView(
                id=one.id,
                slug=one.slug,
                name=one.name,
                price=_cents(one.cents),
                left=shelf.left(one.id),
                true=sum(looked.units[centre, one.id, FREE] for centre in centres) if read else -1,
            )
            for one in ITEMS.values()
        ),
        shoppers=tuple(_shopper(engine, one) for one in shoppers.both),
        source=shelf.source,
        centres=len(centres),
    )


def _shopper(engine: LocalDelivery, one: Shopper) -> ShopperView:
    cart, now = one.cart, engine.clock.time()
    lines = tuple(
        CartLineView(item, ITEMS[item].name, count, _cents(ITEMS[item].cents * count))
        for item, count in (cart.items.items() if cart else ())
    )
    ends = bool(cart and cart.units and cart.kept_by != "forever")
    return ShopperView(
        name=one.name,
        lines=lines,
        total=_cents(cents_of(cart.items)) if cart else "",
        cart=cart.id if cart else "",
        kept=bool(cart and cart.units),
        kept_at=centre_name(cart.centre_id) if cart and cart.units else "",
        left_s=round(max(0.0, cart.until - now), 1) if cart and ends else 0.0,
        of_s=float(engine.config.reserve_s) if ends else 0.0,
        note=one.note,
        tone=one.tone,
        trip=_trip(one.order, now) if one.order else TripView(),
    )


def _trip(order: Order, now: float) -> TripView:
    ride = order.ride_now()
    arrives = order.arrives
    there = bool(arrives) and now >= arrives
    on_road = bool(arrives) and not there and now >= arrives - ride
    path = way(order.centre_id, order.x, order.y)
    x, y = _along(path, (now - (arrives - ride)) / ride) if on_road and ride else (0.0, 0.0)
    step = "is at the door" if there else "is on its way to you" if on_road else STEPS[order.state]
    return TripView(
        id=order.id,
        step=step,
        centre=centre_name(order.centre_id),
        said=in_words(order.items),
        minutes=round(max(0.0, (arrives or order.due) - now) / MINUTE_S, 1),
        late=bool(arrives) and arrives > order.due,
        on_road=on_road,
        x=round(x),
        y=round(y),
        way=tuple(round(value) for at in path for value in at) if not there else (),
    )


def _along(path: Sequence[tuple[float, float]], share: float) -> tuple[float, float]:
    """The place after that share of a way."""
    legs = [crow_m(*a, *b) for a, b in zip(path, path[1:], strict=False)]
    left = max(0.0, min(1.0, share)) * sum(legs)
    for (a, b), metres in zip(zip(path, path[1:], strict=False), legs, strict=True):
        if left <= metres and metres:
            part = left / metres
            return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
        left -= metres
    return path[-1]


# The hour


def _reach(engine: LocalDelivery) -> ReachView:
    shoppers, reach = engine.shoppers, engine.reach
    limit = max((reach.limit_min(one) for one in reach.open_centres()), default=0.0)
    speed = FASTEST_M_MIN if REACHES[engine.config.reach].asks else USUAL_M_MIN
    centres = tuple(_centre(engine, one) for one in CENTRES.values())
    return ReachView(
        x=shoppers.x,
        y=shoppers.y,
        limit=round(limit, 1),
        circle=round(max(0.0, limit) * speed),
        minutes=tuple(round(float(one), 1) for one in shoppers.minutes),
        centres=centres,
        near=sum(one.near for one in centres),
        reach=sum(one.reaches for one in centres),
        wrong=sum(one.reaches and not one.in_time for one in centres),
    )


def _centre(engine: LocalDelivery, centre: Centre) -> CentreView:
    shoppers, reach = engine.shoppers, engine.reach
    near = {one.centre_id: one for one in shoppers.near}
    found, ride = near.get(centre.id), ride_min(centre.id, shoppers.x, shoppers.y)
    limit, is_open = reach.limit_min(centre.id), reach.is_open(centre.id)
    reaches = found is not None and found.reaches
    if not is_open:
        why = "closed"
    elif reaches:
        why = "" if ride <= limit else "too far by the streets, and nobody asked them"
    else:
        why = "too far by the streets" if found else "outside of the circle"
    return CentreView(
        id=centre.id,
        name=centre.name,
        region=centre.region,
        x=centre.x,
        y=centre.y,
        open=is_open,
        metres=round(crow_m(centre.x, centre.y, shoppers.x, shoppers.y)),
        ride=round(ride, 1),
        wait=round(reach.wait_min(centre.id), 1),
        limit=round(limit, 1),
        near=found is not None,
        reaches=reaches,
        in_time=is_open and ride <= limit,
        why=why,
    )


# Stock, orders, carts


def _stock(engine: LocalDelivery, looked: Looked) -> StockView:
    if not looked.units and looked.lines < 0:
        return StockView(brought=engine.stock.delivered)
    by: Counter[tuple[int, str]] = Counter()
    for (centre, _, state), many in looked.units.items():
        by[centre, state] += many
    totals = {
        state: sum(by[one, state] for one in CENTRES) for state in (FREE, RESERVED, PREPARED, PROMISED, SOLD)
    }
    return StockView(
        centres=tuple(
            StateView(
                CENTRES[one].name,
                engine.reach.is_open(one),
                *(by[one, state] for state in (FREE, RESERVED, PREPARED, PROMISED, SOLD)),
            )
            for one in CENTRES
        ),
        free=totals[FREE],
        reserved=totals[RESERVED],
        doubt=totals[PREPARED],
        promised=totals[PROMISED],
        sold=totals[SOLD],
        doubles=looked.doubles,
        overdue=looked.overdue,
        locks=looked.locks,
        hot_left=looked.hot_left,
        hot_sold=looked.hot_sold,
        brought=engine.stock.delivered,
    )


def _conflicts(engine: LocalDelivery) -> ConflictsView:
    counters, ms = engine.transactions.counters, engine.transactions.ms.merged(engine.clock.monotonic())
    does, picks, how = engine.in_force()
    return view_of(
        ConflictsView,
        counters,
        does=does,
        picks=picks,
        how=how,
        database=engine.room.sql.engine_name,
        orders=engine.purchase.counters.orders,
        retried_pct=round(counters.retried_pct, 1),
        p50=round(ms.quantile(0.5), 1),
        p99=round(ms.quantile(0.99), 1),
        oversold=engine.checker.oversold,
        halves=engine.checker.halves,
        lanes=_lanes(list(engine.stock.steps.kept)[-LANE_STEPS:]),
    )


def _lanes(steps: Sequence[Step]) -> tuple[LaneView, ...]:
    """The last orders that wanted the same units, on one axis; without any, the last orders."""
    if not steps:
        return ()
    last = next((one for one in reversed(steps) if one.kind == "write"), steps[-1])
    near = [one for one in steps if one.began > last.began - LANE_S]
    met = {one.order_id for one in near if set(one.units) & set(last.units)}
    chosen = met if len(met) > 1 else {one.order_id for one in near}
    who = list(dict.fromkeys(one.order_id for one in reversed(near) if one.order_id in chosen))[:LANES]
    mine = [one for one in near if one.order_id in who]
    since = min(one.began for one in mine)
    return tuple(
        LaneView(
            next(one.by for one in mine if one.order_id == order),
            tuple(_segment(one, since) for one in mine if one.order_id == order),
        )
        for order in reversed(who)
    )


def _segment(step: Step, since: float) -> StepView:
    tone = "ok" if step.kind == "write" and step.units else "error" if step.kind == "write" else "none"
    units = ", ".join(map(str, step.units[:3])) or "none"
    return step_view(f"{step.text}: {units}", step.began, step.ended, tone, since=since)


def _carts(engine: LocalDelivery, looked: Looked) -> CartsView:
    carts, upkeep, of_s = engine.carts, engine.upkeep.counters, max(1.0, float(engine.config.reserve_s))
    sweeper = engine.workers.all.get(SWEEPER)
    return CartsView(
        open=looked.carts,
        kept=tuple(
            KeptView(
                unit=f"unit {one.unit}",
                cart=one.cart[:SHORT_ID],
                left_s=round(one.left_s, 1),
                share=round(max(0.0, min(100.0, 100 * one.left_s / of_s)), 1),
                over=one.left_s <= 0,
            )
            for one in looked.kept
        ),
        where=RESERVATIONS[engine.config.reservation].label,
        filled=carts.kept,
        refused=carts.refused,
        expired=carts.expired,
        overdue=looked.overdue,
        swept=upkeep.swept,
        turns=sweeper.turns if sweeper else 0,
        killed=sweeper.ended if sweeper else 0,
        blocked_s=round(upkeep.blocked_s, 1),
        stuck=engine.checker.stuck,
        cancelled=upkeep.cancelled,
        confirmed=upkeep.confirmed,
    )


def _promises(engine: LocalDelivery, looked: Looked) -> PromisesView:
    last, counters = engine.purchase.last, engine.dispatch.counters
    read = looked.lines >= 0
    return PromisesView(
        lines=tuple(
            LineView(
                name=one.name,
                open=engine.reach.is_open(one.id),
                waiting=looked.waiting[one.id, "waiting"] + looked.waiting[one.id, "promised"]
                if read
                else -1,
                picking=looked.waiting[one.id, "picking"] if read else -1,
                left=looked.waiting[one.id, "left"] if read else -1,
                wait=round(engine.reach.wait_min(one.id), 1),
            )
            for one in CENTRES.values()
        ),
        scores=tuple(
            ScoreView(
                name=CENTRES[one.candidate.centre_id].name,
                ride=round(one.candidate.ride, 1),
                wait=round(one.candidate.wait, 1),
                scarce=one.scarce,
                score=round(one.score, 1),
                chosen=one.candidate.centre_id == last.chosen,
            )
            for one in last.scored
        )
        if last
        else (),
        what=in_words(last.items) if last else "",
        promised=looked.orders["promised"] if read else -1,
        waiting=looked.orders["waiting"] if read else -1,
        picking=looked.orders["picking"] if read else -1,
        left=looked.orders["left"] if read else -1,
        late=engine.checker.late,
        on_time=engine.checker.on_time,
        moved=counters.moved,
        bound=counters.bound,
        swapped=counters.swapped,
        gone=engine.purchase.counters.gone,
        far=engine.purchase.counters.far,
    )


# Answers


def _answers(engine: LocalDelivery) -> AnswersView:
    looking, ms = engine.looking, engine.looking.ms.merged(engine.clock.monotonic())
    return AnswersView(
        p50=round(ms.quantile(0.5), 2),
        p99=round(ms.quantile(0.99), 2),
        answers=ms.total,
        compared=looking.audit.answers,
        counts=looking.audit.counts,
        stale=looking.audit.stale,
        over=looking.audit.over,
        stale_pct=round(looking.audit.stale_pct, 2),
        rows=looking.by["database"],
        replicas=looking.by["replica"],
        cached=looking.by["cache"],
        hits=looking.sources.hits,
        misses=looking.sources.misses,
        kept=len(looking.sources.cache),
    )


def _regions(engine: LocalDelivery, looked: Looked) -> RegionsView:
    replicas, lag = engine.replicas, engine.replicas.lag_ms.merged(engine.clock.monotonic())
    replicator = engine.workers.all.get(REPLICATOR)
    return RegionsView(
        copies=tuple(
            CopyView(
                region=one.region,
                copy=one.copy + 1,
                centres=", ".join(at.name for at in CENTRES.values() if at.region == one.region),
                fields=one.fields,
                units=one.units,
                reads=replicas.reads[one.region, one.copy],
            )
            for one in looked.copies
        ),
        true=sum(n for (_, _, state), n in looked.units.items() if state == FREE)
        if looked.lines >= 0
        else -1,
        waiting=replicas.waiting,
        applied=replicas.applied,
        lag_p50=round(lag.quantile(0.5)),
        lag_p99=round(lag.quantile(0.99)),
        turns=replicator.turns if replicator else 0,
    )
