"""What the panels may show."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class CountView:
    """Counter and journal at one look. `lost` is what the journal has and the counter has not."""

    total: int = 0
    adds: int = 0
    journal: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the counter."""

    shown: CountView = CountView()
