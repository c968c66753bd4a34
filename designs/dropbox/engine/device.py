"""A device: a real folder that is kept in step with the server, in both directions.

The same code runs in the lab, twice, and as the command-line client in a folder of the visitor's own machine. What it does
to the server goes through a `Remote`; what it says of itself, through a `Voice`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import blake3

from designs.dropbox.engine.aside import aside
from designs.dropbox.engine.content import Chunk, Manifest, chunk_at, fingerprint, manifest_of, unpacked
from designs.dropbox.engine.local_database import LocalDatabase, LocalFile
from designs.dropbox.engine.metadata import Change, Completed, FileInfo, Wanted
from designs.dropbox.engine.names import TEMPORARY, checked, conflicted, folded
from designs.dropbox.engine.parts import Part
from designs.dropbox.engine.strategies import Changes, Chunking, Compression, Delivery, Delta, Upload
from sdlab.lab import Clock, Conflict, Gone, Invalid, LabError, NotFound, TooMany, Unavailable

TRIES = 4  # of one part, and of one version
BACK_OFF = 0.5
MOST_FOLDER = 20_000
A_FILE, CUTTING = 256, 8  # a file looked at, and a byte cut, as so many bytes read
PAGE = 500


@dataclass(frozen=True, slots=True)
class Approaches:
    """How a device does its work, of now."""

    chunking: Chunking
    compression: Compression
    upload: Upload
    delta: Delta
    delivery: Delivery
    changes: Changes
    chunk_bytes: int
    at_once: int
    poll_s: float


@dataclass(frozen=True, slots=True)
class Announced:
    """The answer to an announcement: which chunks are to be sent, and where to."""

    upload: str
    file: str
    missing: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it is now, and where its chunks may be read."""

    file: FileInfo
    parts: tuple[Part, ...]


class Remote(Protocol):
    """The server, as a device reaches it. Everything may raise a `LabError`."""

    async def announce(self, wanted: Wanted) -> Announced: ...
    async def put(self, part: Part, body: bytes, codec: str) -> None: ...
    async def complete(self, upload: str) -> Completed: ...
    async def rename(self, id: str, path: str) -> FileInfo: ...
    async def delete(self, id: str, base: int) -> None: ...
    async def changes(self, cursor: int, hold: float) -> list[Change]: ...
    async def told(self, hold: float) -> list[str]: ...
    async def listing(self) -> tuple[list[FileInfo], int]: ...
    async def fetch(self, id: str) -> Fetched: ...
    async def get(self, part: Part) -> tuple[bytes, str]: ...


