"""What the panels and the product may show."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot
from sdlab.lab.views import DelayView


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of a folder; `state` is in step, waiting, or what is wrong with it. `id` is its path."""

    id: str = ""
    size: int = 0
    version: int = 0
    state: str = ""
    kind: str = "text"
    file: str = ""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device with its folder, and the file that is open."""

    id: str = ""
    name: str = ""
    state: str = ""
    online: bool = True
    files: tuple[FileView, ...] = ()
    total: int = 0
    size: int = 0
    open: str = ""
    kind: str = "text"
    text: str = ""
    editable: bool = False
    version: int = 0
    cursor: int = 0


@dataclass(frozen=True, slots=True)
class PieceView:
    """A chunk of a version: its share of the strip, and whether the other version has it. `tone` is s0 to s7, or miss."""

    print: str = ""
    size: int = 0
    share: float = 0.0
    tone: str = "s0"
    shared: bool = False


@dataclass(frozen=True, slots=True)
class StripView:
    """A version, cut."""

    version: int = 0
    size: int = 0
    pieces: tuple[PieceView, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class ChunksView:
    """The newest two versions of the file that changed last."""

    path: str = ""
    approach: str = ""
    strips: tuple[StripView, ...] = ()
    chunks: int = 0
    shared: int = 0
    fresh_bytes: int = 0
    mean: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class CutView:
    """A place where the gear hash cuts the notes of the laptop."""

    at: int = 0
    size: int = 0
    before: str = ""
    bits: str = ""


@dataclass(frozen=True, slots=True)
class CutsView:
    """Where the gear hash cuts, and where it would have."""

    path: str = ""
    mask: str = ""
    places: tuple[CutView, ...] = ()
    allowed: int = 0
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class PlaceView:
    """What one byte more costs, by where it was put in."""

    where: str = ""
    insertions: int = 0
    sent: float = 0.0


@dataclass(frozen=True, slots=True)
class KindView:
    """What files of a kind cost on the wire."""

    kind: str = ""
    plain: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class WireView:
    """Bytes that travelled."""

    edited: int = 0
    plain: int = 0
    sent: int = 0
    fetched: int = 0
    parts: int = 0
    again: int = 0
    share: float = 0.0
    places: tuple[PlaceView, ...] = ()
    kinds: tuple[KindView, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the change log."""

    seq: int = 0
    kind: str = ""
    path: str = ""
    version: int = 0
    device: str = ""


@dataclass(frozen=True, slots=True)
class CursorView:
    """A device's cursor in the log."""

    device: str = ""
    seq: int = 0
    behind: int = 0


@dataclass(frozen=True, slots=True)
class LogView:
    """The change log, and who has read how far."""

    approach: str = ""
    log: tuple[EntryView, ...] = ()
    cursors: tuple[CursorView, ...] = ()
    head: int = 0
    told: int = 0
    untold: int = 0
    repaired: int = 0
    listed: int = 0
    differing: int = 0


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the newest version, as its row says and as the store has it."""

    print: str = ""
    size: int = 0
    stored: int = 0
    codec: str = ""
    refs: int = 0
    there: str = ""


@dataclass(frozen=True, slots=True)
class PartsView:
    """Parts, and what was refused."""

    path: str = ""
    version: int = 0
    parts: tuple[PartView, ...] = ()
    objects: int = 0
    size: int = 0
    uploads: int = 0
    completed: int = 0
    damaged: int = 0
    rejected: int = 0
    refused: int = 0
    cuts: int = 0
    resumed: int = 0
    again: int = 0
    unverified: int = 0
    upload_p50: float = 0.0


@dataclass(frozen=True, slots=True)
class ObjectsView:
    """The object store by its rows."""

    objects: tuple[PartView, ...] = ()
    chunks: int = 0
    free: int = 0
    references: int = 0
    stored: int = 0
    logical: int = 0
    factor: float = 0.0
    collected: int = 0
    collected_bytes: int = 0
    missing: int = 0
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class PollingView:
    """Questions for changes, and how late these arrive."""

    approach: str = ""
    asked: int = 0
    empty: int = 0
    rate: float = 0.0
    per_change: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    delay: DelayView = DelayView()


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version: which one its writer had seen."""

    number: int = 0
    base: int = 0
    size: int = 0
    chunks: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class VersionsView:
    """Versions of the file that changed last, and what became of edits that met."""

    path: str = ""
    kept: tuple[VersionView, ...] = ()
    files: int = 0
    total: int = 0
    copies: tuple[str, ...] = ()
    conflicts: int = 0
    made: int = 0
    dropped: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of the drive."""

    devices: tuple[DeviceView, ...] = ()
    chunks: ChunksView = ChunksView()
    cuts: CutsView = CutsView()
    wire: WireView = WireView()
    log: LogView = LogView()
    parts: PartsView = PartsView()
    objects: ObjectsView = ObjectsView()
    polling: PollingView = PollingView()
    versions: VersionsView = VersionsView()
