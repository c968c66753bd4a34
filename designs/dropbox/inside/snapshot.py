"""From the running engine to the snapshot."""

from __future__ import annotations

from designs.dropbox.engine.engine import Dropbox
from designs.dropbox.engine.metadata import Content
from designs.dropbox.engine.nodes import BUS, DATABASE, DEVICES, STORE
from designs.dropbox.engine.parts import StoredChunk
from designs.dropbox.engine.reader import Folder, Seen
from designs.dropbox.engine.samples import NOTES
from designs.dropbox.engine.strategies import CHANGES, CHUNKINGS, DELIVERIES
from designs.dropbox.inside.views import (
    ChunksView,
    CursorView,
    CutsView,
    CutView,
    DeviceView,
    EntryView,
    FileView,
    KindView,
    LogView,
    ObjectsView,
    PartsView,
    PartView,
    PieceView,
    PlaceView,
    PollingView,
    Snapshot,
    StripView,
    VersionsView,
    VersionView,
    WireView,
)
from sdlab.blocks.gear_cdc import candidates, cut, gear_hashes, mask_of
from sdlab.lab import Tally
from sdlab.lab.views import delay_view

PIECES, CUTS, TONES = 64, 10, 8
INSERTED_INTO = 64_000  # bytes of the file that traffic puts single bytes into
BEFORE = 12  # characters shown before a boundary
NAMES = {"laptop": "Laptop", "desktop": "Desktop"}
PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "webp"})
TEXTS = frozenset({"txt", "md", "csv", "json", "py", "html", "css", "js", "toml", "yaml", "log", ""})


def build_snapshot(engine: Dropbox) -> Snapshot:
    """Everything that panels and product may show of now."""
    objects, log = objects_view(engine), log_view(engine)
    engine.node(STORE).detail = f"{objects.chunks:,} chunks"
    engine.node(DATABASE).detail = f"{engine.reader.rows.last.files:,} files"
    engine.node(BUS).detail = f"{log.told:,} told"
    devices = tuple(device_view(engine, name) for name in DEVICES)
    for one in devices:
        engine.node(one.id).detail = f"{one.total:,} files"
    return Snapshot(
        **engine.common(),
        devices=devices,
        chunks=chunks_view(engine),
        cuts=cuts_view(engine),
        wire=wire_view(engine),
        log=log,
        parts=parts_view(engine),
        objects=objects,
        polling=polling_view(engine),
        versions=versions_view(engine),
    )


def kind_of(path: str) -> str:
    """How the product shows it: a text, a picture, or bytes."""
    ending = path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""
    return "picture" if ending in PICTURES else "text" if ending in TEXTS else "bytes"


def device_view(engine: Dropbox, name: str) -> DeviceView:
    """A folder as the disk has it."""
    device, folder = engine.devices[name], engine.reader.disk.last.folders.get(name, Folder())
    online = device.online.is_set()
    waiting = sum(not one.in_step for one in folder.files)
    problems = len(device.problems)
    state = (
        "offline"
        if not online
        else f"{problems} not in step"
        if problems
        else "sends"
        if waiting
        else "in step"
    )
    shown = next((one for one in folder.files if one.path == folder.open), None)
    return DeviceView(
        id=name,
        name=NAMES[name],
        state=state,
        online=online,
        files=tuple(
            FileView(
                one.path,
                one.size,
                one.version,
                device.problems.get(one.path, "") or _state(one),
                kind_of(one.path),
                one.id,
            )
            for one in folder.files
        ),
        total=folder.total,
        size=folder.size,
        open=folder.open,
        kind=kind_of(folder.open),
        text=folder.text,
        editable=kind_of(folder.open) == "text" and shown is not None and shown.size <= 6_000,
        version=shown.version if shown else 0,
        cursor=device.cursor,
    )


def _state(one: Seen) -> str:
    return "in step" if one.in_step else "waits"


def chunks_view(engine: Dropbox) -> ChunksView:
    """The newest two versions beside each other: chunks with the same fingerprint have the same colour."""
    rows = engine.reader.rows.last
    pair = [content for content, _ in rows.versions[:2]][::-1]
    if not pair:
        return ChunksView(approach=CHUNKINGS[engine.config.chunking].label)
    newest, before = pair[-1], {print_ for print_, _ in pair[0].chunks} if len(pair) > 1 else set[str]()
    shared = [print_ for print_, _ in newest.chunks if print_ in before]
    fresh = sum(size for print_, size in dict(newest.chunks).items() if print_ not in before)
    tones = {print_: f"s{number % TONES}" for number, print_ in enumerate(dict.fromkeys(shared))}
    sizes = max((one.size for one in pair), default=1) or 1
    return ChunksView(
        path=rows.path,
        approach=CHUNKINGS[engine.config.chunking].label,
        strips=tuple(_strip(one, tones, sizes) for one in pair),
        chunks=len(newest.chunks),
        shared=len(shared),
        fresh_bytes=fresh,
        mean=round(newest.size / len(newest.chunks)) if newest.chunks else 0,
        share=round(100 * fresh / newest.size, 2) if newest.size else 0.0,
    )


