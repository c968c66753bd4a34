"""What the panels and the product may show. Times are seconds, sizes bytes, unless the name says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import LabSnapshot


@dataclass(frozen=True, slots=True)
class VideoView:
    """A video on the shelf."""

    id: str = ""
    title: str = ""
    owner: str = ""
    seconds: float = 0.0
    views: int = 0
    segments: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class ComingView:
    """A video of the visitor's, or another's that is under way, and how far it is."""

    id: str = ""
    title: str = ""
    owner: str = ""
    mine: bool = False
    state: str = ""
    why: str = ""
    chunks: int = 0
    stored: int = 0
    cells: int = 0
    done: int = 0
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What the product shows; `videos` is -1 until it was read."""

    shelf: tuple[VideoView, ...] = ()
    coming: tuple[ComingView, ...] = ()
    videos: int = -1
    first: str = ""
    encoder: bool = False
    rule: str = ""
    target_s: int = 0
    bandwidth: int = 0
    chunk_kb: int = 0
    parallel: int = 0


@dataclass(frozen=True, slots=True)
class ChunkView:
    """A chunk of the video that is followed."""

    number: int = 0
    size: int = 0
    state: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class ChunksView:
    """Chunks of one video, and what became of all that were sent."""

    title: str = ""
    chunks: tuple[ChunkView, ...] = ()
    stored: int = -1
    verified: int = 0
    announced: int = 0
    refused: int = 0
    cuts: int = 0
    again_chunks: int = 0
    again_percent: float = 0.0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class BytesView:
    """Bytes by the way that they took. `rows` are the ways."""

    sent: int = 0
    app: int = 0
    direct: int = 0
    stored: int = 0
    again: int = 0
    puts: int = 0
    upload_p50: float = 0.0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class CellView:
    """A segment as a rendition: its state, and who has it or did it."""

    seq: int = 0
    rendition: str = ""
    state: str = ""
    worker: str = ""
    short: str = ""
    token: int = 0
    took_ms: int = 0
    size: int = 0
    earlier: bool = False
    copies: int = 1
    percent: int = 0


@dataclass(frozen=True, slots=True)
class RowView:
    """A rendition of the video that is followed."""

    rendition: str = ""
    cells: tuple[CellView, ...] = ()


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage of the graph: waiting, now, done, or failed."""

    name: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class GridView:
    """Cells of one video, and what became of all."""

    title: str = ""
    stages: tuple[StageView, ...] = ()
    rows: tuple[RowView, ...] = ()
    done: int = 0
    cells: int = 0
    earlier: int = 0
    workers: int = 0
    makespan_ms: float = 0.0
    encoder_ms: float = 0.0
    makespan_p50: float = 0.0
    cells_per_s: float = 0.0
    ready: int = 0
    fenced: int = 0
    doubled: int = 0
    taken_again: int = 0
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class HandView:
    """A transcoder and what it is at."""

    name: str = ""
    state: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class LetterView:
    """A dead letter."""

    id: str = ""
    video: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue of jobs; -1 until it was read."""

    ready: int = -1
    taken: int = 0
    delayed: int = 0
    dead: int = 0
    refused: int = 0
    failed: int = 0
    hands: tuple[HandView, ...] = ()
    letters: tuple[LetterView, ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestView:
    """The manifests of the video that is followed, as they lie in the store."""

    title: str = ""
    rendition: str = ""
    text: str = ""
    master: str = ""
    named: int = 0
    stored: int = 0
    twice: int = 0
    missing: int = 0
    published: int = 0
    unplayable: int = 0


@dataclass(frozen=True, slots=True)
class PointView:
    """A player at a moment; `level` counts the ladder from below."""

    t: float = 0.0
    kbits: int = 0
    chosen: int = 0
    buffer_s: float = 0.0
    level: int = 0
    stalled: bool = False


@dataclass(frozen=True, slots=True)
class AbrView:
    """One player, moment by moment, and all players together."""

    viewer: str = ""
    title: str = ""
    rule: str = ""
    points: tuple[PointView, ...] = ()
    ladder: tuple[int, ...] = ()
    stalls: int = 0
    stalled_s: float = 0.0
    switches: int = 0
    sessions: int = 0
    all_stalls: int = 0
    all_stalled_s: float = 0.0
    all_switches: int = 0
    played_s: float = 0.0
    mean_kbits: float = 0.0
    served: int = 0


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard of the metadata, and which share of the ring it has."""

    name: str = ""
    share: float = 0.0
    videos: int = 0
    chunks: int = 0
    segments: int = 0
    bytes: int = 0
    state: str = ""
    followed: bool = False


@dataclass(frozen=True, slots=True)
class ShardsView:
    """Where metadata lie; `video` is the one that is followed, and `at` its place on the ring (0..1)."""

    shards: tuple[ShardView, ...] = ()
    video: str = ""
    at: float = 0.0
    owner: str = ""
    videos: int = -1


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    """The inside of YouTube."""

    screen: ScreenView = ScreenView()
    chunks: ChunksView = ChunksView()
    bytes: BytesView = BytesView()
    grid: GridView = GridView()
    queue: QueueView = QueueView()
    manifest: ManifestView = ManifestView()
    abr: AbrView = AbrView()
    shards: ShardsView = ShardsView()
