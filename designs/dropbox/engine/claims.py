"""What must hold, judged by the folders of devices, by rows, and by what really lies in the store."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

import sqlalchemy as sa

from designs.dropbox.config import Config
from designs.dropbox.engine.aside import aside
from designs.dropbox.engine.bus import Bus
from designs.dropbox.engine.content import fingerprint, unpacked
from designs.dropbox.engine.device import Device, stamp_of
from designs.dropbox.engine.metadata import FILES, VERSIONS, Content, FileInfo, content_of
from designs.dropbox.engine.nodes import API, DATABASE, STORE
from designs.dropbox.engine.parts import CHUNKS, PartStore, StoredChunk
from designs.dropbox.engine.strategies import DELIVERIES, SLOWEST
from sdlab.lab import Claim, EngineContext, EvidenceView, Invalid, NotFound, cause_step, read_step, write_step

CLAIMS = (
    Claim("same", "devices end the same", "All devices end with the same bytes"),
    Claim("edits", "no edit is lost", "Every edit is in a version, in a conflict copy, or on its way"),
    Claim(
        "visible", "visible is verified", "A file is visible only when all its parts are there and verified"
    ),
    Claim("kept", "references are kept", "A chunk that a version refers to is never collected"),
)
CHECK_EVERY = 0.25
GRACE = 2.5  # seconds that a device may need, besides the interval at which it asks
FOLLOWED = 2000
AT_ONCE = 40  # files looked at in one check
MOST_CHUNKS = 64  # of one version that are read
MOST_VERSIONS = 400
REFERENCES_EVERY = 0.25  # seconds between two looks at all references
BIGGEST = 8 << 20  # bytes of a file that is read here; of larger ones size and local database are compared


@dataclass(slots=True)
class Edit:
    """A change that somebody made on a device, and when."""

    fingerprint: str
    at: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """When the collector marked, and between which times it deleted; 0 while it is at it."""

    marked: float
    began: float
    ended: float = 0.0


class ClaimChecker:
    """Keeps its own record of edits and of what was completed, and looks at disks, rows and objects."""

    def __init__(self, context: EngineContext[Config], parts: PartStore, bus: Bus) -> None:
        self._context, self._parts, self._bus = context, parts, bus
        self._devices: WeakValueDictionary[str, Device] = WeakValueDictionary()
        self._edits: OrderedDict[tuple[str, str], Edit] = OrderedDict()
        self._stored: OrderedDict[str, None] = OrderedDict()
        self._due: OrderedDict[str, float] = OrderedDict()
        self._fresh: deque[FileInfo] = deque(maxlen=FOLLOWED)
        self._prints: dict[tuple[str, str], tuple[int, int, str]] = {}
        self._reported: OrderedDict[object, None] = OrderedDict()
        self._read: OrderedDict[str, None] = OrderedDict()  # objects that had the right bytes
        self._online: dict[str, float] = {}
        self._announced: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._dropped: OrderedDict[str, float] = OrderedDict()
        self._swept: OrderedDict[tuple[str, str], Sweep] = OrderedDict()
        self._references, self._looked = False, -REFERENCES_EVERY
        self.differing = self.lost = self.unverified = self.missing = 0

    def watch(self, devices: Mapping[str, Device]) -> None:
        """The devices whose folders are compared."""
        self._devices = WeakValueDictionary(devices)

    def forget(self) -> None:
        """What was prepared before anybody came is nobody's edit."""
        self._due.clear()
        self._fresh.clear()
        self._edits.clear()
        self._references = False

    # What is noted

    def edited(self, device: str, path: str, print_: str) -> None:
        """Somebody saved that on a device."""
        self._edits[device, path] = Edit(print_, self._context.clock.time())
        self._edits.move_to_end((device, path))
        while len(self._edits) > FOLLOWED:
            self._edits.popitem(last=False)

    def gave_up(self, device: str, path: str) -> None:
        """Somebody deleted or renamed it: there is nothing to be kept."""
        self._edits.pop((device, path), None)

    def committed(self, file: FileInfo) -> None:
        """A version is visible."""
        self._fresh.append(file)
        self._stored[file.fingerprint] = None
        self._stored.move_to_end(file.fingerprint)
        while len(self._stored) > FOLLOWED:
            self._stored.popitem(last=False)
        self.moved(file)

    def moved(self, file: FileInfo) -> None:
        """A file is not what it was, for all devices."""
        self._due[file.id] = self._context.clock.time()
        self._due.move_to_end(file.id)
        self._references = True
        while len(self._due) > FOLLOWED:
            self._due.popitem(last=False)

    def announced(self, owner: str, there: Collection[str], began: float) -> None:
        """An upload was told that these chunks are there, between `began` and now."""
        if not there:
            return
        now = self._context.clock.time()
        for print_ in there:
            self._announced[owner, print_] = (began, now)
            self._announced.move_to_end((owner, print_))
        while len(self._announced) > FOLLOWED:
            self._announced.popitem(last=False)

    def dropped(self, path: str) -> None:
        """An edit of that file was dropped, since another counts as later."""
        self._dropped[path] = self._context.clock.time()
        self._dropped.move_to_end(path)
        while len(self._dropped) > FOLLOWED:
            self._dropped.popitem(last=False)

    def sweeping(self, chunks: Collection[tuple[str, str]], sweep: Sweep) -> None:
        """These chunks (owner, fingerprint) are being deleted, or were."""
        for one in chunks:
            self._swept[one] = sweep
            self._swept.move_to_end(one)
        while len(self._swept) > FOLLOWED:
            self._swept.popitem(last=False)

    def spared(self, chunks: Collection[tuple[str, str]]) -> None:
        """These were marked, and not deleted."""
        for one in chunks:
            self._swept.pop(one, None)

    def swept(self) -> None:
        """Chunks were deleted."""
        self._references = True

    # What is looked for

    @property
    def _grace(self) -> float:
        config = self._context.config
        every = config.poll_ms / 1000
        if DELIVERIES[config.delivery].hold:
            every = 1.0
        return GRACE + every * (SLOWEST if config.delivery == "adaptive" else 1) + config.line_ms / 50

    async def check(self) -> None:
        """One look at everything that is due."""
        if any(self._context.node(one).faults() for one in (API, DATABASE, STORE)):
            now = self._context.clock.time()
            self._due = OrderedDict.fromkeys(self._due, now)
            for edit in self._edits.values():
                edit.at = now
            return
        await self._look_at_versions()
        await self._look_at_edits()
        await self._look_at_folders()
        await self._look_at_references()

    def _settled(self, name: str, since: float) -> bool:
        """Whether a device had its time since then, and does nothing just now."""
        device, now = self._devices[name], self._context.clock.time()
        if not device.online.is_set():
            self._online.pop(name, None)
            return False
        began = max(since, self._online.setdefault(name, now))
        return now - began > self._grace and not device.lock.locked()

    async def _look_at_folders(self) -> None:
        now = self._context.clock.time()
        for name in self._devices:
            self._settled(name, now)
        due = [id for id, at in self._due.items() if now - at > self._grace][:AT_ONCE]
        if not due:
            return
        rows = await self._files(due)
        for id in due:
            at, row = self._due[id], rows.get(id)
            if row is None:
                self._due.pop(id, None)
                continue
            open_ = [name for name in self._devices if not self._settled(name, at)]
            if open_ and now - at < self._grace + 10:
                continue
            self._due.pop(id, None)
            for name, device in self._devices.items():
                if name not in open_:
                    await self._compare(device, row, at)
                elif not device.online.is_set():
                    self._due[id] = now

    async def _compare(self, device: Device, file: FileInfo, at: float) -> None:
        has = await aside(file.size, self._print_of, device, file)
        wanted = "" if file.deleted else file.fingerprint
        if has == wanted:
            self._context.monitors["same"].passed()
            return
        edit = self._edits.get((device.name, file.path))
        if (edit and edit.fingerprint == has) or (
            not file.deleted and file.path in device.problems and not has
        ):
            return  # an edit of its own, which is on its way; or nothing of the kind is to be had
        if file.deleted and self._at_path(device, file):
            return
        self.differing += 1
        now = self._context.clock.time()
        self._context.monitors["same"].violated(
            [
                write_step(
                    file.by or "a device",
                    f"{file.path} became version {file.version}",
                    at,
                    at + 0.001,
                    wrote=file.fingerprint[:8],
                ),
                self._why_differing(device, file, at),
                read_step(
                    f"folder of {device.name}",
                    "has something else",
                    now,
                    now,
                    saw=has[:8] or "no file",
                    lost=True,
                ),
            ]
        )

    def _why_differing(self, device: Device, file: FileInfo, at: float) -> EvidenceView:
        """What is known of why it did not come to that device."""
        now = self._context.clock.time()
        if problem := device.problems.get(file.path):
            return cause_step(device.name, f"could not take it: {problem}", now)
        row = device.database.by_id(file.id)
        if row is not None and row.version >= file.version:
            return cause_step(f"database of {device.name}", f"says that version {row.version} is here", now)
        lost = self._bus.lost.get((device.name, file.id), 0.0)
        if lost >= at:
            return cause_step("notifications", f"what was to tell {device.name} of it was lost", lost)
        seen = f"version {row.version}" if row is not None else "no version"
        return cause_step(f"database of {device.name}", f"knows {seen} of it", now)

    def _at_path(self, device: Device, file: FileInfo) -> bool:
        """Whether another file is at the path of a deleted one."""
        row = device.database.at(file.path)
        return row is not None and row.id != file.id

    def _print_of(self, device: Device, file: FileInfo) -> str:
        """The fingerprint of what the folder has at that path; remembered while the disk says that it is the same."""
        path = device.folder / file.path
        try:
            stat = path.stat()
        except OSError:
            return ""
        if stat.st_size > BIGGEST:
            row = device.database.at(file.path)
            return row.fingerprint if row and row.size == stat.st_size else "another"
        key, seen = (device.name, file.path), (stat.st_size, stamp_of(stat))
        known = self._prints.get(key)
        if known is None or known[:2] != seen:
            if len(self._prints) > FOLLOWED:
                self._prints.clear()
            try:
                known = (*seen, fingerprint(path.read_bytes()))
            except OSError:
                return ""
            self._prints[key] = known
        return known[2]

    async def _look_at_edits(self) -> None:
        for (name, path), edit in list(self._edits.items()):
            if edit.fingerprint in self._stored:
                self._context.monitors["edits"].passed()
            elif not self._settled(name, edit.at):
                continue
            else:
                device = self._devices[name]
                if await asyncio.to_thread(_reads, device, path) == edit.fingerprint:
                    continue  # it is where it was made, and will go
                self.lost += 1
                now = self._context.clock.time()
                self._context.monitors["edits"].violated(
                    [
                        write_step(
                            name,
                            f"saved {path}",
                            edit.at,
                            edit.at + 0.001,
                            wrote=edit.fingerprint[:8],
                            lost=True,
                        ),
                        self._why_lost(path, edit, now),
                        read_step(
                            "claim checker", "looked for it in folder and versions", now, now, saw="nothing"
                        ),
                    ]
                )
            if self._edits.get((name, path)) is edit:
                del self._edits[name, path]

    def _why_lost(self, path: str, edit: Edit, now: float) -> EvidenceView:
        """What is known of an edit that is nowhere."""
        at = self._dropped.get(path, 0.0)
        if at >= edit.at:
            return cause_step("metadata service", "dropped an edit: by the clocks another is later", at)
        return cause_step("versions", f"none of {path} is that edit, and nobody said why", now)

    async def _look_at_versions(self) -> None:
        """New versions: what their writers had not seen, and whether their chunks are what they should be."""
        fresh = [self._fresh.popleft() for _ in range(min(len(self._fresh), AT_ONCE))]
        for file in fresh:
            rows = await self._versions_of(file.id)
            mine = next((content for content, _ in rows if content.number == file.version), None)
            if mine is None:
                continue  # ended meanwhile
            base = next(base for content, base in rows if content.number == file.version)
            unseen = [
                one
                for one, _ in rows
                if base < one.number < mine.number and one.fingerprint != mine.fingerprint
            ]
            seen = [
                write_step(
                    content.by, f"wrote version {base} of {file.path}, which {mine.by} had seen", content.at, content.at,
                    wrote=content.fingerprint[:8],
                )
                for content, _ in rows
                if content.number == base
            ]  # fmt: skip
            for one in unseen:
                self.lost += 1
                self._context.monitors["edits"].violated(
                    [
                        *seen,
                        write_step(
                            one.by,
                            f"wrote version {one.number}",
                            one.at,
                            one.at + 0.001,
                            wrote=one.fingerprint[:8],
                            lost=True,
                        ),
                        cause_step(
                            "server",
                            f"took version {mine.number}, whose writer had seen {f'version {base}' if base else 'none'}",
                            mine.at,
                        ),
                        write_step(
                            mine.by,
                            f"wrote version {mine.number} over it",
                            mine.at,
                            mine.at + 0.001,
                            wrote=mine.fingerprint[:8],
                        ),
                    ]
                )
            if not unseen:
                self._context.monitors["edits"].passed()
            await self._verify(file, mine)

    async def _verify(self, file: FileInfo, content: Content) -> None:
        prints = [print_ for print_, _ in content.chunks[:MOST_CHUNKS]]
        rows = await self._parts.rows(content.owner, prints)
        for print_, size in content.chunks[:MOST_CHUNKS]:
            wrong = "no such chunk"
            if (row := rows.get(print_)) is not None:
                if row.key in self._read:
                    continue  # an object is never changed: once is enough
                try:
                    sealed = await self._parts.objects.get(row.key)
                    body = await aside(len(sealed), self._parts.opened, sealed, print_)
                    wrong = (
                        ""
                        if fingerprint(unpacked(body, row.codec, size)) == print_
                        else "another fingerprint"
                    )
                except (Invalid, NotFound) as error:
                    wrong = error.detail
            if row is not None and not wrong:
                self._read[row.key] = None
                while len(self._read) > FOLLOWED:
                    self._read.popitem(last=False)
            if row is None and (content.owner, print_) in self._swept:
                return  # it was there when the version became visible: that it is gone is the other claim's
            if wrong and not await self._still_referred(file, content):
                return
            if wrong:
                self.unverified += 1
                now = self._context.clock.time()
                self._context.monitors["visible"].violated(
                    [
                        self._why_unreadable(row, now),
                        write_step(
                            content.by,
                            f"completed version {content.number} of {file.path}",
                            content.at,
                            content.at,
                        ),
                        read_step(
                            "claim checker",
                            "read one of its chunks from the store",
                            now,
                            now + 0.001,
                            saw=wrong,
                            lost=True,
                        ),
                    ]
                )
                return
        self._context.monitors["visible"].passed()

    def _why_unreadable(self, row: StoredChunk | None, now: float) -> EvidenceView:
        """What is known of a chunk that is not what it should be."""
        if row is None:
            return cause_step("metadata", "has no row of one of its chunks", now)
        taken = self._parts.taken_wrong.get(row.key)
        if taken is not None:
            return cause_step("object store", "took a damaged part, which nobody compared", taken)
        return cause_step("object store", "took the part as it was announced; it has other bytes now", now)

    async def _still_referred(self, file: FileInfo, content: Content) -> bool:
        return any(one.number == content.number for one, _ in await self._versions_of(file.id))

    async def _look_at_references(self) -> None:
        """Every chunk that a version refers to has its row and its object, in one look at all of them."""
        now = self._context.clock.monotonic()
        if not self._references or now - self._looked < REFERENCES_EVERY:
            return
        self._references, self._looked = False, now
        room = self._context.room
        objects = await self._parts.objects.listing()

        def absent(c: sa.Connection) -> list[tuple[str, Content, str]]:
            rows = sa.select(CHUNKS.c.owner, CHUNKS.c.fingerprint, CHUNKS.c.key).where(
                CHUNKS.c.room == room.id
            )
            keys = {(row[0], row[1]): row[2] for row in c.execute(rows)}
            query = sa.select(VERSIONS).where(VERSIONS.c.room == room.id)
            contents = [
                (row.file, content_of(row))
                for row in c.execute(query.order_by(VERSIONS.c.at.desc()).limit(MOST_VERSIONS))
            ]
            return [
                (file, content, print_)
                for file, content in contents
                if (
                    print_ := next(
                        (one for one, _ in content.chunks if keys.get((content.owner, one)) not in objects),
                        "",
                    )
                )
            ]

        for file, content, print_ in await room.sql.read(absent):
            if (file, content.number) in self._reported or not await self._gone(content.owner, print_):
                continue
            self._reported[file, content.number] = None
            while len(self._reported) > FOLLOWED:
                self._reported.popitem(last=False)
            self.missing += 1
            self._context.monitors["kept"].violated(self._how_collected(content, print_))
        self._context.monitors["kept"].passed()

    def _how_collected(self, content: Content, print_: str) -> list[EvidenceView]:
        """When its writer was told that the chunk is there, and when the collector deleted it; as far as that is known."""
        now = self._context.clock.time()
        steps = [
            write_step(
                content.by,
                f"completed version {content.number} with it",
                content.at,
                content.at,
                wrote=print_[:8],
            ),
            read_step("claim checker", "looked into the store", now, now + 0.001, saw="no such chunk"),
        ]
        if (told := self._announced.get((content.owner, print_))) and told[0] <= content.at:
            steps.append(
                read_step(content.by, "announced the version: the chunk is there", *told, saw="there")
            )
        sweep = self._swept.get((content.owner, print_))
        if sweep is None:
            steps.append(cause_step("object store", "has lost it; the collector did not delete it", now))
            return steps
        steps.append(cause_step("collector", "marked it: it had no references", sweep.marked))
        steps.append(
            write_step("collector", "deleted what it had marked", sweep.began, sweep.ended or now, lost=True)
        )
        return steps

    async def _gone(self, owner: str, print_: str) -> bool:
        """Asked once more, and the store itself: a chunk that came again meanwhile has another key."""
        row = (await self._parts.rows(owner, [print_])).get(print_)
        return row is None or await self._parts.objects.size(row.key) is None

    async def _files(self, ids: list[str]) -> dict[str, FileInfo]:
        names = ("id", "path", "version", "size", "fingerprint", "modified", "deleted", "by")
        query = sa.select(*(FILES.c[name] for name in names)).where(
            FILES.c.room == self._context.room.id, FILES.c.id.in_(ids)
        )
        rows = await self._context.room.sql.read(lambda c: c.execute(query).all())
        return {row[0]: FileInfo(*row) for row in rows}

    async def _versions_of(self, id: str) -> list[tuple[Content, int]]:
        query = sa.select(VERSIONS).where(VERSIONS.c.room == self._context.room.id, VERSIONS.c.file == id)
        rows = await self._context.room.sql.read(lambda c: c.execute(query).all())
        return [(content_of(row), row.base) for row in rows]


def _reads(device: Device, path: str) -> str:
    try:
        return fingerprint((device.folder / path).read_bytes())
    except OSError:
        return ""