def _strip(content: Content, tones: dict[str, str], whole: int) -> StripView:
    pieces = tuple(
        PieceView(print_[:8], size, round(size / whole, 4), tones.get(print_, "miss"), print_ in tones)
        for print_, size in content.chunks[:PIECES]
    )
    return StripView(content.number, content.size, pieces, max(0, len(content.chunks) - PIECES))


def cuts_view(engine: Dropbox) -> CutsView:
    """The gear hash over the notes of the laptop, as they lie on its disk."""
    folder = engine.reader.disk.last.folders.get("laptop", Folder())
    if not folder.text:
        return CutsView(path=folder.open or NOTES)
    content, average = folder.text.encode(), engine.config.chunk_bytes
    hashes = gear_hashes(content)
    chunks = list(cut(content, average=average))
    places = tuple(
        CutView(
            at=end,
            size=end - start,
            before=content[max(0, end - BEFORE) : end].decode("utf-8", "ignore").replace("\n", "⏎"),
            bits=f"{int(hashes[end - 1]):032b}",
        )
        for start, end in chunks[:CUTS]
    )
    return CutsView(
        path=folder.open,
        mask=f"{mask_of(average):032b}",
        places=places,
        allowed=len(candidates(content, average=average)),
        chunks=len(chunks),
    )


def wire_view(engine: Dropbox) -> WireView:
    """Bytes over the lines of both devices."""
    counters = engine.counters
    return WireView(
        edited=counters.changed_bytes,
        plain=counters.plain_bytes,
        sent=counters.sent_bytes,
        fetched=counters.fetched_bytes,
        parts=counters.sent_parts,
        again=counters.again,
        share=round(100 * counters.sent_bytes / counters.changed_bytes, 1) if counters.changed_bytes else 0.0,
        places=tuple(
            PlaceView(where, count, round(counters.by_place[where] / count, 1))
            for where in ("front", "middle", "end")
            if (count := counters.places[where])
        ),
        kinds=tuple(
            KindView(kind, counters.plain_by_kind[kind], counters.by_kind[kind])
            for kind in ("text", "picture", "archive")
            if counters.plain_by_kind[kind]
        ),
    )


def log_view(engine: Dropbox) -> LogView:
    """The log and the cursors as the database has them; what was told and lost."""
    rows, counters = engine.reader.rows.last, engine.counters
    return LogView(
        approach=CHANGES[engine.config.changes].label,
        log=tuple(
            EntryView(one.seq, one.kind, one.path, one.version, NAMES.get(one.device, one.device))
            for one in rows.entries
        ),
        cursors=tuple(
            CursorView(NAMES.get(device, device), seq, max(0, rows.head - seq))
            for device, seq in rows.cursors
        ),
        head=rows.head,
        told=counters.told,
        untold=counters.untold,
        repaired=counters.repaired,
        listed=counters.listed,
        differing=engine.checker.differing,
    )


def _part(one: StoredChunk, there: str) -> PartView:
    return PartView(one.fingerprint[:8], one.size, one.stored, one.codec, one.refs, there)


def parts_view(engine: Dropbox) -> PartsView:
    """The parts of the newest version: their rows, and whether the store has them."""
    rows, counters = engine.reader.rows.last, engine.counters
    return PartsView(
        path=rows.path,
        version=rows.versions[0][0].number if rows.versions else 0,
        parts=tuple(
            _part(one, "there" if one.key in rows.there else "missing" if one.key else "no row of it")
            for one in rows.parts
        ),
        objects=rows.objects_there,
        size=rows.bytes_there,
        uploads=rows.uploads,
        completed=counters.completed,
        damaged=counters.damaged,
        rejected=counters.rejected,
        refused=counters.refused,
        cuts=counters.cuts,
        resumed=counters.resumed,
        again=counters.again,
        unverified=engine.checker.unverified,
        upload_p50=round(counters.uploads.quantile(0.5), 1),
    )


