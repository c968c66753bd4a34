"""Files, versions, references and the change log: what belongs together is one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlmodel import SQLModel

from designs.dropbox.config import Config
from designs.dropbox.engine.models import ChangeRow, CursorRow, FileRow, UploadRow, VersionRow
from designs.dropbox.engine.names import checked, folded
from designs.dropbox.engine.nodes import API, DATABASE, DEVICES
from designs.dropbox.engine.parts import CHUNKS, rows_of
from designs.dropbox.engine.strategies import CONFLICTS, SHARINGS
from sdlab.lab import Conflict, EngineContext, Forbidden, Gone, NotFound, TooMany

FILES, VERSIONS, UPLOADS, CHANGES, CURSORS = (
    SQLModel.metadata.tables[str(model.__tablename__)]
    for model in (FileRow, VersionRow, UploadRow, ChangeRow, CursorRow)
)
MOST_FILES, MOST_UPLOADS, MOST_CHANGES = 20_000, 500, 20_000
UPLOAD_S = 300.0
T = TypeVar("T")
Pieces = tuple[tuple[str, int], ...]  # fingerprint and bytes of each chunk, in order


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version that somebody wants to store: `base` is the one they had seen (0: none), `file` its id where it is known."""

    path: str
    size: int
    fingerprint: str
    chunks: Pieces
    base: int = 0
    file: str = ""
    modified: float = 0.0
    device: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What was announced."""

    id: str
    file: str
    owner: str
    there: frozenset[str]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file as it is now."""

    id: str
    path: str
    version: int
    size: int
    fingerprint: str
    modified: float
    deleted: bool
    by: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a version is made of."""

    number: int
    size: int
    fingerprint: str
    owner: str
    chunks: Pieces
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the log, with the file as it is now."""

    seq: int
    kind: str
    file: FileInfo


@dataclass(frozen=True, slots=True)
class Completed:
    """What became of an upload: `state` is done, newer (somebody wrote since), or dropped."""

    state: str
    file: FileInfo
    seq: int = 0
    missing: tuple[str, ...] = ()


