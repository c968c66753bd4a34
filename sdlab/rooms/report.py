"""What a scenario did, in numbers: the row of a comparison, the answer of a headless run."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sdlab.lab import Design, InvariantView, PreparedComparison
from sdlab.lab.scenario import Scenario
from sdlab.rooms.csv_cells import plain
from sdlab.rooms.lab import RunningLab

MAX_KEYS = 5000
# By how much a figure of that unit varies between two runs of the same, as a share of it.
VARIES = {"ms": 0.25, "µs": 0.25, "/s": 0.05, "KB": 0.1, "pages": 0.2}
VARIES_LEAST = 0.02
TIMED = ("ms", "µs", "/s")


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
    planned: int = 0  # operations that the traffic consists of
    skipped: int = 0  # of them, how many were not even begun

    def value(self, figure: str) -> float:
        """The figure of that id. `StopIteration` when there is none."""
        return next(one.value for one in self.figures if one.id == figure)

    @property
    def holds(self) -> bool:
        """Whether every claim held."""
        return all(one.holds for one in self.invariants)


def figures_now(lab: RunningLab, *, seconds: float) -> tuple[Figure, ...]:
    """What `lab` has measured so far, since it began `seconds` ago; of the stores, what the last look saw."""
    latency = lab.engine.context.requests.lifetime
    done = latency.total
    return (
        *(Figure(f"broken_{one.id}", one.claim, "× broken", one.violations) for one in lab.invariants()),
        *(Figure(one.id, one.label, one.unit, one.value, one.better) for one in lab.tallies()),
        Figure("throughput", "throughput", "/s", round(done / seconds, 1) if seconds else 0.0, "more"),
        Figure("p50", "latency p50", "ms", round(latency.quantile(0.50), 2)),
        Figure("p95", "latency p95", "ms", round(latency.quantile(0.95), 2)),
        Figure("p99", "latency p99", "ms", round(latency.quantile(0.99), 2)),
        Figure("errors", "errors", "", lab.engine.traffic().failed),
        Figure("shed", "operations shed", "", lab.runner.shed),
        Figure("violations", "violations", "", sum(one.violations for one in lab.invariants())),
    )


async def report(lab: RunningLab, scenario: Scenario, *, name: str, seconds: float) -> Report:
    """What `lab` did in `seconds` under `scenario`."""
    await lab.engine.refresh_looks(now=True)
    figures = (
        *figures_now(lab, seconds=seconds),
        Figure("redis", "memory in Redis", "KB", round(await _redis_bytes(lab) / 1024, 1)),
        Figure("rows", "rows in SQL", "", await lab.room.sql.rows(lab.room.id), "same"),
    )
    digest = lab.design.workload(scenario.workload).digest(scenario.seed) if scenario.workload else ""
    runner = lab.runner
    return Report(
        name,
        scenario,
        figures,
        lab.invariants(),
        digest,
        planned=runner.issued + runner.shed,
        skipped=runner.shed,
    )


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


def best(reports: Sequence[Report], *, busy: bool = False) -> dict[str, set[str]]:
    """For each figure the names of the runs that did best; empty where they do not differ enough.

    Runs of one and the same configuration differ by chance alone: only where all of them are better
    than all others by more than a figure of that unit varies, they are best. On a busy machine no time
    is: what else it did may have hit one run and not another.
    """
    found: dict[str, set[str]] = {}
    groups = _groups(reports)
    for index, figure in enumerate(reports[0].figures if reports else ()):
        sign = 1 if figure.better == "more" else -1
        worst = [min(sign * one.figures[index].value for one in group) for group in groups]
        ends = [max(sign * one.figures[index].value for one in group) for group in groups]
        top = max(worst)
        margin = VARIES.get(figure.unit, VARIES_LEAST) * abs(top)
        leading = [at for at, end in enumerate(ends) if end >= top - margin]
        timed = busy and figure.unit in TIMED
        if figure.better == "same" or timed or len(leading) == len(groups):
            continue
        found[figure.id] = {one.name for at in leading for one in groups[at]}
    return found


def _groups(reports: Sequence[Report]) -> list[list[Report]]:
    """The runs by what was asked of them."""
    groups: list[tuple[object, list[Report]]] = []
    for one in reports:
        asked = (dict(one.scenario.toggles), dict(one.scenario.knobs))
        known = next((group for key, group in groups if key == asked), None)
        if known is None:
            groups.append((asked, [one]))
        else:
            known.append(one)
    return [group for _, group in groups]


def as_rows(reports: Sequence[Report], *, answer: str = "", busy: bool = False) -> list[dict[str, Any]]:
    """The table: one row per figure, one column per run, the best named.

    First the row that answers what is asked (`answer`: the id of a figure or of a claim), then claims that
    broke and figures of the lab that differ, then what every lab measures; claims that nobody broke come last.
    """
    winners = best(reports, busy=busy)
    rows: list[dict[str, Any]] = [
        {
            "id": figure.id,
            "answers": figure.id in (answer, f"broken_{answer}"),
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
    return sorted(rows, key=_rank)


def _rank(row: dict[str, Any]) -> int:
    if row["answers"]:
        return 0
    if not row["id"].startswith("broken_"):
        return 2
    return 1 if any(run["value"] for run in row["runs"]) else 3


def protected_claim(design: Design, reports: Sequence[Report]) -> str:
    """The claim that these runs are about: that of the one answer in which they differ; or none."""
    config = design.config()
    differing = [
        toggle
        for toggle in design.toggles
        if len({one.scenario.toggles.get(toggle.id, getattr(config, toggle.id)) for one in reports}) > 1
    ]
    return differing[0].protects if len(differing) == 1 else ""


def verdict(reports: Sequence[Report], *, answer: str = "", busy: bool = False) -> str:
    """What came out, in one sentence: the first row that tells the runs apart."""
    rows = as_rows(reports, answer=answer, busy=busy)
    telling = next((row for row in rows if row["answers"] or any(run["best"] for run in row["runs"])), None)
    if telling is None:
        return "No difference that is more than chance."
    said = "; ".join(
        f"{one.name}: {_shown(run['value'])} {telling['unit']}".rstrip()
        for one, run in zip(reports, telling["runs"], strict=True)
    )
    return f"{telling['label']}: {said}."


def answered(prepared: PreparedComparison, reports: Sequence[Report]) -> str:
    """What came out of a prepared comparison: the figure that answers, of each, in words."""
    return "; ".join(f"{one.name}: {prepared.said(one.value(prepared.answer))}" for one in reports) + "."


def _shown(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"


def as_csv(reports: Sequence[Report], *, answer: str = "") -> str:
    """The same table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(plain(["figure", "unit", *(one.name for one in reports)]))
    for row in as_rows(reports, answer=answer):
        writer.writerow(plain([row["label"], row["unit"], *(run["value"] for run in row["runs"])]))
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
