"""One look at rows and one at the disk, for everything that panels and product show of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from designs.dropbox.config import Config
from designs.dropbox.engine.device import Device, files_of
from designs.dropbox.engine.metadata import CHANGES, CURSORS, FILES, UPLOADS, VERSIONS, Content, content_of
from designs.dropbox.engine.parts import CHUNKS, PartStore, StoredChunk, rows_of
from sdlab.lab import EngineContext

MOST_ENTRIES, MOST_OBJECTS, MOST_PARTS, MOST_SHOWN, MOST_TEXT = 8, 8, 12, 24, 6_000
NO_CODEC = "–"  # of a part without a row


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the change log."""

    seq: int
    kind: str
    path: str
    version: int
    device: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database has; and what lies in the store, listed right after it: `there` of the keys of `parts`.

    A part of the newest version without a row has no key.
    """

    entries: tuple[Entry, ...] = ()
    head: int = 0
    cursors: tuple[tuple[str, int], ...] = ()
    path: str = ""
    versions: tuple[tuple[Content, int], ...] = ()
    parts: tuple[StoredChunk, ...] = ()
    objects: tuple[StoredChunk, ...] = ()
    chunks: int = 0
    free: int = 0
    references: int = 0
    stored: int = 0
    plain: int = 0
    files: int = 0
    all_versions: int = 0
    logical: int = 0
    uploads: int = 0
    copies: tuple[str, ...] = ()
    there: frozenset[str] = frozenset()
    objects_there: int = 0
    bytes_there: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A file of a folder, with what the local database of the device says of it (version 0: nothing)."""

    path: str
    size: int
    version: int
    in_step: bool
    id: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a device: its first files, how many there are, and the one that is open."""

    files: tuple[Seen, ...] = ()
    total: int = 0
    size: int = 0
    open: str = ""
    text: str = ""
    there: bool = False


@dataclass(frozen=True, slots=True)
class Disk:
    """What the disk has: the folders of devices."""

    folders: Mapping[str, Folder] = field(default_factory=dict)


class StoreReader:
    """Asks the database and the disk, when somebody looks."""

    def __init__(
        self,
        context: EngineContext[Config],
        parts: PartStore,
        devices: dict[str, Device],
        shown: dict[str, str],
    ) -> None:
        self._context, self._parts, self._shown = context, parts, shown
        self._devices = devices
        self.rows = context.look(self._read_rows, Rows())
        self.disk = context.look(self._read_disk, Disk())

    async def _read_rows(self) -> Rows:
        """Rows first, since an object is written before its row.

        What came again meanwhile has another key, and its old object is gone: what lacks is looked for once more.
        """
        rows = await self._context.room.sql.read(self._rows)
        objects = await self._parts.objects.listing()
        if any(one.key not in objects for one in rows.parts):
            rows = await self._context.room.sql.read(self._rows)
            objects = await self._parts.objects.listing()
        return replace(
            rows,
            there=frozenset(one.key for one in rows.parts if one.key in objects),
            objects_there=len(objects),
            bytes_there=sum(objects.values()),
        )

    def _rows(self, c: sa.Connection) -> Rows:
        room = self._context.room.id
        query = sa.select(*(CHANGES.c[name] for name in ("seq", "kind", "path", "version", "device", "file")))
        tail = c.execute(
            query.where(CHANGES.c.room == room).order_by(CHANGES.c.seq.desc()).limit(MOST_ENTRIES)
        ).all()
        newest = next((row for row in tail if row.kind == "changed"), None)
        versions: list[tuple[Content, int]] = []
        parts: list[StoredChunk] = []
        if newest is not None:
            found = sa.select(VERSIONS).where(VERSIONS.c.room == room, VERSIONS.c.file == newest.file)
            versions = [
                (content_of(row), row.base)
                for row in c.execute(found.order_by(VERSIONS.c.number.desc()).limit(6))
            ]
            if versions:
                content = versions[0][0]
                wanted = dict(content.chunks[:MOST_PARTS])
                rows = rows_of(c, room, content.owner, list(wanted))
                parts = [
                    rows.get(one) or StoredChunk(content.owner, one, "", size, 0, NO_CODEC, 0)
                    for one, size in wanted.items()
                ]
        columns = [
            CHUNKS.c[name] for name in ("owner", "fingerprint", "key", "size", "stored", "codec", "refs")
        ]
        most = sa.select(*columns).where(CHUNKS.c.room == room)
        most = most.order_by(CHUNKS.c.refs.desc(), CHUNKS.c.size.desc(), CHUNKS.c.fingerprint).limit(
            MOST_OBJECTS
        )
        sums = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((CHUNKS.c.refs <= 0, 1), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(CHUNKS.c.refs), 0),
            sa.func.coalesce(sa.func.sum(CHUNKS.c.stored), 0),
            sa.func.coalesce(sa.func.sum(CHUNKS.c.size), 0),
        ).where(CHUNKS.c.room == room)
        chunks, free, references, stored, plain = c.execute(sums).one()
        alive = [FILES.c.room == room, FILES.c.deleted.is_(False)]
        sizes = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(VERSIONS.c.size), 0)).where(
            VERSIONS.c.room == room
        )
        all_versions, logical = c.execute(sizes).one()
        copies = (
            sa.select(FILES.c.path)
            .where(*alive, FILES.c.path.like("%(conflicted copy of%"))
            .order_by(FILES.c.path)
        )
        return Rows(
            entries=tuple(Entry(*row[:5]) for row in tail),
            head=tail[0].seq if tail else 0,
            cursors=tuple(
                (row.device, row.seq)
                for row in c.execute(
                    sa.select(CURSORS.c.device, CURSORS.c.seq)
                    .where(CURSORS.c.room == room)
                    .order_by(CURSORS.c.device)
                )
            ),
            path=newest.path if newest else "",
            versions=tuple(versions),
            parts=tuple(parts),
            objects=tuple(StoredChunk(*row) for row in c.execute(most)),
            chunks=int(chunks),
            free=int(free),
            references=int(references),
            stored=int(stored),
            plain=int(plain),
            files=int(c.execute(sa.select(sa.func.count()).select_from(FILES).where(*alive)).scalar_one()),
            all_versions=int(all_versions),
            logical=int(logical),
            uploads=int(
                c.execute(
                    sa.select(sa.func.count()).select_from(UPLOADS).where(UPLOADS.c.room == room)
                ).scalar_one()
            ),
            copies=tuple(c.execute(copies.limit(MOST_SHOWN)).scalars()),
        )

    async def _read_disk(self) -> Disk:
        shown, devices = dict(self._shown), dict(self._devices)
        folders = await asyncio.to_thread(
            lambda: {name: folder_of(device, shown.get(name, "")) for name, device in devices.items()}
        )
        return Disk(folders)


def folder_of(device: Device, open_: str) -> Folder:
    """What lies in a folder now. The open file comes first, so that it is never beyond the bound."""
    try:
        there = dict(files_of(device.folder))
    except OSError:  # the device says why it is not in step
        return Folder(open=open_)
    known = device.database.all()
    names = sorted(there, key=lambda path: (path != open_, "/" in path, path.casefold()))[:MOST_SHOWN]
    files = []
    for path in sorted(names, key=lambda path: ("/" in path, path.casefold())):
        row = known.get(path)
        files.append(
            Seen(
                path,
                there[path].st_size,
                row.version if row else 0,
                row is not None and device.untouched(row),
                row.id if row else "",
            )
        )
    text = ""
    if open_ in there and there[open_].st_size <= MOST_TEXT * 4:
        try:
            text = (device.folder / open_).read_bytes().decode()[:MOST_TEXT]
        except (OSError, UnicodeDecodeError):
            text = ""
    return Folder(
        tuple(files), len(there), sum(one.st_size for one in there.values()), open_, text, open_ in there
    )
