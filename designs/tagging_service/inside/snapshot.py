"""From the running engine to the snapshot: the last look at the stores, and what is in memory only."""

from __future__ import annotations

import base64

from designs.tagging_service.engine.counters import Meter
from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.nodes import DATABASE, FEED, SETS, shard_id
from designs.tagging_service.engine.plans import SCANS, Plan, PlanStep
from designs.tagging_service.engine.store_reader import ListSeen, Seen, TagSeen
from designs.tagging_service.engine.strategies.approaches import APPROACHES
from designs.tagging_service.inside.views import (
    CopyView,
    CountsView,
    HotView,
    ListView,
    PairsView,
    PlanStepView,
    PlanView,
    QueriesView,
    ShardsView,
    ShardView,
    SizeView,
    Snapshot,
    StepView,
    TagView,
    WalkView,
    WallView,
)
from sdlab.lab import Tally

ID_BYTES = 4
MOST_IDS = 400
TAG_SIZES = 5
WHAT = {
    "": "the pairs' heap",
    "tag_item": "B-tree (tag, item)",
    "item_tag": "B-tree (item, tag)",
    "hot": "B-tree (tag, item), active",
}


def build_snapshot(engine: TaggingService) -> Snapshot:
    """Everything that the page may show of now."""
    seen = engine.reader.look.last
    _label_nodes(engine, seen)
    cloud = _cloud(seen)
    return Snapshot(
        **engine.common(),
        database=engine.room.sql.engine_name,
        wall=_wall(engine, seen),
        cloud=cloud,
        walk=_walk(seen),
        plan=_plan(
            seen.slow.active_plan if engine.screen.query.active else seen.slow.plan, seen.slow.item_plan
        ),
        sizes=_sizes(seen),
        hot=_hot(seen),
        copies=_copies(engine, seen),
        shards=_shards(engine),
        pairs=_pairs(engine, seen),
        counts=CountsView(
            largest=max((one.off for one in cloud), default=0),
            wrong=sum(one.off > 0 for one in cloud),
            beyond=sum(not one.within for one in cloud),
            age_s=round(engine.counts.age_s, 1) if engine.config.counts == "cached" else 0.0,
        ),
        queries=_queries(engine),
    )


def build_tallies(engine: TaggingService) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, seen = engine.counters, engine.reader.look.last
    copy = APPROACHES[engine.config.approach].copy
    hot = _hot(seen)
    sizes = {one.id: one.bytes for one in _copies(engine, seen)}
    broken = {claim: monitor.violations for claim, monitor in engine.monitors.items()}
    return (
        Tally("and_ms", "A query for three tags", "ms", round(counters.finds3.mean, 2)),
        Tally("and_asked", "Queries for three tags", "queries", counters.finds3.number, "same"),
        Tally(
            "looked_at",
            "Rows that scans for one gave or threw away",
            "rows",
            round(counters.looked_at.mean),
            "same",
        ),
        Tally("pages", "Pages looked at for one", "pages", round(counters.pages.mean)),
        Tally("write_ms", "A write to the copy that answers", "ms", round(counters.writes[copy].mean, 3)),
        Tally("pair_ms", "Writing a pair", "ms", round(counters.writes["pairs"].mean, 3)),
        Tally("bytes", "Bytes of the copy that answers", "bytes", sizes[copy]),
        Tally("lost", "Pairs lost or doubled", "", broken["pairs_kept"]),
        Tally("apart", "Answers that differ", "", broken["one_answer"]),
        Tally("hottest", "Share of the busiest shard", "%", round(engine.bitmaps.hottest(), 1)),
        Tally("renames", "Renames", "", counters.renames, "same"),
        Tally("merges", "Merges", "", counters.merges, "same"),
        Tally("moved", "Pairs moved by merges", "", counters.moved, "same"),
        Tally("active_by_hot", "The partial index serves “active”", "", float(hot.active_uses), "more"),
        Tally(
            "other_unserved",
            "It cannot serve the other",
            "",
            float(bool(hot.bytes) and not hot.other_uses),
            "same",
        ),
    )


