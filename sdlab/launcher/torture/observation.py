"""What was seen of one fault, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """What the server's processes hold together: memory in bytes (shared pages once), open files."""

    memory: int
    files: int


@dataclass(frozen=True, slots=True)
class LabSeen:
    """One lab through one fault.

    `recovered`: seconds from the end of the fault until a write that began after it was acknowledged;
    None when none was. `lost` of the `acknowledged` answers were honoured no more; `broken` names claims.
    `during` writes were acknowledged while the fault lasted. `evidence`: the newest of each broken claim.
    """

    slug: str
    recovered: float | None
    acknowledged: int
    lost: int
    checked: int
    broken: tuple[str, ...] = ()
    during: int = 0
    evidence: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """All that was seen of a fault. `healthy` is as `recovered`, of the server's own word.

    `hung` calls had no answer within the client's patience; `zombies` and `orphans` name processes
    that were still there after they had been given time to go. `trouble` ended the attempt. `slower`:
    how many times slower than the reference the machine was.
    """

    fault: str
    title: str
    labs: tuple[LabSeen, ...]
    healthy: float | None
    before: Usage
    after: Usage
    hung: int = 0
    zombies: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    trouble: str = ""
    slower: float = 1.0

    @property
    def recovered(self) -> float | None:
        """Seconds until the last of all was back; None when something was not."""
        times = [self.healthy, *(one.recovered for one in self.labs)]
        known = [one for one in times if one is not None]
        return max(known) if len(known) == len(times) else None


@dataclass(frozen=True, slots=True)
class NotHere:
    """A fault that cannot be done here, and why."""

    fault: str
    title: str
    why: str


Row = Observation | NotHere
