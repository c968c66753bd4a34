"""What a lab did in a run: every request with its decisions, and what the panels showed at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from sdlab.lab import Design, EngineContext, Workload
from sdlab.lab.trace import Trace
from sdlab.rooms.lab import RunningLab

MakeLab = Callable[..., Awaitable[RunningLab]]
SEED = 11
SECONDS, AFTERWARDS = 2.0, 1.0
# Of a workload's own rate: more traffic finds nothing more, and files that are kept in step are costly.
MOST_TIMES = 6


def brisk(workload: Workload, rate: float) -> float:
    """At most that many operations a second, and no more than several times what the workload has by itself."""
    return min(rate, MOST_TIMES * workload.rate)


@dataclass(slots=True)
class Requests:
    """All requests of a time, by title, with the places that decided them."""

    decided: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    refused: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, trace: Trace) -> None:
        places = tuple(f"{one.file}:{one.line}" for one in trace.decisions)
        of = self.refused if trace.outcome == "error" else self.decided
        of.setdefault(trace.title, []).append(places)

    @property
    def lines(self) -> frozenset[str]:
        """Every place that decided anything."""
        return frozenset(
            place
            for requests in (self.decided, self.refused)
            for every in requests.values()
            for places in every
            for place in places
        )


@contextmanager
def requests_noted() -> Iterator[Requests]:
    """Within the block all requests of all engines are noted, those that the feed leaves out as well."""
    noted = Requests()
    finish = EngineContext._finish

    def finished(context: EngineContext[Any], trace: Trace) -> None:
        noted.add(trace)
        finish(context, trace)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EngineContext, "_finish", finished)
        yield noted


@dataclass(frozen=True, slots=True)
class Run:
    """The end of a run: the snapshot as plain data, and the lines that decided in it."""

    snapshot: Mapping[str, Any]
    lines: frozenset[str]


async def run(
    make_lab: MakeLab,
    design: Design,
    workload: str,
    toggles: Mapping[str, str],
    *,
    rate: float | None = None,
    seconds: float = SECONDS,
    afterwards: float = AFTERWARDS,
    faults: Sequence[str] = (),
) -> Run:
    """A fresh room, those answers and faults ("node:kind"), traffic of one seed, and a moment afterwards.

    At `rate` operations a second, or as many as the workload has by itself.
    """
    lab = await make_lab(design, toggles=dict(toggles))
    for fault in faults:
        await lab.engine.set_fault(*fault.split(":"))
    with requests_noted() as noted:
        lab.start_workload(workload, rate=rate, seed=SEED, seconds=seconds)
        await lab.runner.wait()
        await lab.room.clock.sleep(afterwards)
        snapshot = await plain(lab)
    await lab.close()
    return Run(snapshot, noted.lines)


async def plain(lab: RunningLab) -> dict[str, Any]:
    """The picture of now as it travels, after a look at the stores."""
    return dict(orjson.loads(orjson.dumps(await lab.look(now=True), option=orjson.OPT_SERIALIZE_NUMPY)))


def held(problems: object, slug: str, not_yet: Container[str]) -> None:
    """There are no problems; of those that are known, that they are still there."""
    if slug not in not_yet:
        assert not problems, problems
    else:
        assert problems, f"{slug} is in NOT_YET, and it need not be any more: take it out"
        pytest.xfail(f"not yet: {problems}")
