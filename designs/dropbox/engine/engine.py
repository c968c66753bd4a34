"""The drive at work in one room: two devices with folders, and a server that anybody else may use as well."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from designs.dropbox.config import Config
from designs.dropbox.engine.aside import aside
from designs.dropbox.engine.bus import Bus, Subscription
from designs.dropbox.engine.claims import CHECK_EVERY, CLAIMS, ClaimChecker
from designs.dropbox.engine.collector import COLLECT_EVERY, Collector
from designs.dropbox.engine.content import fingerprint
from designs.dropbox.engine.counters import Counters
from designs.dropbox.engine.device import Approaches, Device
from designs.dropbox.engine.local_database import LocalDatabase
from designs.dropbox.engine.metadata import Change, Completed, Content, FileInfo, Metadata, Upload, Wanted
from designs.dropbox.engine.names import TEMPORARY, checked
from designs.dropbox.engine.nodes import API, DEVICES, FLOWS, plan
from designs.dropbox.engine.parts import Part, PartStore
from designs.dropbox.engine.reader import StoreReader
from designs.dropbox.engine.samples import BEGINNING, NOTES, sentences
from designs.dropbox.engine.server import LabRemote, LabVoice, Silence, SyncServer
from designs.dropbox.engine.strategies import CHANGES, CHUNKINGS, COMPRESSIONS, DELIVERIES, DELTAS, UPLOADS
from designs.dropbox.engine.watcher import FolderWatcher
from sdlab.lab import (
    Conflict,
    Engine,
    EngineContext,
    Forbidden,
    Invalid,
    LabError,
    Node,
    NodeSpec,
    NotFound,
    Room,
    SystemClock,
    TooMany,
    acting,
)
from sdlab.parts.presigned import Signed
from sdlab.stores.folder_size import bytes_in

BEHIND_EVERY, BEHIND_FOR = (
    0.5,
    0.5,
)  # seconds: how often cursors are looked at, and how long one may stay behind
HOUSEKEEPING_EVERY = 30.0
MOST_TEXT = 40_000
MOST_FILE = 32 << 20
MOST_FOLDER_BYTES = 64 << 20
LONGEST_HOLD = 60.0
MEASURE_EVERY = 2.0  # seconds between two counts of the bytes of a folder; what is written meanwhile is added


class LabApproaches:
    """What the switches say now, for devices."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context

    def __call__(self) -> Approaches:
        config = self._context.config
        return Approaches(
            chunking=CHUNKINGS[config.chunking](),
            compression=COMPRESSIONS[config.compression](),
            upload=UPLOADS[config.upload](),
            delta=DELTAS[config.delta](),
            delivery=DELIVERIES[config.delivery](),
            changes=CHANGES[config.changes](),
            chunk_bytes=config.chunk_bytes,
            at_once=config.at_once,
            poll_s=config.poll_ms / 1000,
        )


