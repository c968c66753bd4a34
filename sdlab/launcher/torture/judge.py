"""Whether what was seen of a fault is what a server owes: pure functions of an observation."""

from __future__ import annotations

from sdlab.launcher.torture.observation import LabSeen, Observation, Usage

RECOVERS_WITHIN = 10.0  # seconds on the reference machine
MOST_GROWTH = 1.5  # times what was there before
SPARE_MEMORY = 32 * 1024 * 1024  # bytes that caches may have grown by, however small the server was
SPARE_FILES = 32  # connections of a pool that were needed once


def judge(seen: Observation) -> tuple[str, ...]:
    """A line for each thing that did not hold; none when all did."""
    if seen.trouble:
        return (seen.trouble,)
    within = RECOVERS_WITHIN * seen.slower
    found = _come_back(seen, within) + [line for one in seen.labs for line in _kept(one)]
    if seen.zombies:
        found.append(f"zombies: {', '.join(seen.zombies)}")
    if seen.orphans:
        found.append(f"orphans: {', '.join(seen.orphans)}")
    return (*found, *_grown(seen.before, seen.after))


def _come_back(seen: Observation, within: float) -> list[str]:
    times = {**{one.slug: one.recovered for one in seen.labs}, "health": seen.healthy}
    if all(one is None for one in times.values()):
        return ["nothing recovered"]
    return [late for who, recovered in times.items() if (late := _late(who, recovered, within))]


def _kept(one: LabSeen) -> list[str]:
    found = []
    if one.lost:
        found.append(f"{one.slug}: {one.lost} of {one.acknowledged:,} acknowledged answers lost")
    if one.broken:
        found.append(f"{one.slug}: broken: {', '.join(one.broken)}")
    if not one.acknowledged:
        found.append(f"{one.slug}: nothing was acknowledged, so nothing is shown")
    return found


def _late(who: str, recovered: float | None, within: float) -> str:
    if recovered is None:
        return f"{who}: did not recover"
    return f"{who}: recovered after {recovered:.1f} s" if recovered > within else ""


def _grown(before: Usage, after: Usage) -> list[str]:
    found = []
    if after.memory > max(MOST_GROWTH * before.memory, before.memory + SPARE_MEMORY):
        found.append(f"memory {before.memory / 1e6:.0f} → {after.memory / 1e6:.0f} MB")
    if after.files > max(MOST_GROWTH * before.files, before.files + SPARE_FILES):
        found.append(f"open files {before.files} → {after.files}")
    return found