class Voice(Protocol):
    """Where a device says what it does: the frame of a request, and the reason of a decision."""

    def decide(self, text: str) -> None: ...
    def request(self, title: str, kind: str) -> AbstractAsyncContextManager[Any]: ...
    def heard(self, what: str, detail: str) -> None: ...
    def sent(self, file: FileInfo, manifest: Manifest, missing: int, edited: float) -> None: ...
    def arrived(self, file: FileInfo) -> None: ...
    def conflict(self, path: str, copy: str) -> None: ...
    def problem(self, path: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class LocalChange:
    """What the disk has that the local database does not: `kind` is changed, gone, or renamed (from `before`)."""

    kind: str
    path: str
    before: LocalFile | None = None


class Device:
    """`edited` asks for a look at the folder; `nudge` for a question to the server. One thing is done at a time."""

    def __init__(
        self,
        name: str,
        folder: Path,
        database: LocalDatabase,
        remote: Remote,
        *,
        voice: Voice,
        clock: Clock,
        approaches: Callable[[], Approaches],
    ) -> None:
        self.name, self.folder, self.database, self.remote = name, folder, database, remote
        self.voice, self.clock, self.approaches = voice, clock, approaches
        self.edited = asyncio.Event()
        self.online = asyncio.Event()
        self.online.set()
        self.nudge = asyncio.Event()
        self.lock = asyncio.Lock()
        self.skew = 0.0  # seconds that its clock is ahead
        self.problems: dict[str, str] = {}
        self.unreadable: dict[
            str, int
        ] = {}  # files whose chunks were not what they should be, and their version
        self.idle = 0
        self.cursor = database.cursor
        self.edits: dict[str, float] = {}  # when a path was edited on purpose, by the clock of the room
        self.state = ""
        self._seen = MOST_FOLDER  # files of the folder, when it was last looked at
        folder.mkdir(parents=True, exist_ok=True)

    # Loops

    async def push_on(self) -> None:
        """Whenever something was edited, send it; again after a while when it could not be sent."""
        while True:
            await self.edited.wait()
            await self.online.wait()
            self.edited.clear()
            try:
                await self.sync_up()
            except LabError as error:
                self.state = error.detail
                await self.clock.sleep(BACK_OFF)
                self.edited.set()

    async def follow(self) -> None:
        """Ask for changes when the approach in force says so, and take them in."""
        while True:
            await self.online.wait()
            approaches = self.approaches()
            wait = approaches.delivery.interval(approaches.poll_s, self.idle)
            if wait and not self.nudge.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self.nudge.wait()
            self.nudge.clear()
            try:
                found = await self.ask(approaches.delivery.hold)
            except LabError as error:
                self.state, found = error.detail, False
                await self.clock.sleep(BACK_OFF)
            self.idle = 0 if found else self.idle + 1

    # Up

    async def sync_up(self) -> int:
        """Send everything that the folder has and the server has not; how many changes there were."""
        async with self.lock:
            return await self._sync_up()

    async def _sync_up(self) -> int:
        found = await aside(self._seen * A_FILE, self.look)
        for change in found:
            await self._push(change)
        if found:
            self.state = ""
        return len(found)

    def look(self) -> list[LocalChange]:
        """Compare the folder with the local database."""
        if not self.folder.is_dir():  # a folder that is gone is no folder in which everything was deleted
            return []
        try:
            known, there, changed = self.database.all(), dict(files_of(self.folder)), []
        except OSError as error:  # what cannot be read is not what was deleted
            raise Unavailable(f"the folder cannot be read: {error}") from None
        self._seen = len(there)
        if len(there) > MOST_FOLDER:
            raise TooMany(f"a folder in step has up to {MOST_FOLDER:,} files")
        self.problems = {path: text for path, text in self.problems.items() if path in there}
        gone = {path: row for path, row in known.items() if path not in there}
        for path, stat in there.items():
            row = known.get(path)
            if row is not None and (row.size, row.stamp) == (stat.st_size, stamp_of(stat)):
                continue
            if row is None and (moved := self._moved(path, stat, gone)) is not None:
                del gone[moved.path]
                changed.append(LocalChange("renamed", path, moved))
                continue
            if path not in self.problems:
                changed.append(LocalChange("changed", path, row))
        return [*changed, *(LocalChange("gone", path, row) for path, row in gone.items())]

    def _moved(self, path: str, stat: os.stat_result, gone: dict[str, LocalFile]) -> LocalFile | None:
        """The file that was at another path before, with these very bytes."""
        alike = [row for row in gone.values() if row.size == stat.st_size]
        if not alike:
            return None
        digest = fingerprint_of(self.folder / path)
        return next((row for row in alike if row.fingerprint == digest), None)

    async def _push(self, change: LocalChange) -> None:
        try:
            if change.kind == "changed":
                await self._push_content(change.path)
            elif change.kind == "renamed":
                await self._push_rename(change)
            else:
                await self._push_deletion(change)
        except (Invalid, Conflict, TooMany) as error:
            if isinstance(error, TooMany) and error.extra.get("reason") != "size":
                raise
            self.problems[change.path] = error.detail
            self.voice.problem(change.path, error.detail)
        except (FileNotFoundError, NotFound):
            if change.before is not None:
                self.database.forget(change.before.path)
            self.edited.set()  # it is gone again: the next look sees that

    async def _push_rename(self, change: LocalChange) -> None:
        row = change.before
        assert row is not None
        async with self.voice.request(f"rename {row.path}", "Rename") as trace:
            self.voice.decide("the same bytes at another path: one row changes, no chunk travels")
            await self.remote.rename(row.id, checked(change.path))
            stat = (self.folder / change.path).stat()
            whole = self.database.at(row.path) or row
            self.database.put(replace(whole, path=change.path, stamp=stamp_of(stat)))
            trace.sentence = f"{self.name} renamed {row.path} to {change.path}"

    async def _push_deletion(self, change: LocalChange) -> None:
        row = change.before
        assert row is not None
        async with self.voice.request(f"delete {row.path}", "Delete") as trace:
            try:
                await self.remote.delete(row.id, row.version)
                self.voice.decide("gone here, and nobody wrote since: deleted everywhere")
            except NotFound:
                self.voice.decide("it is deleted already")
            except Conflict:
                self.voice.decide("somebody wrote since: the file comes back")
            self.database.forget(row.path)
            trace.sentence = f"{self.name} deleted {row.path}"

    async def _push_content(self, path: str) -> None:
        approaches, file = self.approaches(), self.folder / path
        row = self.database.at(path)
        stat = file.stat()
        manifest = await aside(
            stat.st_size * CUTTING, manifest_of, file, approaches.chunking, approaches.chunk_bytes
        )
        if row is not None and row.fingerprint == manifest.fingerprint:
            self.database.put(replace(row, stamp=stamp_of(stat), size=stat.st_size))
            return
        checked(path)
        async with self.voice.request(f"sync up {path}", "Sync up") as trace:
            approaches.chunking.why(self.voice.decide, len(manifest.chunks))
            codec = approaches.compression.codec(path, self.voice.decide)
            modified = self.edits.get(path, stat.st_mtime_ns / 1e9) + self.skew
            wanted = Wanted(
                path=path,
                size=manifest.size,
                fingerprint=manifest.fingerprint,
                chunks=tuple((one.fingerprint, one.size) for one in manifest.chunks),
                base=row.version if row else 0,
                file=row.id if row else "",
                modified=modified,
                device=self.name,
            )
            done, sent = await self._send(file, manifest, wanted, codec)
            if done.state == "done":
                info = done.file
                mine = LocalFile(
                    path,
                    info.id,
                    info.version,
                    manifest.size,
                    stamp_of(stat),
                    manifest.fingerprint,
                    manifest.chunks,
                )
                self.database.put(mine)
                self.voice.sent(info, manifest, sent, self.edits.get(path, 0.0))
                self._went_on(done.seq)
                trace.sentence = f"{self.name} sent {sent:,} of {len(manifest.chunks):,} chunks of {path}"
                return
            trace.sentence = f"{self.name} edited {path}, and somebody else had written since"
        await self._give_way(path, done)

    async def _send(
        self, file: Path, manifest: Manifest, wanted: Wanted, codec: str
    ) -> tuple[Completed, int]:
        """Announce, send what is missing, complete; again from the announcement when a part is missing after all."""
        approaches, at, sent = self.approaches(), {one.fingerprint: one for one in manifest.chunks}, 0
        for _ in range(TRIES):
            announced = await self.remote.announce(wanted)
            parts = {one.fingerprint: one for one in announced.missing}

            async def one(print_: str, parts: dict[str, Part] = parts) -> None:
                nonlocal sent
                body = await aside(at[print_].size, chunk_at, file, at[print_], codec)
                await self._put(parts[print_], body, codec)
                sent += 1

            await approaches.upload.send(list(parts), one, approaches.at_once, self.voice.decide)
            try:
                return await self.remote.complete(announced.upload), sent
            except Conflict as error:
                if error.extra.get("reason") != "parts":
                    raise
        raise Unavailable("a part is missing again and again")

    async def _put(self, part: Part, body: bytes, codec: str) -> None:
        for left in reversed(range(TRIES)):
            try:
                await self.remote.put(part, body, codec)
                return
            except Invalid:
                if not left:
                    raise Unavailable("a part arrives damaged again and again") from None

    async def _give_way(self, path: str, done: Completed) -> None:
        """Somebody wrote since: this edit becomes a copy beside the file, or is dropped; the newest version comes."""
        if done.state == "newer":
            copy = self._free_copy(path)
            (self.folder / path).rename(self.folder / copy)
            self.edits[copy] = self.edits.pop(path, self.clock.time())
            self.database.forget(path)
            self.voice.conflict(path, copy)
            await self._push_content(copy)
        else:
            (self.folder / path).unlink(missing_ok=True)
            self.database.forget(path)
        await self._fetch(done.file)

    def _free_copy(self, path: str) -> str:
        number = 1
        while (self.folder / (copy := conflicted(path, self.name, number))).exists():
            number += 1
        return copy

    # Down

    async def ask(self, hold: float = 0.0) -> bool:
        """Ask the server what is new, by the approach in force, and take it in; whether there was anything."""
        approaches = self.approaches()
        approach = approaches.changes
        if approach.kind == "told":
            files = await self.remote.told(hold)
            return bool(files) and await self._catch_up(
                approach, approaches.delivery, [(one, None) for one in files]
            )
        if approach.kind == "scan":
            if hold and not await self._something(hold):
                return False
            listed, head = await self.remote.listing()
            wanted = await aside(len(listed) * A_FILE, self._differing, listed)
            found = bool(wanted) and await self._catch_up(approach, approaches.delivery, wanted)
            self._reached(head)
            return found
        try:
            changes = await self.remote.changes(self.cursor, hold)
        except Gone:
            await self.reconcile()
            return True
        if changes:
            await self._catch_up(approach, approaches.delivery, [(one.file.id, one.file) for one in changes])
            self._reached(changes[-1].seq)
        return bool(changes)

    async def _something(self, hold: float) -> bool:
        try:
            return bool(await self.remote.changes(self.cursor, hold))
        except Gone:
            return True

    def _went_on(self, seq: int) -> None:
        """What the device did itself it need not be told, where nothing lies between."""
        if seq == self.cursor + 1:
            self._reached(seq)

    def _reached(self, seq: int) -> None:
        if seq != self.cursor:
            self.cursor = seq
            self.database.cursor = seq

    async def reconcile(self) -> int:
        """Compare every file with the server, whatever was told; how many differed."""
        listed, head = await self.remote.listing()
        wanted = await aside(len(listed) * A_FILE, self._differing, listed)
        async with self.lock:
            await self._sync_up()
            for id, info in wanted:
                await self._take(id, info)
        self._reached(head)
        return len(wanted)

    def _differing(self, listed: Sequence[FileInfo]) -> list[tuple[str, FileInfo | None]]:
        mine = {one.id: one for one in self.database.all().values()}
        there = {one.id: one for one in listed}
        wanted: list[tuple[str, FileInfo | None]] = [
            (one.id, one)
            for one in listed
            if (row := mine.get(one.id)) is None or (row.version, row.path) != (one.version, one.path)
            if self.unreadable.get(one.id) != one.version
        ]
        gone = [
            FileInfo(row.id, row.path, row.version + 1, 0, "", 0.0, True, "")
            for id, row in mine.items()
            if id not in there
        ]
        return [*wanted, *((one.id, one) for one in gone)]

    async def _catch_up(
        self, approach: Changes, delivery: Delivery, wanted: Sequence[tuple[str, FileInfo | None]]
    ) -> bool:
        """Take in what is new; of what the device knows already nothing is said."""
        async with self.lock:
            latest = dict(wanted)
            behind = [(id, info) for id, info in latest.items() if info is None or not self._knows(info)]
            if not behind:
                return False
            if self.edited.is_set():
                await self._sync_up()
            async with self.voice.request("changes", "Ask for changes") as trace:
                approach.why(self.voice.decide)
                delivery.why(self.voice.decide)
                self.voice.heard("changes", f"{len(behind):,}")
                trace.sentence = (
                    f"{self.name} heard of {len(behind):,} changed {'file' if len(behind) == 1 else 'files'}"
                )
            for id, info in behind:
                await self._take(id, info)
        return True

    def _knows(self, info: FileInfo) -> bool:
        row = self.database.by_id(info.id)
        if info.deleted:
            return row is None
        return row is not None and row.version >= info.version and row.path == info.path

    async def _take(self, id: str, info: FileInfo | None) -> None:
        """One file, as the server has it now."""
        try:
            if info is None:
                info = (await self.remote.fetch(id)).file
            if info.deleted:
                await self._take_deletion(info)
            elif not self._knows(info):
                await self._fetch(info)
        except NotFound:
            await self._take_deletion(FileInfo(id, "", 0, 0, "", 0.0, True, ""))
        except Invalid as error:
            if info is not None:
                self.unreadable[id] = info.version
                self.problems[info.path] = error.detail
                self.voice.problem(info.path, error.detail)

    async def _take_deletion(self, info: FileInfo) -> None:
        row = self.database.by_id(info.id)
        if row is None:
            return
        async with self.voice.request(f"sync down {row.path}", "Sync down") as trace:
            self.voice.heard("deletion", row.path)
            if self.untouched(row):
                self.voice.decide("deleted there, and untouched here: deleted")
                (self.folder / row.path).unlink(missing_ok=True)
            else:
                self.voice.decide("deleted there, and edited here: the edit stays, and goes up as a new file")
                self.edited.set()
            self.database.forget(row.path)
            trace.sentence = f"{self.name}: {row.path} was deleted"

    async def _fetch(self, info: FileInfo) -> None:
        """Bring a file to its newest version: chunks that are here already are not asked for."""
        async with self.voice.request(f"sync down {info.path}", "Sync down") as trace:
            fetched = await self.remote.fetch(info.id)
            info = fetched.file
            row = self.database.by_id(info.id)
            if row is not None and row.fingerprint == info.fingerprint and self.untouched(row):
                self.voice.decide("the same bytes as here: moved to its path")
                self._move(row, info)
                trace.sentence = f"{self.name} moved {row.path} to {info.path}"
                return
            old = (self.folder / row.path, {one.fingerprint: one for one in row.chunks}) if row else None
            prints = [one.fingerprint for one in fetched.parts]
            wanted = set(
                self.approaches().delta.wanted(prints, frozenset(old[1] if old else ()), self.voice.decide)
            )
            fresh = self.folder / Path(info.path).parent / f"{TEMPORARY}{secrets.token_hex(6)}"
            try:
                manifest = await self._assemble(fresh, fetched.parts, wanted, old)
                if manifest.fingerprint != info.fingerprint:
                    raise Invalid(f"the bytes of {info.path} are not those of its fingerprint")
                placed = await self._place(fresh, row, info, manifest)
            finally:
                fresh.unlink(missing_ok=True)
            self.unreadable.pop(info.id, None)
            self.problems.pop(info.path, None)
            if not placed:
                self.voice.decide(
                    "edited here meanwhile: the edit goes up first, and nothing is written over it"
                )
                trace.sentence = f"{self.name} edited {info.path} while a newer version came"
                return
            self.voice.arrived(info)
            trace.sentence = f"{self.name} got {len(wanted):,} of {len(set(prints)):,} chunks of {info.path}"

    async def _assemble(
        self, fresh: Path, parts: Sequence[Part], wanted: set[str], old: tuple[Path, dict[str, Chunk]] | None
    ) -> Manifest:
        """Write a file of chunks, in order; at most `at_once` of them are in memory."""
        fresh.parent.mkdir(parents=True, exist_ok=True)
        at_once, chunks, at, digest = self.approaches().at_once, [], 0, new_digest()
        with fresh.open("wb") as file:
            for start in range(0, len(parts), at_once):
                some = parts[start : start + at_once]
                bodies = await asyncio.gather(*(self._chunk(one, wanted, old) for one in some))
                await aside(sum(map(len, bodies)), _write, file, digest, bodies)
                for one in some:
                    chunks.append(Chunk(one.fingerprint, at, one.size))
                    at += one.size
        return Manifest(at, digest.hexdigest(), tuple(chunks))

    async def _chunk(self, part: Part, wanted: set[str], old: tuple[Path, dict[str, Chunk]] | None) -> bytes:
        if old is not None and part.fingerprint not in wanted:
            with suppress(Invalid, OSError):
                return await aside(part.size, chunk_at, old[0], old[1][part.fingerprint], "none")
        for left in reversed(range(TRIES)):
            body, codec = await self.remote.get(part)
            with suppress(Invalid):
                content = await aside(part.size, unpacked, body, codec, part.size)
                if fingerprint(content) == part.fingerprint:
                    return content
            if not left:
                break
        raise Invalid("a chunk of it is not what its fingerprint says")

    async def _place(self, fresh: Path, row: LocalFile | None, info: FileInfo, manifest: Manifest) -> bool:
        """Put the new version where it belongs; not over an edit that came meanwhile, which goes up first."""
        target = self.folder / info.path
        touched = row is not None and not self.untouched(row)
        strange = self.database.at(info.path) is None and target.exists()
        if touched or strange:
            if strange and await aside(manifest.size, fingerprint_of, target) == manifest.fingerprint:
                self.database.put(_in_step(info, target.stat(), manifest))
                return True
            self.edited.set()
            if touched:
                return False
            target.rename(self.folder / self._free_copy(info.path))
        fresh.replace(target)
        if row is not None and row.path != info.path:
            (self.folder / row.path).unlink(missing_ok=True)
        self.database.put(_in_step(info, target.stat(), manifest))
        return True

    def _move(self, row: LocalFile, info: FileInfo) -> None:
        target = self.folder / info.path
        if row.path != info.path:
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.folder / row.path).rename(target)
        stat = target.stat()
        self.database.put(replace(row, path=info.path, version=info.version, stamp=stamp_of(stat)))

    def untouched(self, row: LocalFile) -> bool:
        """Whether the disk still has what was in step (also: nothing where it was deleted)."""
        try:
            stat = (self.folder / row.path).stat()
        except OSError:
            return False
        return (stat.st_size, stamp_of(stat)) == (row.size, row.stamp)


