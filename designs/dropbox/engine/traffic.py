"""Performs what workloads want: edits, copies, new files, conflicts, damaged parts, cut lines, files that come and go."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import sqlalchemy as sa

from designs.dropbox.engine.device import Device
from designs.dropbox.engine.engine import Dropbox
from designs.dropbox.engine.metadata import FILES
from designs.dropbox.engine.nodes import DEVICES
from designs.dropbox.engine.samples import KINDS, NOTES, sentences, text
from sdlab.lab import LabError, NotFound, Operation, Traffic, performs

LARGE = 64_000
MOST_GROWN = 40_000  # bytes of a file that is edited on and on
MOST_ON_PAGE = 5_500  # and of the one that is open in the editor of the page
INSERTED = {"front": 0.0, "middle": 0.5, "end": 1.0}


class DropboxTraffic(Traffic[Dropbox]):
    """Files are named by numbers; 0 is the file that is open on the page."""

    def _on(self, operation: Operation) -> Device:
        return self.engine.devices[DEVICES[operation.args.get("device", 0) % len(DEVICES)]]

    async def _send(self, device: Device, path: str) -> dict[str, Any]:
        """Have the device send what was edited, at once; what it cannot send now it sends later."""
        if not device.online.is_set():
            return {}
        try:
            await device.sync_up()
        except LabError:
            device.edited.set()
            return {}
        row = device.database.at(path)
        return {"file": row.id, "version": row.version} if row else {}

    async def _content(self, device: Device, path: str, size: int) -> bytes:
        """What the folder has; a text of its own where it has nothing."""
        try:
            return (device.folder / path).read_bytes()
        except OSError:
            return text(path, size)

    @performs("edit")
    async def edit(self, operation: Operation) -> dict[str, Any]:
        """Some words more, at the front, in the middle, or at the end."""
        return await self._edit(operation)

    async def _edit(self, operation: Operation) -> dict[str, Any]:
        device, place = self._on(operation), operation.args["where"]
        path = page_path(operation.args["file"])
        content = await self._content(device, path, 3_000)
        words = sentences(Random(operation.args["text"]), 30).encode()
        most = grown(path)
        if len(content) > most:
            content = content[: most // 2]
        at = int(len(content) * INSERTED[place])
        await self.engine.write(device, path, content[:at] + words + content[at:])
        return await self._send(device, path)

    @performs("insert")
    async def insert(self, operation: Operation) -> dict[str, Any]:
        """One byte more in a file of some size; what that costs is counted by its place."""
        device, place = self._on(operation), operation.args["where"]
        path = f"book-{operation.args['file']}.txt"
        if not (device.folder / path).exists():
            await self.engine.write(device, path, text(path, LARGE))
            await self._send(device, path)
        content = await self._content(device, path, LARGE)
        at = int(len(content) * INSERTED[place])
        before = self.engine.counters.plain_bytes
        await self.engine.write(
            device, path, content[:at] + bytes([97 + operation.args["text"] % 26]) + content[at:]
        )
        answer = await self._send(device, path)
        self.engine.counters.by_place[place] += self.engine.counters.plain_bytes - before
        self.engine.counters.places[place] += 1
        return answer

    @performs("copy")
    async def copy(self, operation: Operation) -> dict[str, Any]:
        """A copy of a file under another name."""
        device = self._on(operation)
        content = await self._content(device, page_path(operation.args["file"]), 3_000)
        path = f"copies/copy-{operation.args['to'] % 40:02d}.txt"
        await self.engine.write(device, path, content)
        return await self._send(device, path)

    @performs("put")
    async def put(self, operation: Operation) -> dict[str, Any]:
        """A new text, picture or archive."""
        device, kind = self._on(operation), operation.args["kind"]
        ending, made = KINDS[kind]
        path = f"{kind}s/{kind}-{operation.args['file'] % 40:02d}.{ending}"
        content = await asyncio.to_thread(made, operation.args["text"])
        counters = self.engine.counters
        before, plain = counters.sent_bytes, counters.plain_bytes
        await self.engine.write(device, path, content)
        answer = await self._send(device, path)
        counters.by_kind[kind] += counters.sent_bytes - before
        counters.plain_by_kind[kind] += counters.plain_bytes - plain
        return answer

    @performs("lost")
    async def lost(self, operation: Operation) -> dict[str, Any]:
        """An edit of which the notification is lost."""
        self.engine.bus.losing = 1
        return await self._edit(operation)

    @performs("both")
    async def both(self, operation: Operation) -> dict[str, Any]:
        """Two people edit the same file before either device has heard of the other."""
        path, chance = page_path(operation.args["file"]), Random(operation.args["text"])
        first, second = (self.engine.devices[name] for name in DEVICES)
        for device in (first, second):
            await self._send(device, path)
        both = [await self._content(device, path, 3_000) for device in (first, second)]
        for device, content in zip((first, second), both, strict=True):
            mine = sentences(chance, 40).encode()
            await self.engine.write(device, path, mine + content[-grown(path) :])
        order = (first, second) if operation.args["text"] % 2 else (second, first)
        answers = [await self._send(device, path) for device in order]
        return answers[0]

    @performs("damaged")
    async def damaged(self, operation: Operation) -> dict[str, Any]:
        """An edit of which a part arrives with a flipped bit."""
        self.engine.parts.damaging = 1
        return await self._edit(operation)

    @performs("churn")
    async def churn(self, operation: Operation) -> dict[str, Any]:
        """A file with some content goes, and comes again."""
        device, path = self._on(operation), f"scratch/draft-{operation.args['file']}.txt"
        if (device.folder / path).exists():
            await self.engine.unlink(device, path)
        else:
            await self.engine.write(device, path, text(path, 1_500))
        await self._send(device, path)
        return {}

    @performs("cut")
    async def cut(self, operation: Operation) -> dict[str, Any]:
        """An upload of several parts that is cut after some of them, and goes on."""
        device = self._on(operation)
        path = f"films/film-{operation.args['file'] % 12:02d}.txt"
        await self.engine.write(device, path, text(operation.args["text"], 12_000))
        self.engine.remotes[device.name].cut_after = 3
        await self._send(device, path)
        return await self._send(device, path)

    @performs("small")
    async def small(self, operation: Operation) -> dict[str, Any]:
        """A new small file."""
        device = self._on(operation)
        path = f"small/file-{operation.args['file'] % 400:03d}.txt"
        await self.engine.write(device, path, f"small file {operation.args['text']}\n".encode())
        return await self._send(device, path)

    @performs("rename")
    async def rename(self, operation: Operation) -> dict[str, Any]:
        """A page gets another name, or its own again."""
        device, path = self._on(operation), page_path(operation.args["file"])
        other = path.replace("page", "renamed")
        if (device.folder / other).exists():
            path, other = other, path
        if not (device.folder / path).exists():
            await self.engine.write(device, path, text(path, 3_000))
            await self._send(device, path)
        try:
            await self.engine.move(device, path, other)
        except LabError:
            return {}
        await self._send(device, other)
        return {}

    @performs("open")
    async def open(self, operation: Operation) -> dict[str, Any]:
        """Somebody looks at a file."""
        try:
            await self.engine.open_on(
                DEVICES[operation.args.get("device", 0) % 2], page_path(operation.args["file"])
            )
        except NotFound:
            return {}
        return {}

    @performs("type")
    async def type(self, operation: Operation) -> dict[str, Any]:
        """A letter more in the file that is open on the page."""
        device = self._on(operation)
        content = await self._content(device, NOTES, 3_000)
        letter = chr(97 + operation.args["text"] % 26)
        at = min(len(content), 20)
        await self.engine.save(
            device.name,
            NOTES,
            (content[:at] + letter.encode() + content[at:])[:MOST_ON_PAGE].decode("utf-8", "ignore"),
        )
        return await self._send(device, NOTES)

    async def honours(self, answer: Any) -> bool:
        """A version that was acknowledged is there, or a later one of the same file."""
        if not isinstance(answer, dict) or "file" not in answer:
            return True
        room = self.engine.room
        query = sa.select(FILES.c.version).where(FILES.c.room == room.id, FILES.c.id == answer["file"])
        found = await room.sql.read(lambda c: c.execute(query).scalar_one_or_none())
        return found is not None and found >= answer["version"]


def page_path(number: int) -> str:
    """The path of a file that traffic names by a number."""
    return NOTES if number == 0 else f"docs/page-{number:02d}.txt"


def grown(path: str) -> int:
    """Up to how many bytes traffic lets a file grow."""
    return MOST_ON_PAGE if path == NOTES else MOST_GROWN
