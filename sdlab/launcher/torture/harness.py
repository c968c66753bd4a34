"""One fault after the other: load, hurt, wait, look, judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sdlab.lab import Design
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.machine import factor
from sdlab.launcher.torture.faults import FAULTS, Fault
from sdlab.launcher.torture.load import TROUBLED, LabLoad, Load
from sdlab.launcher.torture.observation import LabSeen, NotHere, Observation, Row, Usage
from sdlab.launcher.torture.subject import Subject, subject, why_not

PATIENCE = 30.0  # seconds: what comes back late is told how late, what does not by then is gone
SETTLES = 2.0  # seconds of load after all is back
GONE_WITHIN = 10.0
LOOK_EVERY = 0.5
NONE = Usage(0, 0)

T = TypeVar("T")


async def torture(
    designs: Sequence[Design], names: Sequence[str], *, seconds: float, folder: Path
) -> AsyncIterator[Row]:
    """A row for each of the faults, in order. A server that does not come back is replaced for the next one."""
    waiting = list(names)
    number = 0
    while waiting:
        setting = FAULTS[waiting[0]].setting
        if why := why_not(setting):
            name = waiting.pop(0)
            yield NotHere(name, FAULTS[name].title, why)
            continue
        number += 1
        try:
            async with subject(setting, folder / str(number)) as server, Load(server.url, designs) as load:
                await load.open()
                await load.warm_up()
                while waiting and FAULTS[waiting[0]].setting == setting:
                    row = await hurt(server, load, waiting[0], seconds=seconds)
                    waiting.pop(0)
                    yield row
                    if isinstance(row, Observation) and _is_spoilt(row):
                        break
        except (LauncherError, *TROUBLED) as error:
            name = waiting.pop(0)
            yield _failed(name, f"the server could not be had: {_said(error)}")


def _is_spoilt(row: Observation) -> bool:
    """Whether the next fault on that server would be blamed for this one."""
    return bool(row.trouble or row.recovered is None or row.zombies or row.orphans)


async def hurt(server: Subject, load: Load, name: str, *, seconds: float) -> Row:
    """Do it, and say what was seen."""
    fault = FAULTS[name]
    if why := fault.why_not(server):
        return NotHere(name, fault.title, why)
    try:
        return await _hurt(server, load, name, fault, seconds=seconds)
    except (LauncherError, *TROUBLED, AssertionError) as error:
        return _failed(name, _said(error))


async def _hurt(server: Subject, load: Load, name: str, fault: Fault, *, seconds: float) -> Observation:
    claims = {one.slug: _violations(await load.claims(one)) for one in load.labs}
    await load.start()
    await asyncio.sleep(seconds)
    before = server.usage()
    began = time.monotonic()
    await fault.begin(server)
    if fault.lasts:
        await asyncio.sleep(seconds)
        await fault.end(server)
    over = time.monotonic()
    if fault.starts_again:
        await fault.starts_again(server)
    healthy = await load.healthy(over, until=over + PATIENCE)
    await _until(lambda: all(one.recovered(over) is not None for one in load.labs), over + PATIENCE)
    await asyncio.sleep(SETTLES)
    await load.pause()
    labs = [await _lab(load, one, claims[one.slug], began=began, over=over) for one in load.labs]
    until = time.monotonic() + GONE_WITHIN
    zombies = await _until_none(server.zombies, until)
    orphans = await _until_none(server.orphans, until)
    after = server.usage()
    return Observation(
        name,
        fault.title,
        tuple(labs),
        healthy,
        before,
        after,
        hung=sum(one.hung for one in load.labs),
        zombies=zombies,
        orphans=orphans,
        slower=factor(),
    )


async def _lab(load: Load, one: LabLoad, before: Mapping[str, int], *, began: float, over: float) -> LabSeen:
    if one.recovered(over) is None:
        return LabSeen(one.slug, None, len(one.acknowledged), 0, 0, during=one.during(began, over))
    lost = await load.lost(one)
    claims = await load.claims(one)
    broken = newly_broken(before, claims)
    return LabSeen(
        one.slug,
        one.recovered(over),
        len(one.acknowledged),
        len(lost),
        sum(claim["checked"] for claim in claims),
        broken=broken,
        during=one.during(began, over),
        evidence=tuple(
            shown for claim in claims if claim["id"] in broken for shown in claim["evidence"][-1:]
        ),
    )


def _violations(claims: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return {one["id"]: one["violations"] for one in claims}


def newly_broken(before: Mapping[str, int], claims: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The ids of claims that broke since: a lab that was opened anew counts from 0."""
    return tuple(
        claim
        for claim, violations in _violations(claims).items()
        if violations and violations != before.get(claim, 0)
    )


async def _until(done: Callable[[], bool], until: float) -> None:
    while not done() and time.monotonic() < until:  # noqa: ASYNC110 - looks at clocks and processes
        await asyncio.sleep(0.05)


async def _until_none(look: Callable[[], tuple[str, ...]], until: float) -> tuple[str, ...]:
    """What is still seen when time is over: processes are given time to go."""
    while (found := look()) and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells of their end
        await asyncio.sleep(LOOK_EVERY)
    return found


def _failed(name: str, why: str) -> Observation:
    return Observation(name, FAULTS[name].title, (), None, NONE, NONE, trouble=why)


def _said(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