class Metadata:
    """All rows of the drive in one room."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context

    async def _write(self, what: str, work: Callable[[sa.Connection], T]) -> T:
        return await self._context.node(DATABASE).call(
            what, lambda: self._context.room.sql.write(work), source=API
        )

    async def _read(self, what: str, work: Callable[[sa.Connection], T]) -> T:
        return await self._context.node(DATABASE).call(
            what, lambda: self._context.room.sql.read(work), source=API
        )

    # Uploads

    async def announce(self, wanted: Wanted, user: str) -> Upload:
        """A row for what will come. Chunks that are there are wanted from now on, and kept for the time of grace."""
        path, now, room = checked(wanted.path), self._context.clock.time(), self._context.room
        sharing = SHARINGS[self._context.config.dedupe]()
        prints = [print_ for print_, _ in wanted.chunks]

        def announce(c: sa.Connection) -> Upload:
            found = self._meant(c, wanted.file, path)
            file = found.id if found else f"f-{secrets.token_hex(6)}"
            if found is None and self._count(c, FILES, FILES.c.deleted.is_(False)) >= MOST_FILES:
                raise TooMany(f"this room has {MOST_FILES:,} files, and takes no more")
            if self._count(c, UPLOADS) >= MOST_UPLOADS:
                raise TooMany(f"{MOST_UPLOADS} uploads are under way", retry_after=5)
            owner = sharing.owner(file, _silently)
            there = rows_of(c, room.id, owner, prints)
            _touched(c, room.id, owner, [one for one in there if not there[one].refs], now)
            upload = f"u-{secrets.token_hex(8)}"
            told = orjson.dumps({"owner": owner, "chunks": wanted.chunks}).decode()
            row = {
                "room": room.id, "id": upload, "file": file, "path": found.path if found else path, "base": wanted.base,
                "size": wanted.size, "fingerprint": wanted.fingerprint, "chunks": told, "by": user,
                "device": wanted.device, "modified": wanted.modified or now, "at": now,
            }  # fmt: skip
            c.execute(UPLOADS.insert(), row)
            return Upload(upload, file, owner, frozenset(there))

        made = await self._write("INSERT upload", announce)
        sharing.owner(made.file, self._context.decide)
        return made

    def _meant(self, c: sa.Connection, file: str, path: str) -> FileInfo | None:
        """The file that is named, else the one at that path. `Conflict` with one that differs in case alone."""
        if file and (found := self._file(c, file)) and not found.deleted:
            return found
        query = self._files().where(FILES.c.folded == folded(path), FILES.c.deleted.is_(False))
        row = c.execute(query).first()
        if row is None:
            return None
        found = FileInfo(*row)
        if found.path != path:
            raise Conflict(f"“{found.path}” is there, and differs from “{path}” in case alone", reason="case")
        return found

    async def upload(self, id: str, user: str) -> tuple[str, Pieces]:
        """Owner and chunks of an upload. `NotFound`, also for somebody else's."""
        room = self._context.room
        query = sa.select(UPLOADS.c.chunks).where(
            UPLOADS.c.room == room.id, UPLOADS.c.id == id, UPLOADS.c.by == user
        )
        told = await self._read("SELECT upload", lambda c: c.execute(query).scalar_one_or_none())
        if told is None:
            raise NotFound(f"no upload {id}")
        return _manifest(told)

    async def commit(self, id: str) -> Completed:
        """The version, its references, its entry in the log: one transaction, or nothing."""
        context, room, now = self._context, self._context.room, self._context.clock.time()
        conflicts, keep, reasons = CONFLICTS[context.config.conflict](), context.config.versions, list[str]()

        def commit(c: sa.Connection) -> Completed:
            reasons.clear()
            here = (UPLOADS.c.room == room.id) & (UPLOADS.c.id == id)
            row = c.execute(sa.select(UPLOADS).where(here)).first()
            if row is None:
                raise NotFound(f"no upload {id}")
            owner, chunks = _manifest(row.chunks)
            prints = list(dict.fromkeys(print_ for print_, _ in chunks))
            there = rows_of(c, room.id, owner, prints)
            if context.config.completing == "verified" and len(there) < len(prints):
                missing = tuple(one for one in prints if one not in there)
                return Completed("missing", _nobody(row.file, row.path), missing=missing)
            before = self._file(c, row.file) or self._at(c, row.path)
            live = before is not None and not before.deleted
            if before is not None and live and row.base != before.version:
                if before.fingerprint == row.fingerprint:
                    c.execute(UPLOADS.delete().where(here))
                    return Completed("done", before)
                verdict = conflicts.resolve(row.modified, before.modified, reasons.append)
                if verdict != "overwrite":
                    c.execute(UPLOADS.delete().where(here))
                    return Completed("newer" if verdict == "copy" else "dropped", before)
            file, number = before.id if before else row.file, (before.version if before else 0) + 1
            path = before.path if before and live else row.path
            made = FileInfo(file, path, number, row.size, row.fingerprint, row.modified, False, row.by)
            self._store(c, made)
            self._version(c, made, row.base, owner, chunks, row.device or row.by, now)
            _referred(c, room.id, owner, prints, 1, now)
            self._prune(c, file, number - keep, now)
            c.execute(UPLOADS.delete().where(here))
            return Completed("done", made, self._log(c, made, "changed", row.device, now))

        done = await self._write("COMMIT version", commit)
        if reasons:
            conflicts.resolve(*((1.0, 0.0) if done.state == "done" else (0.0, 1.0)), context.decide)
        return done

    def _store(self, c: sa.Connection, file: FileInfo) -> None:
        room = self._context.room
        fields = {
            "path": file.path, "folded": folded(file.path), "version": file.version, "size": file.size,
            "fingerprint": file.fingerprint, "modified": file.modified, "deleted": file.deleted, "by": file.by,
        }  # fmt: skip
        statement = room.sql.insert(FILES).values(room=room.id, id=file.id, **fields)
        c.execute(statement.on_conflict_do_update(index_elements=["room", "id"], set_=fields))

    def _version(  # noqa: PLR0917 - the columns of a row
        self, c: sa.Connection, file: FileInfo, base: int, owner: str, chunks: Pieces, by: str, now: float
    ) -> None:
        row = {
            "room": self._context.room.id, "file": file.id, "number": file.version, "base": base, "size": file.size,
            "fingerprint": file.fingerprint, "chunks": orjson.dumps({"owner": owner, "chunks": chunks}).decode(),
            "by": by, "at": now,
        }  # fmt: skip
        c.execute(VERSIONS.insert(), row)

    def _prune(self, c: sa.Connection, file: str, until: int, now: float) -> None:
        """Versions up to that number end, and refer to nothing any more."""
        here = (
            (VERSIONS.c.room == self._context.room.id)
            & (VERSIONS.c.file == file)
            & (VERSIONS.c.number <= until)
        )
        for (told,) in c.execute(sa.select(VERSIONS.c.chunks).where(here)).all():
            owner, chunks = _manifest(told)
            _referred(c, self._context.room.id, owner, [print_ for print_, _ in chunks], -1, now)
        c.execute(VERSIONS.delete().where(here))

    def _log(self, c: sa.Connection, file: FileInfo, kind: str, device: str, now: float) -> int:
        room = self._context.room.id
        seq = self._head(c) + 1
        row = {
            "room": room, "seq": seq, "file": file.id, "kind": kind, "path": file.path, "version": file.version,
            "device": device, "at": now,
        }  # fmt: skip
        c.execute(CHANGES.insert(), row)
        mine = (CURSORS.c.room == room) & (CURSORS.c.device == device) & (CURSORS.c.seq == seq - 1)
        c.execute(CURSORS.update().where(mine).values(seq=seq, at=now))  # it knows what it did itself
        return seq

    # Files

    async def rename(self, id: str, path: str, device: str) -> tuple[FileInfo, int]:
        """Another path, the same chunks. `Conflict` with a file that is there."""
        path, now = checked(path), self._context.clock.time()

        def rename(c: sa.Connection) -> tuple[FileInfo, int]:
            found = self._mine(c, id, device)
            query = self._files().where(
                FILES.c.folded == folded(path), FILES.c.deleted.is_(False), FILES.c.id != id
            )
            if c.execute(query).first() is not None:
                raise Conflict(f"“{path}” is there already", reason="case")
            made = FileInfo(
                id, path, found.version, found.size, found.fingerprint, found.modified, False, found.by
            )
            self._store(c, made)
            return made, self._log(c, made, "renamed", device, now)

        return await self._write("UPDATE path", rename)

    async def delete(self, id: str, base: int, device: str) -> tuple[FileInfo, int]:
        """A mark that the file is gone; its versions end. `Conflict` when somebody wrote since `base` (0: no matter)."""
        now = self._context.clock.time()

        def delete(c: sa.Connection) -> tuple[FileInfo, int]:
            found = self._mine(c, id, device)
            if base and base != found.version:
                raise Conflict("somebody wrote since: an edit is worth more than a deletion", reason="newer")
            made = FileInfo(id, found.path, found.version + 1, 0, "", found.modified, True, found.by)
            self._store(c, made)
            self._prune(c, id, found.version, now)
            return made, self._log(c, made, "deleted", device, now)

        return await self._write("UPDATE deleted", delete)

    async def file(self, id: str) -> FileInfo:
        """The file as it is. `NotFound`, also for a deleted one."""
        return await self._read("SELECT file", lambda c: self._live(c, id))

    async def content(self, id: str, number: int = 0) -> tuple[FileInfo, Content]:
        """A version of a file (0: the newest). `NotFound`."""
        room = self._context.room

        def read(c: sa.Connection) -> tuple[FileInfo, Content]:
            file = self._live(c, id)
            query = sa.select(VERSIONS).where(
                VERSIONS.c.room == room.id,
                VERSIONS.c.file == id,
                VERSIONS.c.number == (number or file.version),
            )
            row = c.execute(query).first()
            if row is None:
                raise NotFound(f"no version {number or file.version} of it")
            return file, content_of(row)

        return await self._read("SELECT version", read)

    async def versions(self, id: str) -> list[Content]:
        """Those that are kept, the newest first. `NotFound`."""
        room = self._context.room

        def read(c: sa.Connection) -> list[Content]:
            self._live(c, id)
            query = sa.select(VERSIONS).where(VERSIONS.c.room == room.id, VERSIONS.c.file == id)
            return [content_of(row) for row in c.execute(query.order_by(VERSIONS.c.number.desc()))]

        return await self._read("SELECT versions", read)

    async def listing(self, after: str = "", limit: int = MOST_FILES) -> tuple[list[FileInfo], int]:
        """Files in order of their paths, and the newest entry of the log at that moment."""

        def read(c: sa.Connection) -> tuple[list[FileInfo], int]:
            query = (
                self._files()
                .where(FILES.c.deleted.is_(False), FILES.c.path > after)
                .order_by(FILES.c.path)
                .limit(limit)
            )
            return [FileInfo(*row) for row in c.execute(query)], self._head(c)

        return await self._read("SELECT files", read)

    # The change log

    async def changes(self, cursor: int, limit: int) -> list[Change]:
        """Entries behind the cursor, oldest first. `Gone` for a cursor of before the log begins."""
        room = self._context.room

        def read(c: sa.Connection) -> list[Change]:
            oldest = (
                c.execute(sa.select(sa.func.min(CHANGES.c.seq)).where(CHANGES.c.room == room.id)).scalar()
                or 0
            )
            if cursor + 1 < oldest:
                raise Gone("the log does not go back so far: list all files, and go on from there")
            if cursor > self._head(c):
                raise Gone("the log ends before this cursor: list all files, and go on from there")
            query = (
                sa.select(CHANGES.c.seq, CHANGES.c.kind, *_file_columns())
                .join(FILES, (FILES.c.room == CHANGES.c.room) & (FILES.c.id == CHANGES.c.file))
                .where(CHANGES.c.room == room.id, CHANGES.c.seq > cursor)
                .order_by(CHANGES.c.seq)
                .limit(limit)
            )
            return [Change(row[0], row[1], FileInfo(*row[2:])) for row in c.execute(query)]

        return await self._read("SELECT changes", read)

    async def head(self) -> int:
        """The newest entry of the log."""
        return await self._context.room.sql.read(self._head)

    async def acknowledge(self, device: str, seq: int) -> None:
        """The device has everything up to there."""
        room, now = self._context.room, self._context.clock.time()
        fields = {"seq": seq, "at": now}
        statement = room.sql.insert(CURSORS).values(room=room.id, device=device, **fields)
        statement = statement.on_conflict_do_update(index_elements=["room", "device"], set_=fields)
        await self._write("UPDATE cursor", lambda c: c.execute(statement) and None)

    async def housekeeping(self) -> None:
        """Uploads that were given up, entries of the log beyond those that are kept, and marks of deleted files go."""
        room, now = self._context.room.id, self._context.clock.time()

        def clean(c: sa.Connection) -> None:
            c.execute(UPLOADS.delete().where(UPLOADS.c.room == room, UPLOADS.c.at < now - UPLOAD_S))
            last = self._head(c) - MOST_CHANGES
            if last > 0:
                named = sa.select(CHANGES.c.file).where(CHANGES.c.room == room, CHANGES.c.seq > last)
                c.execute(CHANGES.delete().where(CHANGES.c.room == room, CHANGES.c.seq <= last))
                c.execute(
                    FILES.delete().where(
                        FILES.c.room == room, FILES.c.deleted.is_(True), FILES.c.id.not_in(named)
                    )
                )

        await self._context.room.sql.write(clean)

    # Rows

    def _files(self) -> Any:
        return sa.select(*_file_columns()).where(FILES.c.room == self._context.room.id)

    def _file(self, c: sa.Connection, id: str) -> FileInfo | None:
        row = c.execute(self._files().where(FILES.c.id == id)).first()
        return FileInfo(*row) if row else None

    def _at(self, c: sa.Connection, path: str) -> FileInfo | None:
        row = c.execute(
            self._files().where(FILES.c.folded == folded(path), FILES.c.deleted.is_(False))
        ).first()
        return FileInfo(*row) if row else None

    def _live(self, c: sa.Connection, id: str) -> FileInfo:
        found = self._file(c, id)
        if found is None or found.deleted:
            raise NotFound(f"no file {id}")
        return found

    def _mine(self, c: sa.Connection, id: str, who: str) -> FileInfo:
        """A file that `who` may move: their own, or one that a device of the room wrote last. `Forbidden`, `NotFound`."""
        found = self._live(c, id)
        if who not in DEVICES and found.by not in (who, *DEVICES):
            raise Forbidden("somebody else wrote this file")
        return found

    def _head(self, c: sa.Connection) -> int:
        query = sa.select(sa.func.max(CHANGES.c.seq)).where(CHANGES.c.room == self._context.room.id)
        return int(c.execute(query).scalar() or 0)

    def _count(self, c: sa.Connection, table: sa.Table, *where: Any) -> int:
        query = (
            sa.select(sa.func.count()).select_from(table).where(table.c.room == self._context.room.id, *where)
        )
        return int(c.execute(query).scalar_one())