def objects_view(engine: Dropbox) -> ObjectsView:
    """Chunks and their references."""
    rows, counters = engine.reader.rows.last, engine.counters
    return ObjectsView(
        objects=tuple(_part(one, "free" if one.refs <= 0 else "referred to") for one in rows.objects),
        chunks=rows.chunks,
        free=rows.free,
        references=rows.references,
        stored=rows.stored,
        logical=rows.logical,
        factor=round(rows.logical / rows.stored, 2) if rows.stored else 0.0,
        collected=counters.collected,
        collected_bytes=counters.collected_bytes,
        missing=engine.checker.missing,
        sealed=counters.sealed,
    )


def polling_view(engine: Dropbox) -> PollingView:
    """Questions of both devices, and how late changes arrive."""
    counters, now = engine.counters, engine.clock.monotonic()
    asked = counters.asked.total()
    return PollingView(
        approach=DELIVERIES[engine.config.delivery].label,
        asked=asked,
        empty=counters.empty,
        rate=round(counters.asks.rate(now), 1),
        per_change=round(asked / counters.delays.total, 2) if counters.delays.total else 0.0,
        p50=round(counters.delays.quantile(0.5), 1),
        p95=round(counters.delays.quantile(0.95), 1),
        delay=delay_view(counters.delay.merged(now)),
    )


def versions_view(engine: Dropbox) -> VersionsView:
    """Versions with the ones that their writers had seen."""
    rows, counters = engine.reader.rows.last, engine.counters
    return VersionsView(
        path=rows.path,
        kept=tuple(
            VersionView(one.number, base, one.size, len(one.chunks), NAMES.get(one.by, one.by))
            for one, base in rows.versions
        ),
        files=rows.files,
        total=rows.all_versions,
        copies=rows.copies[:6],
        conflicts=counters.conflicts,
        made=counters.copies,
        dropped=counters.dropped,
        lost=engine.checker.lost,
    )


def build_tallies(engine: Dropbox) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, checker, rows = engine.counters, engine.checker, engine.reader.rows.last

    def a_byte(where: str) -> float:
        return round(counters.by_place[where] / max(1, counters.places[where]), 1)

    def sent(kind: str) -> float:
        return round(100 * counters.by_kind[kind] / max(1, counters.plain_by_kind[kind]), 1)

    edited = max(1, counters.changed_bytes)
    inserted = sum(counters.by_place.values()) / max(1, counters.places.total())
    return (
        Tally("a_byte", "Bytes sent for one byte more, mean", "bytes", round(inserted, 1)),
        Tally("a_byte_share", "… of the file", "%", round(100 * inserted / INSERTED_INTO, 2)),
        Tally("inserted", "Bytes put in one by one", "", counters.places.total(), "more"),
        Tally("a_byte_front", "… put in front", "bytes", a_byte("front")),
        Tally("a_byte_middle", "… in the middle", "bytes", a_byte("middle")),
        Tally("a_byte_end", "… appended", "bytes", a_byte("end")),
        Tally("sent", "Bytes sent", "bytes", counters.sent_bytes),
        Tally(
            "sent_share",
            "Bytes sent, of the bytes of edited files",
            "%",
            round(100 * counters.sent_bytes / edited, 2),
        ),
        Tally("sent_text", "Sent of a text", "%", sent("text")),
        Tally("sent_picture", "Sent of a picture", "%", sent("picture")),
        Tally("sent_archive", "Sent of an archive", "%", sent("archive")),
        Tally("stored", "Bytes in the store", "bytes", rows.stored),
        Tally(
            "factor",
            "Bytes of all versions, over those stored",
            "×",
            round(rows.logical / max(1, rows.stored), 2),
            "more",
        ),
        Tally("again", "Parts that the store had already", "", counters.again),
        Tally("asked", "Questions for changes", "", counters.asked.total()),
        Tally("empty", "Empty answers", "", counters.empty),
        Tally("delay_p50", "Edit to other device, p50", "ms", round(counters.delays.quantile(0.5), 1)),
        Tally("delay_p95", "Edit to other device, p95", "ms", round(counters.delays.quantile(0.95), 1)),
        Tally("arrived", "Versions on the other device", "", counters.delays.total, "more"),
        Tally("differing", "Files that stayed different", "", checker.differing),
        Tally("lost", "Edits that are lost", "", checker.lost),
        Tally("copies", "Conflict copies", "", counters.copies, "same"),
        Tally("unverified", "Versions that cannot be read", "", checker.unverified),
        Tally("missing", "Versions whose chunks were collected", "", checker.missing),
        Tally("collected", "Chunks collected", "", counters.collected, "same"),
        Tally("resumed", "Uploads that went on after a cut", "", counters.resumed, "same"),
        Tally("repaired", "Files that the reconciliation repaired", "", counters.repaired, "same"),
    )
