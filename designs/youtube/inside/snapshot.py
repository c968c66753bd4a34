"""From the running engine to the snapshot."""

from __future__ import annotations

from collections import Counter

from designs.youtube.engine import ffmpeg
from designs.youtube.engine.catalogue import RING, Segment, Video
from designs.youtube.engine.engine import Youtube
from designs.youtube.engine.ffmpeg import LADDER
from designs.youtube.engine.models import (
    COMING,
    FAILED,
    PENDING,
    READY,
    STORED,
    TRANSCODING,
    UPLOADING,
    VERIFIED,
)
from designs.youtube.engine.nodes import QUEUE, SHARDS, STORE, label, worker_ids
from designs.youtube.engine.playlists import names_in, parsed
from designs.youtube.inside.views import (
    AbrView,
    BytesView,
    CellView,
    ChunksView,
    ChunkView,
    ComingView,
    GridView,
    HandView,
    LetterView,
    ManifestView,
    PointView,
    QueueView,
    RowView,
    ScreenView,
    ShardsView,
    ShardView,
    Snapshot,
    StageView,
    VideoView,
)
from sdlab.blocks.hash_ring import SPACE, hash64
from sdlab.lab import Tally
from sdlab.lab.actor import VISITOR

STAGES = ("upload", "probe and cut", "encode", "package", "ready")
SHOWN_CHUNKS = 240
SHOWN_SEGMENTS = 30
SHOWN_TEXT = 3_000
SHOWN_POINTS = 90


def build_snapshot(engine: Youtube) -> Snapshot:
    """Everything that panels and product may show of now."""
    queue = engine.reader.queue.last
    engine.node(QUEUE).detail = f"{max(0, queue.ready):,} wait"
    engine.node(STORE).detail = f"{engine.store.used / 1e6:,.1f} MB"
    return Snapshot(
        **engine.common(),
        screen=screen_view(engine),
        chunks=chunks_view(engine),
        bytes=bytes_view(engine),
        grid=grid_view(engine),
        queue=queue_view(engine),
        manifest=manifest_view(engine),
        abr=abr_view(engine),
        shards=shards_view(engine),
    )


def screen_view(engine: Youtube) -> ScreenView:
    """The shelf, and what is under way."""
    rows, config = engine.reader.rows.last, engine.config
    coming = list(rows.mine[:3])
    if (
        rows.followed is not None
        and rows.followed.number > 1
        and rows.followed.id not in {one.id for one in coming}
    ):
        coming.append(rows.followed)
    return ScreenView(
        shelf=tuple(
            VideoView(one.id, one.title, one.owner, one.seconds, one.views, one.segments, one.size)
            for one in rows.shelf
        ),
        coming=tuple(_coming(engine, one) for one in coming),
        videos=rows.videos,
        first=next((one.id for one in rows.shelf if one.number == 1), ""),
        encoder=ffmpeg.installed(),
        rule=config.abr,
        target_s=config.target_s,
        bandwidth=config.bandwidth,
        chunk_kb=config.chunk_kb,
        parallel=config.parallel,
    )


def _coming(engine: Youtube, video: Video) -> ComingView:
    rows = engine.reader.rows.last
    followed = rows.followed is not None and rows.followed.id == video.id
    stored = sum(one.state in (STORED, VERIFIED) for one in rows.chunks) if followed else 0
    done = len({(one.rendition, one.seq) for one in rows.segments}) if followed else 0
    cells = video.segments * len(LADDER)
    if video.state != UPLOADING:
        stored = video.chunks
    if video.state == READY:
        done = cells
    took = (video.ready_ms - video.uploaded_ms) / 1000 if video.ready_ms else 0.0
    return ComingView(
        video.id, video.title, video.owner, video.owner == VISITOR.name, video.state, video.why,
        video.chunks, stored, cells, done, round(took, 2),
    )  # fmt: skip


def chunks_view(engine: Youtube) -> ChunksView:
    """The chunks of the video that is followed, as their rows say; those that are coming, as the app server knows."""
    rows, counters = engine.reader.rows.last, engine.counters
    video, coming = rows.followed, engine.uploads.coming
    views = tuple(
        ChunkView(
            one.number,
            one.size,
            COMING if video and one.state == PENDING and (video.id, one.number) in coming else one.state,
            one.sha256[:8],
        )
        for one in rows.chunks[:SHOWN_CHUNKS]
    )
    states = Counter(one.state for one in rows.chunks)
    return ChunksView(
        title=video.title if video else "",
        chunks=views,
        stored=states[STORED] + states[VERIFIED] if rows.videos >= 0 else -1,
        verified=states[VERIFIED],
        announced=counters.announced,
        refused=counters.refused_chunks,
        cuts=counters.cuts,
        again_chunks=counters.again_chunks,
        again_percent=round(counters.again_share, 1),
        wrong=engine.checker.wrong_chunks,
    )