def _label_nodes(engine: TaggingService, seen: Seen) -> None:
    engine.node(DATABASE).detail = f"{seen.pairs:,} pairs"
    engine.node(SETS).detail = f"{seen.slow.sets} sets"
    if FEED in engine.nodes:
        engine.node(FEED).detail = f"{seen.slow.waiting} waiting"
    for number, shard in enumerate(engine.bitmaps.shards):
        if shard_id(number) in engine.nodes:
            engine.node(shard_id(number)).detail = f"{len(shard)} lists"


def _wall(engine: TaggingService, seen: Seen) -> WallView:
    query = engine.screen.query
    bits = bytearray((len(seen.looks) // 2 + 7) // 8)
    for item in seen.ids:
        if item - 1 < len(bits) * 8:
            bits[item - 1 >> 3] |= 1 << (item - 1 & 7)
    return WallView(
        known=engine.reader.look.at is not None,
        said=query.said,
        total=seen.items,
        found=seen.found,
        looks=seen.looks,
        bits=base64.b64encode(bits).decode(),
        all_of=query.all,
        any_of=query.any,
        none_of=query.none,
        active=query.active,
        approach=APPROACHES[engine.config.approach].label,
        problem=seen.problem,
    )


def _cloud(seen: Seen) -> tuple[TagView, ...]:
    most = max((one.told for one in seen.cloud), default=1) or 1
    return tuple(_tag(one, most) for one in seen.cloud)


def _tag(one: TagSeen, most: int) -> TagView:
    off = abs(one.told - one.exact)
    return TagView(
        name=one.tag.name,
        told=one.told,
        exact=one.exact,
        off=off,
        bound=one.bound,
        within=off <= one.bound,
        size=1 + round((TAG_SIZES - 1) * (one.told / most) ** 0.5),
    )


def _walk(seen: Seen) -> WalkView:
    return WalkView(
        name=seen.walk,
        lists=tuple(_list(one) for one in seen.lists),
        steps=tuple(
            StepView(one.kind, one.which, one.start, one.at, one.id, seen.lists[one.which].label)
            for one in seen.steps
        ),
        more=max(0, seen.visited + seen.found - len(seen.steps)),
        found=seen.found,
        visited=seen.visited,
        skipped=seen.skipped,
    )


def _list(one: ListSeen) -> ListView:
    return ListView(
        label=one.label,
        ids=one.ids[:MOST_IDS],
        total=one.total,
        raw=ID_BYTES * one.total,
        packed=one.packed,
        bitmap=one.bitmap,
        in_valkey=one.in_valkey,
        set_bytes=one.set_bytes,
    )


def _plan(plan: Plan, of_item: Plan) -> PlanView:
    whole = max((one.ms for one in plan.steps), default=0.0) or 1.0
    parents: list[int] = []
    steps = []
    for number, one in enumerate(plan.steps):
        del parents[one.depth :]
        own = one.ms - sum(below.ms for below in _below(plan.steps, number))
        steps.append(
            PlanStepView(
                depth=one.depth,
                parent=parents[-1] if parents else -1,
                node=one.node,
                on=WHAT.get(one.on, one.on),
                condition=one.condition[:80],
                rows=one.rows,
                removed=one.removed,
                loops=one.loops,
                ms=round(one.ms, 3),
                share=round(100 * max(0.0, own) / whole, 1),
                hit=one.hit,
                read=one.read,
                scan=one.node in SCANS,
            )
        )
        parents.append(number)
    return PlanView(
        steps=tuple(steps),
        ms=round(plan.ms, 3),
        planning_ms=round(plan.planning_ms, 3),
        looked_at=plan.looked_at,
        uses=tuple(WHAT.get(one, one) for one in plan.uses),
        item_by=", ".join(WHAT.get(one, one) for one in of_item.uses),
        item_pages=of_item.pages,
    )


def _below(steps: tuple[PlanStep, ...], number: int) -> list[PlanStep]:
    """The steps right below one."""
    found = []
    for one in steps[number + 1 :]:
        if one.depth <= steps[number].depth:
            break
        if one.depth == steps[number].depth + 1:
            found.append(one)
    return found


def _sizes(seen: Seen) -> tuple[SizeView, ...]:
    slow = seen.slow
    rows = [(WHAT.get(name, name), "pairs", size) for name, size in slow.sizes]
    if slow.items_bytes:
        rows += [
            ("the items' heap, with arrays", "items", slow.items_bytes),
            ("GIN over the arrays", "items", slow.gin_bytes),
        ]
    most = max((size for _, _, size in rows), default=1) or 1
    return tuple(SizeView(name, what, size, round(100 * size / most, 1)) for name, what, size in rows)


def _hot(seen: Seen) -> HotView:
    slow = seen.slow
    sizes = dict(slow.sizes)
    plan, active = slow.plan, slow.active_plan
    return HotView(
        active=seen.active,
        share=round(100 * seen.active / max(1, seen.items), 1),
        bytes=sizes.get("hot", 0),
        whole_bytes=sizes.get("tag_item", 0),
        active_uses="hot" in active.uses,
        other_uses="hot" in plan.uses,
        active_looked_at=active.looked_at,
        other_looked_at=plan.looked_at,
        active_ms=round(active.ms, 3),
        other_ms=round(plan.ms, 3),
        active_by=", ".join(WHAT.get(one, one) for one in active.uses) or "no index",
        other_by=", ".join(WHAT.get(one, one) for one in plan.uses) or "no index",
    )


def _copies(engine: TaggingService, seen: Seen) -> tuple[CopyView, ...]:
    slow, counters = seen.slow, engine.counters
    pairs = {
        "pairs": slow.in_pairs,
        "arrays": slow.in_arrays,
        "bitmaps": slow.in_bitmaps,
        "sets": slow.in_sets,
    }
    sizes = {
        "pairs": sum(size for _, size in slow.sizes),
        "arrays": slow.items_bytes + slow.gin_bytes,
        "bitmaps": slow.bitmap_bytes,
        "sets": slow.sets_bytes,
    }
    return tuple(
        CopyView(
            id=one.copy,
            label=one.label,
            pairs=pairs[one.copy],
            bytes=sizes[one.copy],
            answered=counters.answered[one.copy],
            writes=counters.writes[one.copy].number,
            write_ms=_rounded(counters.writes[one.copy], 3),
            apart=dict(slow.apart).get(one.copy, 0),
        )
        for one in APPROACHES.values()
    )


def _shards(engine: TaggingService) -> ShardsView:
    bitmaps, now = engine.bitmaps, engine.clock.monotonic()
    loads = [sum(one.series(now)) for one in bitmaps.recent]
    whole = sum(loads) or 1
    last = bitmaps.last
    gave = dict(zip(last.asked, last.ids, strict=True))
    return ShardsView(
        shards=tuple(
            ShardView(
                id=shard_id(number),
                label=f"bitmaps {number + 1}",
                state=node.state if (node := engine.nodes.get(shard_id(number))) else "up",
                lists=len(shard),
                ids=sum(len(one) for one in shard.values()),
                writes=bitmaps.writes[number],
                reads=bitmaps.reads[number],
                load=loads[number],
                share=round(100 * loads[number] / whole, 1),
                asked=number in gave,
                gave=gave.get(number, 0),
                travelled=ID_BYTES * gave.get(number, 0),
            )
            for number, shard in enumerate(bitmaps.shards)
        ),
        hottest=round(bitmaps.hottest(), 1),
        asked=len(last.asked),
        lists=sum(last.lists),
        travelled=sum(last.bytes),
    )


def _pairs(engine: TaggingService, seen: Seen) -> PairsView:
    counters = engine.counters
    return PairsView(
        pictures=seen.items,
        tags=seen.tags,
        pairs=seen.pairs,
        doubled=seen.slow.doubled,
        stranded=seen.slow.stranded,
        waiting=seen.slow.waiting,
        added=counters.added,
        removed=counters.removed,
        merges=counters.merges,
        renames=counters.renames,
        moved=counters.moved,
        pair_bytes=round(sum(size for _, size in seen.slow.sizes) / max(1, seen.pairs), 1),
    )


def _queries(engine: TaggingService) -> QueriesView:
    counters = engine.counters
    return QueriesView(
        asked=counters.queries,
        ms=_rounded(counters.finds, 2),
        ms3=_rounded(counters.finds3, 2),
        rate=engine.traffic().rate,
    )


def _rounded(meter: Meter, digits: int) -> float | None:
    return None if meter.known is None else round(meter.known, digits)