def _file_columns() -> list[Any]:
    names = ("id", "path", "version", "size", "fingerprint", "modified", "deleted", "by")
    return [getattr(FILES.c, name) for name in names]


def _manifest(told: str) -> tuple[str, Pieces]:
    found = orjson.loads(told)
    return found["owner"], tuple((print_, size) for print_, size in found["chunks"])


def content_of(row: Any) -> Content:
    owner, chunks = _manifest(row.chunks)
    return Content(row.number, row.size, row.fingerprint, owner, chunks, row.by, row.at)


def _nobody(id: str, path: str) -> FileInfo:
    return FileInfo(id, path, 0, 0, "", 0.0, False, "")


def _referred(  # noqa: PLR0917 - one statement's values
    c: sa.Connection, room: str, owner: str, prints: Sequence[str], by: int, now: float
) -> None:
    """One reference more, or one less, for each of these chunks."""
    if rows := [{"r": room, "o": owner, "f": print_} for print_ in dict.fromkeys(prints)]:
        here = (
            (CHUNKS.c.room == sa.bindparam("r"))
            & (CHUNKS.c.owner == sa.bindparam("o"))
            & (CHUNKS.c.fingerprint == sa.bindparam("f"))
        )
        c.execute(CHUNKS.update().where(here).values(refs=CHUNKS.c.refs + by, since=now), rows)


def _touched(c: sa.Connection, room: str, owner: str, prints: Sequence[str], now: float) -> None:
    _referred(c, room, owner, prints, 0, now)


def _silently(_: str) -> None:
    """The reason is given once the transaction has ended."""