def _in_step(info: FileInfo, stat: os.stat_result, manifest: Manifest) -> LocalFile:
    return LocalFile(
        info.path,
        info.id,
        info.version,
        stat.st_size,
        stamp_of(stat),
        manifest.fingerprint,
        manifest.chunks,
    )


def _write(file: Any, digest: Any, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        digest.update(body)
        file.write(body)


def stamp_of(stat: os.stat_result) -> int:
    """A number that is another one once a file was written or replaced.

    The clock of a disk may stand still for some milliseconds, in which one file can take the place of another.
    """
    return (stat.st_mtime_ns + stat.st_ino * 1_000_003) & ((1 << 63) - 1)


def new_digest() -> Any:
    """A fingerprint that grows."""
    return blake3.blake3()


def fingerprint_of(path: Path) -> str:
    """Of a file, in pieces."""
    digest = new_digest()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return str(digest.hexdigest())


def files_of(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Paths and what the disk says of them; no links, nothing temporary. `OSError` for a folder that cannot be read.

    One file more than `MOST_FOLDER` at most: so many are too many, and not the first of them.
    """
    return islice(_files_in(os.fspath(folder)), MOST_FOLDER + 1)


def _files_in(folder: str, before: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """The files of a folder, then those of the folders in it, each with `before` and a path from there.

    The folder is looked through after every edit, so that a file costs one question to the disk and no `Path`.
    """
    try:
        with os.scandir(folder) as found:
            there = sorted(found, key=lambda one: one.name)
    except FileNotFoundError:
        return
    folders = []
    for one in there:
        if one.name.startswith(TEMPORARY) or one.is_symlink():
            continue
        if one.is_dir():
            folders.append(one)
            continue
        with suppress(FileNotFoundError):
            yield before + one.name, os.lstat(one.path)
    for one in folders:
        yield from _files_in(one.path, f"{before}{one.name}/")


def clashes(paths: Sequence[str]) -> dict[str, str]:
    """Paths of a folder that differ from an earlier one in case alone."""
    seen: dict[str, str] = {}
    return {path: seen[folded(path)] for path in sorted(paths) if seen.setdefault(folded(path), path) != path}
