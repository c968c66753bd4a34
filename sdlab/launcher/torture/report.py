"""`torture`: which labs and faults, how long it takes, and the table, printed and kept in the docs."""

from __future__ import annotations

import asyncio
import json
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sdlab.lab import Design
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.paths import ROOT
from sdlab.launcher.torture.faults import FAULTS
from sdlab.launcher.torture.harness import SETTLES, torture
from sdlab.launcher.torture.judge import RECOVERS_WITHIN, judge
from sdlab.launcher.torture.load import ANSWERS_WITHIN
from sdlab.launcher.torture.observation import NotHere, Observation, Row
from sdlab.registry import designs

DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- torture: begin -->", "<!-- torture: end -->"
STARTS = 15.0  # seconds, roughly, until a server has started
OPENS = 2.0  # seconds, roughly, until a lab has opened
LOOKS = 4.0  # seconds, roughly, of recovery and of looking afterwards
SHORTEST, LONGEST = 1.0, 300.0


def run_torture(
    slugs: Sequence[str], *, only: Sequence[str], seconds: float, results: Path | None, write: bool
) -> int:
    """Hurt the labs (all, or these) in all ways or `only` those; 1 when something did not hold or come back."""
    labs, names = chosen_labs(slugs), chosen_faults(only)
    if not SHORTEST <= seconds <= LONGEST:
        raise LauncherError(f"--seconds is from {SHORTEST:g} to {LONGEST:g}")
    minutes = estimate(names, len(labs), seconds) / 60
    print(f"sdlab: {len(names)} faults on {len(labs)} labs, about {minutes:.0f} min", flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="sdlab-torture-", ignore_cleanup_errors=True) as folder:
        asyncio.run(_collect(rows, labs, names, seconds=seconds, folder=Path(folder)))
    if results is not None:
        results.write_text(json.dumps(as_data(rows, seconds=seconds), indent=1) + "\n")
    if write:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text(), table(rows, labs, seconds=seconds)))
    return 1 if any(findings(one) for one in rows) else 0


async def _collect(
    rows: list[Row], labs: Sequence[Design], names: Sequence[str], *, seconds: float, folder: Path
) -> None:
    async for row in torture(labs, names, seconds=seconds, folder=folder):
        rows.append(row)
        print(line(row), flush=True)


def chosen_labs(slugs: Sequence[str]) -> list[Design]:
    """Those labs, or all. `LauncherError` names one that is not there."""
    known = {one.slug: one for one in designs()}
    if missing := [slug for slug in slugs if slug not in known]:
        raise LauncherError(f"no lab {missing[0]!r}; there are {', '.join(known)}")
    return [known[slug] for slug in dict.fromkeys(slugs)] or list(known.values())


def chosen_faults(only: Sequence[str]) -> list[str]:
    """Those faults, or all; those of one server follow one another. `LauncherError` names one that is not there."""
    if missing := [name for name in only if name not in FAULTS]:
        raise LauncherError(f"no fault {missing[0]!r}; there are {', '.join(FAULTS)}")
    return [name for name in FAULTS if not only or name in only]


def estimate(names: Sequence[str], labs: int, seconds: float) -> float:
    """About how many seconds all of it takes."""
    servers = len({FAULTS[name].setting for name in names})
    each = sum(seconds * (2 if FAULTS[name].lasts else 1) + SETTLES + LOOKS for name in names)
    return servers * (STARTS + labs * OPENS) + each


def findings(row: Row) -> tuple[str, ...]:
    """What did not hold; nothing for what was not done."""
    return judge(row) if isinstance(row, Observation) else ()


def line(row: Row) -> str:
    """One row as a line of the terminal, and one more for each thing that did not hold."""
    if isinstance(row, NotHere):
        return f"{row.fault:<20} not here: {row.why}"
    if row.trouble:
        return f"{row.fault:<20} FAILED  {row.trouble}"
    found = findings(row)
    verdict = "FAILED" if found else "held"
    first = f"{row.fault:<20} {verdict:<7} " + "  ".join(one for one in _figures(row) if one)
    return "\n".join([first, *(f"{'':<20} - {one}" for one in found)])


def _figures(row: Observation) -> list[str]:
    given = sum(one.acknowledged for one in row.labs)
    kept = given - sum(one.lost for one in row.labs)
    return [
        f"back after {_seconds(row.recovered)}",
        f"{kept:,} of {given:,} acknowledged kept",
        f"{sum(one.checked for one in row.labs):,} checks",
        f"{row.before.memory / 1e6:.0f} → {row.after.memory / 1e6:.0f} MB",
        f"{row.hung} calls without an answer in time" if row.hung else "",
    ]


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def table(rows: Sequence[Row], labs: Sequence[Design], *, seconds: float) -> str:
    """The rows as Markdown, with what they were taken of."""
    which = ", ".join(one.slug for one in labs)
    slower = max((one.slower for one in rows if isinstance(one, Observation)), default=1.0)
    head = (
        f"{len(labs)} labs at work in one room ({which}),\n"
        "each under traffic of its own and under writes whose acknowledgement is kept; "
        f"{seconds:g} s of load before each\nfault, and as long within those that last. A fault has held when "
        f"health and the writes of every lab are back within\n{RECOVERS_WITHIN:g} s (× {slower:.1f}: this "
        "machine against the reference), no claim broke, every acknowledged answer is honoured,\n"
        "no zombie and no orphan is left, and memory and open files are back. "
        "What breaks with nothing done is the load's doing.\n"
        f"Unanswered: writes of whom {ANSWERS_WITHIN:g} s were too long.\n\n"
        "| fault | back after | acknowledged meanwhile | unanswered | kept | claims checked, broken | memory, MB "
        "| verdict |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    return head + "\n".join(_row(one) for one in rows) + "\n"


def _row(row: Row) -> str:
    if isinstance(row, NotHere):
        return f"| {row.title} | | | | | | | not here: {_cell(row.why)} |"
    if row.trouble:
        return f"| {row.title} | | | | | | | **failed**: {_cell(row.trouble)} |"
    found = findings(row)
    given = sum(one.acknowledged for one in row.labs)
    cells = [
        row.title,
        _seconds(row.recovered),
        f"{sum(one.during for one in row.labs):,}",
        f"{row.hung:,}",
        f"{given - sum(one.lost for one in row.labs):,} of {given:,}",
        f"{sum(one.checked for one in row.labs):,}, {sum(len(one.broken) for one in row.labs)}",
        f"{row.before.memory / 1e6:.0f} → {row.after.memory / 1e6:.0f}",
        f"**failed**: {_cell('; '.join(found))}" if found else "held",
    ]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def with_table(document: str, made: str) -> str:
    """The document with that between its two marks. `LauncherError` when they are not there."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise LauncherError(f"no {BEGIN} … {END} in {DOCUMENT.name}")
    return f"{before}{BEGIN}\n{made}{END}{after}"


def as_data(rows: Sequence[Row], *, seconds: float) -> dict[str, object]:
    """Everything, for a file."""
    machine = {"python": platform.python_version(), "system": platform.platform()}
    data = [{**asdict(one), "findings": list(findings(one))} for one in rows]
    return {"machine": machine, "seconds": seconds, "rows": data}
