"""The command-line client: keeps a folder of this machine in step with a room of the lab.

python3 -m designs.dropbox.client DIR --server http://localhost:3000 --room ROOM [--name NAME] [--once]

It runs the code of the lab's own devices over the same API, with the same limits; the id of the room is the token. Its
local database lies in the folder, in `.sdlab-client`, and is never synchronised.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import httpcore
import orjson

from designs.dropbox.engine.content import Manifest
from designs.dropbox.engine.device import Announced, Approaches, Device, Fetched
from designs.dropbox.engine.local_database import LocalDatabase
from designs.dropbox.engine.metadata import Change, Completed, FileInfo, Wanted
from designs.dropbox.engine.names import TEMPORARY
from designs.dropbox.engine.parts import Part
from designs.dropbox.engine.strategies import (
    ByType,
    ContentDefined,
    LogWithCursor,
    LongPolling,
    OnlyMissing,
    SeveralAtOnce,
)
from designs.dropbox.engine.watcher import FolderWatcher
from sdlab.lab import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    LabError,
    NotFound,
    SystemClock,
    TooMany,
    Unavailable,
)

HOLD, SLACK = 30.0, 20.0
PATIENT, LONGEST_PAUSE = 6, 10  # how often a server that has too much to do is asked, and seconds between
TIMEOUT = {"connect": 10.0, "read": HOLD + SLACK, "write": 60.0, "pool": 60.0}
BASE = "/api/dropbox"
CODEC = "X-Part-Encoding"
ERRORS: Mapping[int, type[LabError]] = {
    400: Invalid, 403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone, 413: TooMany, 422: Invalid, 429: TooMany,
}  # fmt: skip


class HttpRemote:
    """The server over HTTP. Cursors of the API are opaque: the last one is kept, and asked for by number of answers."""

    def __init__(self, server: str, room: str, name: str) -> None:
        self._server, self._name = server.rstrip("/"), name
        self._headers = {"X-SDLab-Room": room}
        self._pool = httpcore.AsyncConnectionPool(max_connections=8)
        self.cursor: str | None = None
        self.head = 0

    async def close(self) -> None:
        """No call comes after this."""
        await self._pool.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        said = {**self._headers, **(headers or {})}
        if body is not None:
            content, said["Content-Type"] = orjson.dumps(body), "application/json"
        for _ in range(PATIENT):
            try:
                status, headers_, answer = await self._request(method, self._server + path, said, content)
            except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
                raise Unavailable(f"the server does not answer ({type(error).__name__})") from None
            found = {name.decode().lower(): value.decode() for name, value in headers_}
            if status != HTTPStatus.TOO_MANY_REQUESTS or not found.get("retry-after", "").isdigit():
                break
            await asyncio.sleep(min(int(found["retry-after"]), LONGEST_PAUSE))
        if status >= 400:
            raise _refusal(status, answer)
        if answer and found.get("content-type", "").startswith("application/json"):
            return orjson.loads(answer), found
        return answer, found

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, Sequence[tuple[bytes, bytes]], bytes]:
        answer = await self._pool.request(
            method, url, headers=list(headers.items()), content=content, extensions={"timeout": TIMEOUT}
        )
        return answer.status, answer.headers, answer.content

    async def announce(self, wanted: Wanted) -> Announced:
        body = {
            "path": wanted.path,
            "size": wanted.size,
            "fingerprint": wanted.fingerprint,
            "chunks": [{"fingerprint": print_, "size": size} for print_, size in wanted.chunks],
            "base": wanted.base,
            "file": wanted.file,
            "device": self._name,
        }
        found, _ = await self._call("POST", f"{BASE}/files", body=body)
        return Announced(found["upload"], found["file"], _parts(found))

    async def put(self, part: Part, body: bytes, codec: str) -> None:
        await self._call("PUT", part.path, content=body, headers={CODEC: codec})

    async def complete(self, upload: str) -> Completed:
        try:
            found, _ = await self._call("POST", f"{BASE}/files/{upload}/complete")
        except Conflict as error:
            if error.extra.get("reason") not in ("newer", "dropped"):
                raise
            newest, _ = await self._call("GET", f"{BASE}/files/{error.extra['file']}")
            return Completed(str(error.extra["reason"]), _file(newest))
        return Completed("done", _file(found))

    async def rename(self, id: str, path: str) -> FileInfo:
        found, _ = await self._call("PATCH", f"{BASE}/files/{id}", body={"path": path})
        return _file(found)

    async def delete(self, id: str, base: int) -> None:
        await self._call("DELETE", f"{BASE}/files/{id}?base={base}")

    async def changes(self, cursor: int, hold: float) -> list[Change]:
        query: dict[str, Any] = {"wait": min(hold, HOLD), "limit": 100}
        if self.cursor:
            query["cursor"] = self.cursor
        found, _ = await self._call("GET", f"{BASE}/file/changes?{urlencode(query)}")
        self.cursor = found["next_cursor"]
        self.head += len(found["items"])
        return [
            Change(self.head, one["kind"], _file(one["file"], deleted=one["deleted"]))
            for one in found["items"]
        ]

    async def told(self, hold: float) -> list[str]:
        raise Unavailable("this client reads the log")

    async def listing(self) -> tuple[list[FileInfo], int]:
        newest, _ = await self._call("GET", f"{BASE}/file/changes?latest=true")
        self.cursor = newest["next_cursor"]
        files, cursor = [], ""
        while True:
            query = urlencode({"limit": 100, **({"cursor": cursor} if cursor else {})})
            found, _ = await self._call("GET", f"{BASE}/files?{query}")
            files += [_file(one) for one in found["items"]]
            if not (cursor := found["next_cursor"] or ""):
                return files, self.head

    async def fetch(self, id: str) -> Fetched:
        found, _ = await self._call("GET", f"{BASE}/files/{id}")
        return Fetched(_file(found), _parts(found))

    async def get(self, part: Part) -> tuple[bytes, str]:
        body, headers = await self._call("GET", part.path)
        return body, headers.get(CODEC.lower(), "none")


def _refusal(status: int, content: bytes) -> LabError:
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError:
        told = {}
    detail = str(told.get("detail") or f"the server answered {status}")
    extra = {name: value for name, value in told.items() if name in ("reason", "missing", "version", "file")}
    kind = ERRORS.get(status, Unavailable)
    made = kind(detail)
    made.extra.update(extra)
    return made


def _file(told: Mapping[str, Any], *, deleted: bool = False) -> FileInfo:
    id, path, version, size, print_ = (
        told[name] for name in ("id", "path", "version", "size", "fingerprint")
    )
    return FileInfo(id, path, version, size, print_, 0.0, deleted, told["by"])


def _parts(told: Mapping[str, Any]) -> tuple[Part, ...]:
    return tuple(Part(one["fingerprint"], one["size"], one["url"]) for one in told["parts"])


class Printed:
    """Says on the terminal what the device does."""

    def __init__(self, *, reasons: bool) -> None:
        self._reasons = reasons

    def decide(self, text: str) -> None:
        if self._reasons:
            print(f"  {text}", flush=True)

    @asynccontextmanager
    async def request(self, title: str, kind: str) -> AsyncIterator[SimpleNamespace]:
        """A line for what was done."""
        trace = SimpleNamespace(sentence="")
        yield trace
        print(trace.sentence or title, flush=True)

    def heard(self, what: str, detail: str) -> None: ...
    def sent(self, file: FileInfo, manifest: Manifest, missing: int, edited: float) -> None: ...
    def arrived(self, file: FileInfo) -> None: ...

    def conflict(self, path: str, copy: str) -> None:
        print(f"{path} was edited elsewhere as well: yours is now {copy}", flush=True)

    def problem(self, path: str, text: str) -> None:
        """A line for what cannot be kept in step."""
        print(f"not in step: {path}: {text}", flush=True)


def approaches() -> Approaches:
    """What a device does by default."""
    return Approaches(
        ContentDefined(),
        ByType(),
        SeveralAtOnce(),
        OnlyMissing(),
        LongPolling(),
        LogWithCursor(),
        1024,
        4,
        1.0,
    )


@asynccontextmanager
async def client(
    folder: Path, server: str, room: str, name: str, *, reasons: bool = False
) -> AsyncIterator[Device]:
    """A device in a folder of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    database = LocalDatabase(folder / f"{TEMPORARY}client" / "local.db")
    remote = HttpRemote(server, room, name)
    device = Device(
        name,
        folder,
        database,
        remote,
        voice=Printed(reasons=reasons),
        clock=SystemClock(),
        approaches=approaches,
    )
    device.cursor = 0  # cursors of the API are of this run: what is known is not fetched again
    try:
        yield device
    finally:
        database.close()
        await remote.close()


