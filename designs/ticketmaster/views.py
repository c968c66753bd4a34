"""What the panels may show: frozen, bounded, ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a buyer, on the axis of the timeline."""

    label: str = ""
    start_ms: float = 0.0
    end_ms: float = 0.0
    tone: str = "none"


@dataclass(frozen=True, slots=True)
class LaneView:
    """The last steps of a buyer."""

    label: str = ""
    segments: tuple[StepView, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficeView:
    """Counts since the engine was opened; `doubles` is how many seats are sold more than once now."""

    attempts: int = 0
    holds: int = 0
    refused: int = 0
    bookings: int = 0
    declined: int = 0
    reconciled: int = 0
    refunded: int = 0
    swept: int = 0
    sold: int = 0
    doubles: int = 0


@dataclass(frozen=True, slots=True)
class QueueView:
    """The waiting room of the popular event."""

    waiting: int = 0
    inside: int = 0
    batch: int = 0
    admitted: int = 0


@dataclass(frozen=True, slots=True)
class IndexView:
    """Changes that the index has not seen; `lag_s` is the age of the oldest of them."""

    behind: int = 0
    lag_s: float = 0.0
    missed: int = 0
    degraded: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the box office."""

    office: OfficeView = OfficeView()
    queue: QueueView = QueueView()
    index: IndexView = IndexView()
    race: tuple[LaneView, ...] = ()