def bytes_view(engine: Youtube) -> BytesView:
    """Bytes, counted where they were read and written."""
    counters = engine.counters
    return BytesView(
        sent=counters.sent_bytes,
        app=counters.app_bytes,
        direct=counters.direct_bytes,
        stored=counters.stored_bytes,
        again=counters.again_bytes,
        puts=counters.puts,
        upload_p50=round(counters.upload_ms.quantile(0.5)),
        kept=engine.store.used,
    )


def grid_view(engine: Youtube) -> GridView:
    """The cells of the video that is followed: rows that are written, hands that hold the rest."""
    rows, counters = engine.reader.rows.last, engine.counters
    video = rows.followed
    percent = engine.pipeline.percent
    hands = {
        one.hand: (one.id, percent.get(one.hand, 0)) for one in engine.transcoders if one.hand is not None
    }
    count = min(video.segments, SHOWN_SEGMENTS) if video else 0
    done: dict[tuple[str, int], list[Segment]] = {}
    for one in rows.segments:
        done.setdefault((one.rendition, one.seq), []).append(one)
    views = tuple(
        RowView(
            one.name,
            tuple(_cell(video, one.name, seq, done.get((one.name, seq), []), hands) for seq in range(count)),
        )
        for one in reversed(LADDER)
        if video and count
    )
    last = video if video and video.state == READY and video.number > 1 else None
    return GridView(
        title=video.title if video else "",
        stages=_stages(video),
        rows=views,
        done=len(done),
        cells=video.segments * len(LADDER) if video else 0,
        earlier=sum(one.earlier for one in rows.segments),
        workers=len({one.worker for one in rows.segments}),
        makespan_ms=last.ready_ms - last.uploaded_ms if last else 0,
        encoder_ms=sum(one.took_ms for one in rows.segments if not one.copy_number) if last else 0,
        makespan_p50=round(counters.makespans.quantile(0.5)),
        cells_per_s=round(counters.cell_rate.rate(engine.clock.monotonic()), 1),
        ready=counters.ready,
        fenced=counters.fenced,
        doubled=engine.checker.doubled,
        taken_again=counters.taken_again,
        deaths=counters.deaths,
    )


def _cell(
    video: Video,
    rendition: str,
    seq: int,
    rows: list[Segment],
    hands: dict[tuple[str, str, int], tuple[str, int]],
) -> CellView:
    if rows:
        one = rows[0]
        return CellView(
            seq, rendition, "twice" if len(rows) > 1 else "done", label(one.worker), _short(one.worker), one.token,
            one.took_ms, one.size, one.earlier, len(rows),
        )  # fmt: skip
    holder, percent = hands.get((video.id, rendition, seq), ("", 0))
    state = "failed" if video.state == FAILED else "working" if holder else "waiting"
    return CellView(
        seq,
        rendition,
        state,
        label(holder),
        _short(holder),
        copies=0,
        percent=percent,
    )


def _short(worker: str) -> str:
    return f"T{worker[-1]}" if worker.startswith("transcoder-") else ""


def _stages(video: Video | None) -> tuple[StageView, ...]:
    if video is None:
        return ()
    at = {UPLOADING: 0, TRANSCODING: 2, READY: 5}.get(video.state, 1)
    if video.state == FAILED:
        at = 2 if video.segments else 1 if video.uploaded_ms else 0
    failed = video.state == FAILED
    return tuple(
        StageView(name, "done" if n < at else ("failed" if failed else "now") if n == at else "waiting")
        for n, name in enumerate(STAGES)
    )


def queue_view(engine: Youtube) -> QueueView:
    """The queue as Valkey has it; the transcoders as the engine drives them."""
    queue, counters, config = engine.reader.queue.last, engine.counters, engine.config
    hands = []
    for one in engine.transcoders[: len(worker_ids(config))]:
        node = engine.nodes.get(one.id)
        state = next((fault.kind for fault in node.faults()), "up") if node else "gone"
        cell = f"segment {one.hand[2]} as {one.hand[1]}" if one.hand else ""
        hands.append(HandView(label(one.id), state, cell))
    return QueueView(
        ready=queue.ready,
        taken=len(queue.holders),
        delayed=queue.delayed,
        dead=queue.dead,
        refused=counters.refused_files,
        failed=counters.failed_cells,
        hands=tuple(hands),
        letters=tuple(_letter(n, one) for n, one in enumerate(queue.letters)),
    )


def _letter(number: int, job: object) -> LetterView:
    fields = job if isinstance(job, dict) else {}
    cells = fields.get("cells") or []
    cell = f"segment {cells[0][1]} as {cells[0][0]}" if len(cells) == 1 else f"{len(cells)} cells"
    return LetterView(f"{number}", str(fields.get("video", "")), cell)