async def once(device: Device) -> None:
    """Send what is new here, take what is new there."""
    await device.reconcile()


async def go_on(device: Device) -> None:
    """Until somebody stops it."""
    await once(device)
    watcher = FolderWatcher({device.folder: device.edited})
    try:
        await asyncio.gather(device.push_on(), device.follow())
    finally:
        await watcher.close()


async def main(arguments: list[str]) -> int:
    """0 when all went well."""
    parser = argparse.ArgumentParser(
        prog="designs.dropbox.client", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--server", default="http://localhost:3000", help="where sdlab runs")
    parser.add_argument("--room", required=True, help="the room of the lab, as its address says")
    parser.add_argument("--name", default="", help="what this device is called")
    parser.add_argument("--once", action="store_true", help="bring both into step, and end")
    parser.add_argument("--why", action="store_true", help="say the reasons as well")
    said = parser.parse_args(arguments)
    name = "".join(
        one
        for one in (said.name or socket.gethostname())
        if one.isascii() and (one.isalnum() or one in "._-")
    )
    async with client(said.folder, said.server, said.room, name[:40] or "client", reasons=said.why) as device:
        try:
            await (once(device) if said.once else go_on(device))
        except LabError as error:
            print(f"{error.title}: {error.detail}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(sys.argv[1:])))
