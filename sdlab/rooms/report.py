"""What a scenario did, in numbers: the row of a comparison, the answer of a headless run."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sdlab.lab import InvariantView
from sdlab.lab.scenario import Scenario
from sdlab.rooms.lab import RunningLab

MAX_KEYS = 5000


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number of a run. `better` says which end is good; `same` means neither."""

    id: str
    label: str
    unit: str
    value: float
    better: Literal["more", "less", "same"] = "less"


@dataclass(frozen=True, slots=True)
class Report:
    """A run with what it was asked and what it measured."""

    name: str
    scenario: Scenario
    figures: tuple[Figure, ...]
    invariants: tuple[InvariantView, ...]
    digest: str

    @property
    def holds(self) -> bool:
        """Whether every claim held."""
        return all(one.holds for one in self.invariants)


async def report(lab: RunningLab, scenario: Scenario, *, name: str, seconds: float) -> Report:
    """What `lab` did in `seconds` under `scenario`."""
    engine = lab.engine
    await engine.refresh_looks(now=True)
    latency = engine.context.requests.lifetime
    done = latency.total
    figures = [
        Figure("throughput", "throughput", "/s", round(done / seconds, 1) if seconds else 0.0, "more"),
        Figure("p50", "latency p50", "ms", round(latency.quantile(0.50), 2)),
        Figure("p95", "latency p95", "ms", round(latency.quantile(0.95), 2)),
        Figure("p99", "latency p99", "ms", round(latency.quantile(0.99), 2)),
        Figure("errors", "errors", "", engine.traffic().failed),
        Figure("shed", "operations shed", "", lab.runner.shed),
        Figure("redis", "memory in Redis", "KB", round(await _redis_bytes(lab) / 1024, 1)),
        Figure("rows", "rows in SQL", "", await lab.room.sql.rows(lab.room.id), "same"),
        *(Figure(one.id, one.label, one.unit, one.value, one.better) for one in lab.tallies()),
        Figure("violations", "violations", "", sum(one.violations for one in lab.invariants())),
    ]
    digest = lab.design.workload(scenario.workload).digest(scenario.seed) if scenario.workload else ""
    return Report(name, scenario, tuple(figures), lab.invariants(), digest)


async def _redis_bytes(lab: RunningLab) -> int:
    """What Redis itself says the room's keys take; of many keys, the first `MAX_KEYS`."""
    keys: list[str] = []
    async for key in lab.room.redis.scan_iter(match=lab.room.key("*"), count=500):
        keys.append(key)
        if len(keys) >= MAX_KEYS:
            break
    async with lab.room.redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.memory_usage(key)
        return sum(size or 0 for size in await pipe.execute())


def best(reports: Sequence[Report]) -> dict[str, set[str]]:
    """For each figure the names of the runs that did best; empty where all are equal."""
    found: dict[str, set[str]] = {}
    for index, figure in enumerate(reports[0].figures if reports else ()):
        values = {one.name: one.figures[index].value for one in reports}
        if figure.better == "same" or len(set(values.values())) < 2:
            continue
        top = max(values.values()) if figure.better == "more" else min(values.values())
        found[figure.id] = {name for name, value in values.items() if value == top}
    return found


def as_rows(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """The table: one row per figure, one column per run, the best named."""
    winners = best(reports)
    return [
        {
            "id": figure.id,
            "label": figure.label,
            "unit": figure.unit,
            "runs": [
                {
                    "value": one.figures[index].value,
                    "best": one.name in winners.get(figure.id, ()),
                }
                for one in reports
            ],
        }
        for index, figure in enumerate(reports[0].figures if reports else ())
    ]


def as_csv(reports: Sequence[Report]) -> str:
    """The same table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["figure", "unit", *(one.name for one in reports)])
    for row in as_rows(reports):
        writer.writerow([row["label"], row["unit"], *(run["value"] for run in row["runs"])])
    return out.getvalue()


def as_json(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Everything about every run, as plain data."""
    return [asdict(one) for one in reports]


def as_text(reports: Sequence[Report]) -> str:
    """The table and the verdicts, for a terminal."""
    rows = as_rows(reports)
    width = max((len(row["label"]) for row in rows), default=10) + 2
    lines = [" " * width + "".join(f"{one.name:>16}" for one in reports)]
    for row in rows:
        cells = "".join(
            f"{run['value']:>13,.6g}{'*' if run['best'] else ' '}{row['unit']:<2}" for run in row["runs"]
        )
        lines.append(f"{row['label']:<{width}}{cells}")
    for one in reports:
        for verdict in one.invariants:
            mark = "holds" if verdict.holds else "BROKEN"
            counted = f"{verdict.checked:,} checked, {verdict.violations:,} violations"
            lines.append(f"{mark:<7} {verdict.claim} ({counted})")
            lines += [f"        {step.actor}: {step.text}" for step in verdict.evidence]
    return "\n".join(lines)
