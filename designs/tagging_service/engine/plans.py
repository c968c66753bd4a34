"""What PostgreSQL says of a query that it performed: the tree of steps, with rows that were looked at.

https://www.postgresql.org/docs/current/using-explain.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_STEPS = 24
SCANS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan")


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step. `depth` from 0; `rows` came out of each of `loops`, `removed` were looked at and thrown away.

    `ms` is all loops together, `hit` and `read` are pages of 8 KiB from memory and from below.
    """

    depth: int
    node: str
    on: str = ""
    condition: str = ""
    rows: float = 0.0
    removed: float = 0.0
    loops: int = 1
    ms: float = 0.0
    hit: int = 0
    read: int = 0

    @property
    def looked_at(self) -> float:
        """Rows that a scan touched, over all loops; the steps above it pass them on."""
        return (self.rows + self.removed) * self.loops if self.node in SCANS else 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A performed query: its steps, outermost first, milliseconds, and rows that were looked at."""

    steps: tuple[PlanStep, ...] = ()
    ms: float = 0.0
    planning_ms: float = 0.0
    looked_at: int = 0
    uses: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        """Pages that were looked at: the outermost step has those of all."""
        return self.steps[0].hit + self.steps[0].read if self.steps else 0


def plan_of(explained: Mapping[str, Any], *, prefix: str = "") -> Plan:
    """The plan in what `EXPLAIN` gave; names of tables and indexes without `prefix`."""
    if "Plan" not in explained:
        return Plan(tuple(PlanStep(0, str(line)) for line in explained.get("Query Plan", ())))
    steps = tuple(_steps(explained["Plan"], 0, prefix))
    return Plan(
        steps=steps[:MOST_STEPS],
        ms=float(explained.get("Execution Time", 0)),
        planning_ms=float(explained.get("Planning Time", 0)),
        looked_at=round(sum(one.looked_at for one in steps if one.node != "Bitmap Index Scan")),
        uses=tuple(dict.fromkeys(one.on for one in steps if "Index" in one.node and one.on)),
    )


def _steps(step: Mapping[str, Any], depth: int, prefix: str) -> Iterator[PlanStep]:
    on = str(step.get("Index Name") or step.get("Relation Name") or "")
    loops = int(step.get("Actual Loops", 1))
    conditions = [step[name] for name in ("Index Cond", "Hash Cond", "Merge Cond", "Filter") if name in step]
    yield PlanStep(
        depth=depth,
        node=str(step["Node Type"])
        + (f" {step['Join Type']}" if step.get("Join Type") in ("Semi", "Anti") else ""),
        on=on.removeprefix(prefix).strip("_") if on != prefix else "pairs",
        condition=" and ".join(str(one) for one in conditions).strip("()"),
        rows=float(step.get("Actual Rows", 0)),
        removed=sum(float(value) for name, value in step.items() if name.startswith("Rows Removed by")),
        loops=loops,
        ms=float(step.get("Actual Total Time", 0)) * loops,
        hit=int(step.get("Shared Hit Blocks", 0)),
        read=int(step.get("Shared Read Blocks", 0)),
    )
    for inner in step.get("Plans", ()):
        yield from _steps(inner, depth + 1, prefix)
