"""`bench`: starts a server, takes the measures, prints each beside its bar."""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from sdlab.launcher.bench.measures import MEASURES, OF_ANY_LAB, Subject, of_designs
from sdlab.launcher.bench.result import Result
from sdlab.launcher.errors import LauncherError
from sdlab.registry import designs


@dataclass(frozen=True, slots=True)
class Failed:
    """A measure that could not be taken, and why."""

    name: str
    reason: str


def run_bench(slugs: list[str], *, only: list[str], results: Path | None) -> int:
    """Take the measures (all, or those of some labs, or `only` those); 0 when all could be taken, whatever they say."""
    known = {one.slug: one for one in designs()}
    if missing := [slug for slug in slugs if slug not in known]:
        raise LauncherError(f"no lab {missing[0]!r}; there are {', '.join(known)}")
    labs = [known[slug] for slug in slugs] or list(known.values())
    measures = {**({name: MEASURES[name] for name in OF_ANY_LAB} if slugs else MEASURES), **of_designs(labs)}
    unknown = [name for name in only if name not in measures]
    if unknown:
        raise LauncherError(f"no measure {unknown[0]!r}; there are {', '.join(measures)}")
    taken: list[Result | Failed] = []
    with tempfile.TemporaryDirectory(prefix="sdlab-bench-") as folder, ExitStack() as stack:
        subject = Subject(Path(folder), stack, labs)
        for name in only or measures:
            for one in _take(name, measures[name], subject):
                print(line(one), flush=True)
                taken.append(one)
    if results is not None:
        results.write_text(json.dumps(as_data(taken), indent=1) + "\n")
    return 1 if any(isinstance(one, Failed) for one in taken) else 0


def _take(
    name: str, measure: Callable[[Subject], Iterator[Result]], subject: Subject
) -> Iterator[Result | Failed]:
    try:
        yield from measure(subject)
    except Exception as error:
        yield Failed(name, f"{type(error).__name__}: {error}".splitlines()[0])


def line(one: Result | Failed) -> str:
    """One measure as a line of the table."""
    if isinstance(one, Failed):
        return f"{one.name:<38} could not be measured: {one.reason}"
    verdict = {True: "met", False: "NOT MET", None: ""}[one.met]
    return f"{one.name:<38} {one.shown:>16}  {one.bar_shown:>14}  {verdict:<7}  {one.detail}".rstrip()


def as_data(taken: list[Result | Failed]) -> dict[str, object]:
    """Everything, for a file."""
    machine = {"python": platform.python_version(), "system": platform.platform()}
    rows = [{**asdict(one), "met": one.met} if isinstance(one, Result) else asdict(one) for one in taken]
    return {"machine": machine, "results": rows}