class Dropbox(Engine[Config]):
    """Metadata are rows, chunks are objects; folders and local databases of the devices lie on the disk of the room."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self.metadata = Metadata(context)
        self.parts = PartStore(context, self.counters)
        self.bus = Bus(context, self.counters)
        self.checker = ClaimChecker(context, self.parts, self.bus)
        self.server = SyncServer(context, self.metadata, self.parts, self.bus, self.counters, self.checker)
        self.collector = Collector(context, self.parts, self.counters, self.checker)
        self.devices: dict[str, Device] = {}
        self.remotes: dict[str, LabRemote] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.shown = dict.fromkeys(DEVICES, NOTES)  # the file that each device has open
        self.reader = StoreReader(context, self.parts, self.devices, self.shown)
        self.most_file = MOST_FILE
        self._watcher: FolderWatcher | None = None
        self._behind: dict[str, float] = {}
        self._reconciled: dict[str, int] = {}
        self._used: dict[str, tuple[float, int]] = {}  # bytes of folders, and when they were counted

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.parts.open()
        self.bus.head = await self.metadata.head()
        home = self.room.blobs.folder(f"{self.room.id}/{self.room.slug}/devices")
        approaches = LabApproaches(self.context)
        for name in DEVICES:
            subscription = self.subscriptions[name] = self.bus.subscribe(name, name)
            remote = self.remotes[name] = LabRemote(
                self.context, self.server, self.counters, name, subscription
            )
            database = await asyncio.to_thread(LocalDatabase, home / f"{name}.db")
            self.devices[name] = Device(
                name,
                home / name,
                database,
                remote,
                voice=LabVoice(self.context, self.server, self.counters, name),
                clock=self.clock,
                approaches=approaches,
            )
        self.checker.watch(self.devices)
        if not self.bus.head:
            await self._begin()
        for name, device in self.devices.items():
            device.edited.set()
            await self.remotes[name].acknowledge(device.cursor)
            self._reconciled[name] = self.bus.head
            self.supervise(f"{name} sends", device.push_on)
            self.supervise(f"{name} follows", device.follow)
        if isinstance(self.clock, SystemClock):
            self._watcher = FolderWatcher({one.folder: one.edited for one in self.devices.values()})
        self.every("cursors that stay behind", BEHIND_EVERY, self._look_at_cursors)
        self.every("reconciliation", lambda: self.config.reconcile_s, self._reconcile)
        self.every("collection", COLLECT_EVERY, self.collector.round)
        self.every("housekeeping", HOUSEKEEPING_EVERY, self.metadata.housekeeping)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)

    async def _begin(self) -> None:
        """A few files, on both devices, before anybody looks: by the same way as all others, and without a word."""
        quiet = Silence()
        voices = {name: device.voice for name, device in self.devices.items()}
        for device in self.devices.values():
            device.voice = quiet
        first, second = (self.devices[name] for name in DEVICES)
        for path, content in BEGINNING.items():
            await asyncio.to_thread(_write, first.folder, path, content)
        for remote in self.remotes.values():
            remote.quick = True
        await first.sync_up()
        await second.reconcile()
        for remote in self.remotes.values():
            remote.quick = False
        for name, voice in voices.items():
            self.devices[name].voice = voice
        vars(self.counters).update(vars(Counters()))
        self.checker.forget()

    async def close(self) -> None:
        """End the watcher first: nothing is to be begun any more."""
        if self._watcher is not None:
            await self._watcher.close()
            self._watcher = None
        await super().close()
        for device in self.devices.values():
            await asyncio.to_thread(device.database.close)
        self.parts.close()

    async def reconfigure(self, before: Config) -> None:
        for name, device in self.devices.items():
            device.nudge.set()
            self.bus.ring(self.subscriptions[name])

    async def fault_changed(self, node: Node) -> None:
        found = {one.kind: one.value for one in node.faults()}
        if node.id in self.devices:
            device, remote = self.devices[node.id], self.remotes[node.id]
            device.skew = found.get("skew", 0.0) * 60
            self._line(device, remote, "offline" in found)
            return
        for one in self.devices.values():
            one.edited.set()
            one.nudge.set()

    def _line(self, device: Device, remote: LabRemote, offline: bool) -> None:
        if offline == remote.offline:
            return
        remote.offline = offline
        if offline:
            device.online.clear()
            self.bus.ring(self.subscriptions[device.name])
        else:
            device.online.set()
            device.edited.set()
            device.nudge.set()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        """What happens to a device once: its next upload is cut, or its folder gets a lot at once."""
        device = self.devices[node.id]
        if kind == "cut":
            self.remotes[node.id].cut_after = int(value)
            return f"the next upload of the {node.id} is cut after {value:,.0f} parts"
        if kind == "sparse":
            size = int(value) << 20
            await self._room_for(device, size)
            await asyncio.to_thread(_sparse, device.folder / f"sparse-{value:.0f}.bin", size)
            text = f"the {node.id} got a file of {value:,.0f} MB of zeros"
        else:
            await asyncio.to_thread(_many, device.folder / "many", int(value))
            text = f"the {node.id} got {value:,.0f} small files"
        device.edited.set()
        return text

    async def _look_at_cursors(self) -> None:
        """The server sees by its cursors which device seems not to have heard, and tells it again."""
        if self.config.changes == "told":
            return
        now = self.clock.monotonic()
        for name, device in self.devices.items():
            if device.cursor >= self.bus.head or not device.online.is_set() or device.lock.locked():
                self._behind.pop(name, None)
            elif now - self._behind.setdefault(name, now) >= BEHIND_FOR:
                del self._behind[name]
                device.nudge.set()
                self.bus.ring(self.subscriptions[name])

    async def _reconcile(self) -> None:
        """Every file of every device that is there is compared with the server, where anything was changed since."""
        for name, device in self.devices.items():
            head = self.bus.head
            if self._reconciled.get(name) == head or not device.online.is_set():
                continue
            try:
                async with self.request("reconcile", by="reconciliation", by_hand=False) as trace:
                    found = await device.reconcile()
                    self.decide(
                        f"{found:,} files differed: brought into step"
                        if found
                        else "every file of the server is on the device, in its newest version"
                    )
                    trace.sentence = f"{name} was compared with the server: {found:,} files differed"
            except LabError:
                continue
            self.counters.repaired += found
            self._reconciled[name] = head

    # What somebody does on a device

    async def save(self, device: str, path: str, text: str) -> None:
        """Write a text file in the folder of a device, as an editor does. `Invalid` for a name or text that cannot be."""
        async with self.request("save a file", kind="Save") as trace:
            one, path = self._device(device), checked(path)
            if len(text) > MOST_TEXT:
                raise Invalid(f"a text of the editor has up to {MOST_TEXT:,} characters", field="text")
            self.node(device).touch("write", "ok", source="visitor")
            await self.write(one, path, text.encode("utf-8", "replace"))
            self.decide(
                "written into the folder; the watcher of the device hears of it, as of any program's edit"
            )
            self.shown[device] = path
            one.edited.set()
            trace.sentence = f"{trace.by} saved {path} on the {device}"

    async def create(self, device: str, path: str) -> None:
        """A new text file in the folder of a device. `Conflict` for one that is there."""
        async with self.request("create a file", kind="Create") as trace:
            one, path = self._device(device), checked(path)
            if (one.folder / path).exists():
                raise Conflict(f"{path} is there already")
            self.node(device).touch("create", "ok", source="visitor")
            content = sentences(self.rng, 600).encode()
            await self.write(one, path, content)
            self.decide("no file of that name in the folder: made")
            self.shown[device] = path
            one.edited.set()
            trace.sentence = f"{trace.by} made {path} on the {device}"

    async def rename_on(self, device: str, path: str, to: str) -> None:
        """Another name for a file in the folder of a device."""
        async with self.request("rename a file", kind="Rename by hand") as trace:
            one, path, to = self._device(device), checked(path), checked(to, field="to")
            self.node(device).touch("rename", "ok", source="visitor")
            await self.move(one, path, to)
            self.decide(
                "renamed in the folder: to the device it is a file that is gone and one with the same bytes"
            )
            self.shown[device] = to
            one.edited.set()
            trace.sentence = f"{trace.by} renamed {path} to {to} on the {device}"

    async def delete_on(self, device: str, path: str) -> None:
        """Delete a file in the folder of a device."""
        async with self.request("delete a file", kind="Delete by hand") as trace:
            one, path = self._device(device), checked(path)
            self.node(device).touch("unlink", "ok", source="visitor")
            await self.unlink(one, path)
            self.decide("gone from the folder: the device tells the server that it is deleted")
            one.edited.set()
            trace.sentence = f"{trace.by} deleted {path} on the {device}"

    async def open_on(self, device: str, path: str) -> None:
        """Look at a file on a device."""
        async with self.request("open a file", kind="Open") as trace:
            one, path = self._device(device), checked(path)
            if not (one.folder / path).is_file():
                raise NotFound(f"there is no {path} on the {device}")
            self.node(device).touch("read", "ok", source="visitor")
            self.decide("read from the folder, without asking anybody")
            self.shown[device] = path
            trace.sentence = f"{trace.by} opened {path} on the {device}"

    async def offline(self, device: str, on: bool) -> None:
        """Take a device off the line, or bring it back."""
        async with self.request("offline" if on else "online", kind="Offline" if on else "Online") as trace:
            self._device(device)
            self.node(device).touch("line", "ok", source="visitor")
            self.decide(
                "its folder goes on" if on else "sends what was edited meanwhile, then asks for what is new"
            )
            await (self.set_fault(device, "offline") if on else self.clear_fault(device, "offline"))
            trace.sentence = f"{trace.by} took the {device} {'offline' if on else 'online'}"

    def _device(self, name: str) -> Device:
        if name not in self.devices:
            raise NotFound(f"no device {name}")
        return self.devices[name]

    async def write(self, device: Device, path: str, content: bytes) -> None:
        """Bytes into the folder of a device, noted as an edit. `TooMany` for more than a folder holds."""
        await self._room_for(device, len(content))
        try:
            await aside(len(content), _write, device.folder, path, content)
        except (NotADirectoryError, IsADirectoryError, FileExistsError):
            raise Conflict(f"a folder and a file cannot both be called {path}") from None
        device.edits[path] = self.clock.time()
        while len(device.edits) > MOST_TEXT:
            device.edits.pop(next(iter(device.edits)))
        self.counters.edits += 1
        self.checker.edited(device.name, path, fingerprint(content))

    async def move(self, device: Device, path: str, to: str) -> None:
        """Another name in the folder of a device. `NotFound`, `Conflict`."""
        source, target = device.folder / path, device.folder / to
        if not source.is_file():
            raise NotFound(f"there is no {path} on the {device.name}")
        if target.exists():
            raise Conflict(f"{to} is there already")
        try:
            _rename(source, target)
        except (NotADirectoryError, FileExistsError):
            raise Conflict(f"a folder and a file cannot both be called {to}") from None
        self.checker.gave_up(device.name, path)

    async def unlink(self, device: Device, path: str) -> None:
        """Away with a file of a folder. `NotFound`."""
        try:
            (device.folder / path).unlink()
        except OSError:
            raise NotFound(f"there is no {path} on the {device.name}") from None
        self.checker.gave_up(device.name, path)

    async def _room_for(self, device: Device, size: int) -> None:
        if size > self.most_file:
            raise TooMany(
                f"a file here has up to {self.most_file:,} bytes; the command-line client and the bench take larger ones"
            )
        measured, used = self._used.get(device.name, (-1.0, 0))
        now = self.clock.monotonic()
        if measured < 0 or now - measured > MEASURE_EVERY:
            measured, used = now, await asyncio.to_thread(bytes_in, device.folder)
        self._used[device.name] = (measured, used + size)
        if used + size > MOST_FOLDER_BYTES:
            raise TooMany(f"a folder here holds {MOST_FOLDER_BYTES:,} bytes, and has {used:,}")

    # What a program does

    async def announce(self, wanted: Wanted) -> tuple[Upload, list[Part]]:
        """A version that will come; which of its chunks are to be sent, and where to."""
        async with self.request("POST files") as trace:
            self._right(wanted)
            upload, parts = await self.server.announce(wanted, acting().name, source="visitor")
            trace.sentence = (
                f"{trace.by} announced {wanted.path}: {len(parts):,} of {len(wanted.chunks):,} chunks to send"
            )
            return upload, parts

    def _right(self, wanted: Wanted) -> None:
        if wanted.size > self.most_file:
            raise TooMany(f"a file here has up to {self.most_file:,} bytes", reason="size")
        if sum(size for _, size in wanted.chunks) != wanted.size:
            raise Invalid("the chunks together have another size than the file", field="chunks")

    async def put_part(self, signed: Signed, body: AsyncIterator[bytes], codec: str) -> None:
        """A part, at its signed address."""
        async with self.request("PUT parts") as trace:
            await self.server.put(signed, body, codec, source="visitor")
            trace.sentence = f"a part of {signed.size:,} bytes came"

    async def get_part(self, signed: Signed) -> tuple[bytes, str]:
        """A part as it was sent, and how it is compressed."""
        async with self.request("GET parts") as trace:
            owner, print_ = self.parts.allow(signed)
            self.decide("signature and time are right: no other right is asked for")
            body, codec = await self.parts.packed(owner, print_, source="visitor")
            trace.sentence = f"a part of {signed.size:,} bytes was read"
            return body, codec

    async def complete(self, upload: str) -> Completed:
        """Make a version visible, once the store has every part. `Conflict` with what is missing, or what is newer."""
        async with self.request("POST complete") as trace:
            done = await self.server.complete(upload, acting().name, source="visitor")
            if done.state != "done":
                raise Conflict(
                    f"somebody wrote since: version {done.file.version} is the newest",
                    reason="newer" if done.state == "newer" else "dropped",
                    version=done.file.version,
                    file=done.file.id,
                )
            trace.sentence = f"{done.file.path} is version {done.file.version:,} now"
            return done

    async def file(self, id: str, number: int = 0) -> tuple[FileInfo, Content, tuple[Part, ...]]:
        """A file, a version of it (0: the newest), and the addresses of its chunks."""
        async with self.request("GET file") as trace:
            found = await self.server.fetch(id, number, source="visitor")
            self.decide("a row for the version; its chunks by addresses that are good for five minutes")
            trace.sentence = f"{trace.by} asked for {found[0].path}"
            return found

    async def content(self, id: str, number: int = 0) -> tuple[FileInfo, Content]:
        """What a download is made of."""
        async with self.request("GET content") as trace:
            file, content, _ = await self.server.fetch(id, number, source="visitor")
            self.decide("chunks of the version in order, opened and unpacked one after the other")
            trace.sentence = f"{trace.by} reads {file.path}, version {content.number:,}"
            return file, content

    async def bytes_of(self, content: Content, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes of a version from `start` up to `end`, a chunk at a time."""
        at = 0
        for print_, size in content.chunks:
            if at + size > start and at < end:
                plain = await self.parts.plain(content.owner, print_, size, source=API)
                yield plain[max(0, start - at) : end - at]
            at += size

    async def listing(self, after: str, limit: int) -> list[FileInfo]:
        """Files in order of their paths."""
        async with self.request("GET files") as trace:
            self.node(API).touch("files", "ok", source="visitor")
            found, _ = await self.metadata.listing(after, limit)
            self.decide("a page of the rows, in order of their paths")
            trace.sentence = f"{trace.by} listed {len(found):,} files"
            return found

    async def changes(self, cursor: int, limit: int, wait: float) -> list[Change]:
        """What the log has behind the cursor; with `wait` as soon as there is something, or after so many seconds."""
        if wait and self.bus.head <= cursor:
            subscription = self.bus.subscribe("")
            try:
                await self.bus.wait(subscription, min(wait, LONGEST_HOLD))
            finally:
                self.bus.leave(subscription)
        async with self.request("GET changes") as trace:
            found = await self.server.changes(cursor, limit, source="visitor")
            self.decide("read on in the log from the cursor" if found else "nothing behind the cursor")
            trace.sentence = f"{trace.by} was told of {len(found):,} changes"
            return found

    async def newest_change(self) -> int:
        """The newest entry of the log: who lists all files after that misses nothing."""
        async with self.request("GET latest cursor") as trace:
            self.node(API).touch("latest cursor", "ok", source="visitor")
            head = await self.metadata.head()
            self.decide("asked before the list of files, so that nothing falls between the two")
            trace.sentence = f"{trace.by} asked for the newest cursor"
            return head

    async def versions(self, id: str) -> list[Content]:
        """What is kept of a file, the newest first."""
        async with self.request("GET versions") as trace:
            self.node(API).touch("versions", "ok", source="visitor")
            found = await self.metadata.versions(id)
            self.decide("as many versions as the knob keeps, each with its chunks")
            trace.sentence = f"{trace.by} asked for the {len(found):,} versions of a file"
            return found

    async def delete(self, id: str, base: int = 0) -> None:
        """Delete a file everywhere."""
        async with self.request("DELETE file") as trace:
            await self.server.delete(id, base, acting().name, source="visitor")
            self.decide(
                "marked as deleted, versions ended: their chunks are collected when nothing else refers to them"
            )
            trace.sentence = f"{trace.by} deleted a file"

    async def rename(self, id: str, path: str) -> FileInfo:
        """Another path for a file, everywhere."""
        async with self.request("PATCH file") as trace:
            found = await self.server.rename(id, path, acting().name, source="visitor")
            self.decide("a row changes; no chunk travels")
            trace.sentence = f"{trace.by} renamed a file to {found.path}"
            return found

    async def content_on(self, device: str, path: str) -> Path:
        """The file of a device's folder, to be shown. `NotFound`."""
        one, path = self._device(device), checked(path)
        file = one.folder / path
        if not file.is_file():
            raise NotFound(f"there is no {path} on the {device}")
        if file.is_symlink():
            raise Forbidden("links are not followed")
        return file


def _write(folder: Path, path: str, content: bytes) -> None:
    """Whole or not at all, as editors write."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.parent / f"{TEMPORARY}{secrets.token_hex(6)}"
    try:
        fresh.write_bytes(content)
        os.replace(fresh, target)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _rename(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _many(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"small-{number:03d}.txt").write_text(f"small file {number}\n")
