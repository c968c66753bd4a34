"""The API: announce, parts at signed addresses, complete; files, ranges, versions, changes."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from designs.dropbox.api.schemas import (
    ChangesOut,
    FileOut,
    FullFileOut,
    NewFile,
    NewPath,
    UploadOut,
    VersionOut,
    change_out,
    file_out,
    full_out,
    part_out,
    version_out,
)
from designs.dropbox.engine.engine import LONGEST_HOLD, Dropbox
from designs.dropbox.engine.metadata import Wanted
from designs.dropbox.engine.names import MOST_PATH
from designs.dropbox.engine.strategies import MOST_CHUNK
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.lab import LabError
from sdlab.parts.presigned import Signed
from sdlab.rooms.http import ActingUser, EngineOf

SLUG = "dropbox"
PAGE = 50
CODEC = "X-Part-Encoding"
CHANGES_CURSOR = CursorKey("dropbox changes", int)
FILES_CURSOR = CursorKey("dropbox files", str)
VERSIONS_CURSOR = CursorKey("dropbox versions", int)
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")

EngineHere = Annotated[Dropbox, EngineOf(SLUG, Dropbox)]
FileId = Annotated[str, Path(pattern=r"^f-[0-9a-f]{12}$", examples=["f-0123456789ab"])]
UploadId = Annotated[str, Path(pattern=r"^u-[0-9a-f]{16}$", examples=["u-0123456789abcdef"])]
PartKey = Annotated[str, Path(pattern=r"^(shared|f-[0-9a-f]{12})\.[0-9a-f]{64}$")]
Version = Annotated[int, Query(ge=0, le=1 << 40, description="0: the newest")]
Size = Annotated[int, Query(ge=0, le=MOST_CHUNK)]
Expires = Annotated[int, Query(ge=0, le=1 << 40)]
Signature = Annotated[str, Query(min_length=64, max_length=64)]
Encoding = Annotated[Literal["none", "zstd"], Header(alias=CODEC, description="how the body is compressed")]
BYTES = {"content": {"application/octet-stream": {}}, "description": "the bytes"}


class RangeNotSatisfiable(LabError):
    """A range that begins behind the end."""

    status = 416
    title = "Range not satisfiable"


def router() -> APIRouter:
    """Everything below `/api/dropbox`."""
    routes = APIRouter()
    _uploads(routes)
    _files(routes)
    _changes(routes)
    _devices(routes)
    return routes


def _uploads(routes: APIRouter) -> None:
    @routes.post(
        "/files",
        summary="Announce a version",
        status_code=201,
        response_model=UploadOut,
        responses=documented(409),
    )
    async def announce(engine: EngineHere, user: ActingUser, body: NewFile) -> UploadOut:
        """Which of its chunks are to be sent, and where to; none are visible before the upload is completed."""
        wanted = Wanted(
            path=body.path,
            size=body.size,
            fingerprint=body.fingerprint,
            chunks=tuple((one.fingerprint, one.size) for one in body.chunks),
            base=body.base,
            file=body.file,
            device=body.device or user,
        )
        upload, parts = await engine.announce(wanted)
        return UploadOut(upload=upload.id, file=upload.file, parts=[part_out(one) for one in parts])

    @routes.put("/parts/{key}", summary="Send a part", status_code=204, responses=documented(403))
    async def put_part(  # noqa: PLR0917 - FastAPI fills them by name
        request: Request,
        engine: EngineHere,
        key: PartKey,
        size: Size,
        expires: Expires,
        signature: Signature,
        encoding: Encoding = "none",
    ) -> None:
        """By a signed address, which is all the right that is needed. 422 for bytes of another fingerprint."""
        await engine.put_part(Signed("PUT", key, size, expires, signature), request.stream(), encoding)

    @routes.get(
        "/parts/{key}",
        summary="Read a part",
        response_class=Response,
        responses={**documented(403), 200: BYTES},
    )
    async def get_part(
        engine: EngineHere, key: PartKey, size: Size, expires: Expires, signature: Signature
    ) -> Response:
        """As it was sent; the header says how it is compressed."""
        body, codec = await engine.get_part(Signed("GET", key, size, expires, signature))
        return Response(body, media_type="application/octet-stream", headers={CODEC: codec})

    @routes.post(
        "/files/{upload}/complete",
        summary="Complete an upload",
        response_model=FileOut,
        responses=documented(409),
    )
    async def complete(engine: EngineHere, user: ActingUser, upload: UploadId) -> FileOut:
        """409 with the parts that the store has not, or when somebody wrote since `base`."""
        return file_out((await engine.complete(upload)).file)


def _files(routes: APIRouter) -> None:
    @routes.get("/files", summary="All files", response_model=Page[FileOut], responses=documented())
    async def listing(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[FileOut]:
        """In order of their paths."""
        after = FILES_CURSOR.decode(cursor)[0] if cursor else ""
        rows = await engine.listing(after, limit + 1)
        return page_of(rows, limit=limit, cursor=FILES_CURSOR, key=lambda one: (one.path,), item=file_out)

    @routes.get(
        "/files/{id}", summary="A file and its chunks", response_model=FullFileOut, responses=documented()
    )
    async def file(engine: EngineHere, user: ActingUser, id: FileId, version: Version = 0) -> FullFileOut:
        """Each chunk with a signed address to read it by."""
        return full_out(*await engine.file(id, version))

    @routes.patch("/files/{id}", summary="Another path", response_model=FileOut, responses=documented(409))
    async def rename(engine: EngineHere, user: ActingUser, id: FileId, body: NewPath) -> FileOut:
        """No chunk travels."""
        return file_out(await engine.rename(id, body.path))

    @routes.delete("/files/{id}", summary="Delete a file", status_code=204, responses=documented(409))
    async def delete(engine: EngineHere, user: ActingUser, id: FileId, base: Version = 0) -> None:
        """Everywhere. With `base` only when that is still the newest version."""
        await engine.delete(id, base)

    @routes.get(
        "/files/{id}/content",
        summary="Download",
        response_class=StreamingResponse,
        responses={**documented(416), 200: BYTES, 206: BYTES},
    )
    async def content(
        engine: EngineHere,
        user: ActingUser,
        id: FileId,
        version: Version = 0,
        range: Annotated[str | None, Header(max_length=200)] = None,
    ) -> StreamingResponse:
        """Whole, or one range of it."""
        found, made = await engine.content(id, version)
        start, end, partial = _range(range, made.size)
        headers = {
            "Content-Length": str(end - start),
            "Accept-Ranges": "bytes",
            "ETag": f'"{made.fingerprint[:32]}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.path.rpartition('/')[2], safe='')}",
        }
        if partial:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{made.size}"
        return StreamingResponse(
            engine.bytes_of(made, start, end),
            status_code=206 if partial else 200,
            media_type="application/octet-stream",
            headers=headers,
        )

    @routes.get(
        "/files/{id}/versions", summary="Versions", response_model=Page[VersionOut], responses=documented()
    )
    async def versions(
        engine: EngineHere, user: ActingUser, id: FileId, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[VersionOut]:
        """Those that are kept, the newest first."""
        below = VERSIONS_CURSOR.decode(cursor)[0] if cursor else None
        found = [one for one in await engine.versions(id) if below is None or one.number < below]
        return page_of(
            found, limit=limit, cursor=VERSIONS_CURSOR, key=lambda one: (one.number,), item=version_out
        )


def _changes(routes: APIRouter) -> None:
    @routes.get(
        "/file/changes", summary="What has changed", response_model=ChangesOut, responses=documented(410)
    )
    async def changes(
        engine: EngineHere,
        user: ActingUser,
        cursor: Cursor = None,
        limit: Limit = PAGE,
        wait: Annotated[
            float, Query(ge=0, le=LONGEST_HOLD, description="seconds that an answer may take")
        ] = 0,
    ) -> ChangesOut:
        """Behind the cursor, oldest first; with `wait` the answer comes when there is something. 410: list all files."""
        after = CHANGES_CURSOR.decode(cursor)[0] if cursor else 0
        found = await engine.changes(after, limit + 1, wait)
        shown = found[:limit]
        return ChangesOut(
            items=[change_out(one) for one in shown],
            next_cursor=CHANGES_CURSOR.encode(shown[-1].seq if shown else after),
            more=len(found) > limit,
        )


def _devices(routes: APIRouter) -> None:
    @routes.get(
        "/devices/{device}/content",
        summary="A file in the folder of a device",
        response_class=FileResponse,
        responses={**documented(), 200: BYTES},
    )
    async def on_device(
        engine: EngineHere,
        device: Annotated[str, Path(max_length=40, examples=["laptop"])],
        path: Annotated[str, Query(max_length=MOST_PATH)],
    ) -> FileResponse:
        """As it lies on the disk of the device, whether the server has it or not."""
        file = await engine.content_on(device, path)
        kind = "image/png" if file.suffix == ".png" else "application/octet-stream"
        headers = {"X-Content-Type-Options": "nosniff"}
        return FileResponse(file, media_type=kind, filename=file.name, headers=headers)


def _range(header: str | None, size: int) -> tuple[int, int, bool]:
    """Start, end, and whether it is a part. What is no single range of bytes means the whole (RFC 9110, 14.2)."""
    found = RANGE.fullmatch(header.strip()) if header else None
    if found is None or not any(found.groups()):
        return 0, size, False
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= size or start >= end:
        raise RangeNotSatisfiable(f"the file has {size:,} bytes", size=size)
    return start, end, True