def manifest_view(engine: Youtube) -> ManifestView:
    """The manifest of the highest rendition that is written, and what of it is stored."""
    read, counters = engine.reader.manifest.last, engine.counters
    named = {name: names_in(text) for name, text in read.indexes.items()}
    rendition = next((one.name for one in reversed(LADDER) if one.name in read.indexes), "")
    pairs = [(name, at) for name, lines in named.items() for line in lines if (at := parsed(line))]
    stored = sum((name, *at) in read.there for name, at in pairs)
    twice = sum(many - 1 for many in Counter((name, at[0]) for name, at in pairs).values())
    return ManifestView(
        title=read.title,
        rendition=rendition,
        text=read.indexes.get(rendition, "")[:SHOWN_TEXT],
        master=read.master,
        named=len(pairs),
        stored=stored,
        twice=twice,
        missing=engine.checker.missing,
        published=counters.published,
        unplayable=counters.unplayable,
    )


def abr_view(engine: Youtube) -> AbrView:
    """The player that is followed, moment by moment."""
    session, counters = engine.viewers.followed, engine.counters
    points: tuple[PointView, ...] = ()
    if session is not None:
        points = tuple(
            PointView(
                one.t, round(one.kbits), session.ladder[min(one.level, len(session.ladder) - 1)], one.buffer_s, one.level,
                one.stalled,
            )
            for one in list(session.samples)[-SHOWN_POINTS:]
        )  # fmt: skip
    return AbrView(
        viewer=session.viewer.split(" ")[0] if session else "",
        title=session.title if session else "",
        rule=session.rule if session else "",
        points=points,
        ladder=session.ladder if session else (),
        stalls=session.stalls if session else 0,
        stalled_s=session.stalled_s if session else 0.0,
        switches=session.switches if session else 0,
        sessions=counters.sessions,
        all_stalls=counters.stalls,
        all_stalled_s=round(counters.stalled_s, 1),
        all_switches=counters.switches,
        played_s=round(counters.played_s),
        mean_kbits=round(counters.mean_kbits),
        served=counters.served,
    )


SHARES = [
    round(100 * sum(one.end - one.start for one in RING.segments() if one.owner == n), 1)
    for n in range(len(SHARDS))
]


def shards_view(engine: Youtube) -> ShardsView:
    """Rows by shard, and where the followed video's id falls."""
    rows = engine.reader.rows.last
    video = rows.followed
    return ShardsView(
        shards=tuple(
            ShardView(
                label(SHARDS[n]), SHARES[n], one.videos, one.chunks, one.segments, one.bytes,
                engine.node(SHARDS[n]).state, video is not None and video.shard == n,
            )
            for n, one in enumerate(rows.shards)
        ),
        video=video.id if video else "",
        at=round(hash64(video.id) / SPACE, 3) if video else 0.0,
        owner=label(video.node) if video else "",
        videos=rows.videos,
    )  # fmt: skip


def build_tallies(engine: Youtube) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, checker = engine.counters, engine.checker
    return (
        Tally("makespan_p50", "Upload to ready, p50", "ms", round(counters.makespans.quantile(0.5))),
        Tally("app_bytes", "Bytes through app servers", "bytes", counters.app_bytes),
        Tally("stalled_s", "Seconds stalled", "s", round(counters.stalled_s, 2)),
        Tally("stalls", "Stalls", "", counters.stalls),
        Tally("mean_kbits", "Fetched per second of video", "kbit/s", round(counters.mean_kbits), "more"),
        Tally("switches", "Switches of rendition", "", counters.switches),
        Tally("again_percent", "Bytes sent twice", "%", round(counters.again_share, 2)),
        Tally("again_chunks", "Stored chunks sent again", "", counters.again_chunks),
        Tally("wrong", "Chunks stored with other bytes", "", checker.wrong_chunks),
        Tally("doubled", "Cells that a manifest names twice", "", checker.doubled),
        Tally("missing", "Segments named and not stored", "", checker.missing),
        Tally("ratio", "Makespan over one encoder's time, median", "×", round(counters.ratio, 2)),
        Tally("dead", "Dead letters", "", counters.dead, "same"),
        Tally("fenced", "Writes refused by the token", "", counters.fenced, "same"),
        Tally("taken_again", "Cells taken after a lease", "", counters.taken_again, "same"),
        Tally("cuts", "Connections that broke", "", counters.cuts, "same"),
        Tally("refused", "Chunks refused by fingerprint", "", counters.refused_chunks, "same"),
        Tally("ready", "Videos that became ready", "", counters.ready, "same"),
        Tally("uploads", "Uploads completed", "", counters.uploads, "same"),
        Tally("played_s", "Seconds played", "s", round(counters.played_s), "same"),
    )
