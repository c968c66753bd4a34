"""The endpoints of YouTube: announce, send chunks, complete; metadata, manifests, segments."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query
from fastapi.requests import Request
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from designs.youtube.api.schemas import (
    ChunkOut,
    NewUpload,
    PlayerReport,
    UploadOut,
    VideoOut,
    VideoStoryOut,
    announced_out,
    chunk_out,
    story_out,
    upload_out,
    video_out,
)
from designs.youtube.engine.engine import Youtube
from designs.youtube.engine.playback import NoSuchRange
from designs.youtube.engine.uploads import MOST_CHUNK, ConnectionCut, TooLarge
from designs.youtube.engine.viewers import Sample
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.parts.presigned import Signed
from sdlab.rooms.http import ActingUser, EngineOf

SLUG = "youtube"
PAGE = 20
CURSOR = CursorKey("youtube videos", int)
RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")
PLAYLIST = "application/vnd.apple.mpegurl"

EngineHere = Annotated[Youtube, EngineOf(SLUG, Youtube)]
VideoId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{11}$", examples=["hUd3kPqZb7A"])]
BlobKey = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{11}\.\d{1,4}$", examples=["hUd3kPqZb7A.0"])]
Rendition = Literal["240p", "360p", "720p"]
SegmentName = Annotated[str, Path(pattern=r"^\d{1,4}(\.\d{1,3})?\.ts$", examples=["0.ts"])]
Size = Annotated[int, Query(gt=0, le=MOST_CHUNK)]
Expires = Annotated[int, Query(ge=0, le=1 << 40)]
Signature = Annotated[str, Query(min_length=1, max_length=64)]
Viewer = Annotated[
    str, Query(pattern=r"^[A-Za-z0-9_-]{1,24}$", description="whose network; each has its own")
]


def router() -> APIRouter:
    """Everything below `/api/youtube`."""
    routes = APIRouter()
    _uploads(routes)
    _chunks(routes)
    _videos(routes)
    _streams(routes)
    return routes


def _uploads(routes: APIRouter) -> None:
    @routes.post(
        "/upload",
        summary="Announce a file",
        status_code=201,
        response_model=UploadOut,
        responses=documented(413),
    )
    async def announce(engine: EngineHere, user: ActingUser, body: NewUpload) -> UploadOut:
        """Its id, and a signed address for each chunk. 413 for more than 200 MB."""
        made = await engine.announce(body.title, body.size, body.chunk_size, body.fingerprints)
        size, whole = made.video.chunk_size, made.video.size
        chunks = [
            ChunkOut(number=n, size=min(size, whole - n * size), sha256=one, state="pending")
            for n, one in enumerate(body.fingerprints)
        ]
        return announced_out(made, chunks)

    @routes.get(
        "/upload/{id}", summary="What is missing", response_model=UploadOut, responses=documented(403)
    )
    async def upload(engine: EngineHere, user: ActingUser, id: VideoId) -> UploadOut:
        """States of all chunks, and a fresh address for each that is missing."""
        return upload_out(*await engine.upload(id))

    @routes.post(
        "/upload/{id}/complete",
        summary="All chunks are sent",
        status_code=202,
        response_model=VideoOut,
        responses=documented(403, 409),
    )
    async def complete(engine: EngineHere, user: ActingUser, id: VideoId) -> VideoOut:
        """409 while chunks are missing; 422 when what came is no video."""
        return video_out(await engine.complete(id))

    @routes.delete("/upload/{id}", summary="Give an upload up", status_code=204, responses=documented(403))
    async def abandon(engine: EngineHere, user: ActingUser, id: VideoId) -> None:
        """Its chunks are deleted."""
        await engine.abandon(id)


def _chunks(routes: APIRouter) -> None:
    @routes.put(
        "/blobs/{key}",
        summary="Send a chunk",
        response_model=ChunkOut,
        responses=documented(403, 409, 413),
    )
    async def put(  # noqa: PLR0917 - FastAPI fills them by name
        request: Request, engine: EngineHere, key: BlobKey, size: Size, expires: Expires, signature: Signature
    ) -> ChunkOut:
        """By a signed address, which is all the right that is needed.

        403 for a bad or expired signature, 413 for more bytes than it allows, 422 for another fingerprint than announced.
        """
        signed = Signed("PUT", key, size, expires, signature)
        engine.uploads.allow(signed)
        if int(request.headers.get("content-length") or 0) > size:
            raise TooLarge(f"more than the {size:,} bytes that this address allows")
        return chunk_out(await engine.put(signed, _body(request)))


def _videos(routes: APIRouter) -> None:
    @routes.get(
        "/videos", summary="What can be played", response_model=Page[VideoOut], responses=documented()
    )
    async def videos(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[VideoOut]:
        """The newest first."""
        below = CURSOR.decode(cursor)[0] if cursor else None
        rows = await engine.videos(below=below, limit=limit + 1)
        return page_of(rows, limit=limit, cursor=CURSOR, key=lambda one: (one.number,), item=video_out)

    @routes.get(
        "/videos/{id}",
        summary="A video with everything",
        response_model=VideoStoryOut,
        responses=documented(),
    )
    async def video(engine: EngineHere, user: ActingUser, id: VideoId) -> VideoStoryOut:
        """Its state, its chunks, its finished cells."""
        return story_out(*await engine.video(id))

    @routes.post(
        "/videos/{id}/player",
        summary="What a player did",
        status_code=204,
        responses=documented(),
    )
    async def player(engine: EngineHere, user: ActingUser, id: VideoId, body: PlayerReport) -> None:
        """Moments of a player, for the plot."""
        told = [Sample(one.t, one.kbits, one.buffer_s, one.level, one.stalled) for one in body.moments]
        await engine.report(id, body.viewer, told, first=body.first)

    @routes.get(
        "/clip",
        summary="A clip made on the spot",
        response_class=Response,
        responses={**documented(), 200: {"content": {"video/mp4": {}}, "description": "the file"}},
    )
    async def clip(
        engine: EngineHere, user: ActingUser, kind: Literal["fresh", "poison", "text"] = "fresh"
    ) -> Response:
        """Shapes that bounce, and a clock: encoded now, where ffmpeg is installed; else the lab's own.

        `poison` is a clip that no decoder gets through, `text` is no video at all.
        """
        content = await engine.clip(kind)
        return Response(content, media_type="video/mp4", headers={"Cache-Control": "no-store"})


def _streams(routes: APIRouter) -> None:
    @routes.get(
        "/videos/{id}/master.m3u8",
        summary="The master manifest",
        response_class=PlainTextResponse,
        responses={**documented(), 200: {"content": {PLAYLIST: {}}, "description": "the manifest"}},
    )
    async def master(engine: EngineHere, user: ActingUser, id: VideoId) -> Response:
        """404 until it is written."""
        return Response(await engine.manifest(id), media_type=PLAYLIST, headers={"Cache-Control": "no-store"})

    @routes.get(
        "/videos/{id}/{rendition}/index.m3u8",
        summary="The manifest of a rendition",
        response_class=PlainTextResponse,
        responses={**documented(), 200: {"content": {PLAYLIST: {}}, "description": "the manifest"}},
    )
    async def index(engine: EngineHere, user: ActingUser, id: VideoId, rendition: Rendition) -> Response:
        """404 until it is written."""
        text = await engine.manifest(id, rendition)
        return Response(text, media_type=PLAYLIST, headers={"Cache-Control": "no-store"})

    @routes.get(
        "/videos/{id}/{rendition}/{name}",
        summary="A segment",
        response_class=StreamingResponse,
        responses={
            **documented(416),
            200: {"content": {"video/mp2t": {}}, "description": "the bytes"},
            206: {"content": {"video/mp2t": {}}, "description": "some of the bytes"},
        },
    )
    async def segment(  # noqa: PLR0917 - FastAPI fills them by name
        engine: EngineHere,
        user: ActingUser,
        id: VideoId,
        rendition: Rendition,
        name: SegmentName,
        viewer: Viewer = "anybody",
        range: Annotated[str, Header(max_length=60)] = "",
    ) -> StreamingResponse:
        """As fast as the network of that viewer is; a range of it, when one is asked for."""
        start, end = _range(range)
        part = await engine.segment(id, rendition, name, start=start, end=end)
        headers = {
            "Content-Length": str(len(part.content)),
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        if range:
            headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{part.size}"
        return StreamingResponse(
            engine.playback.through(viewer, part.content),
            status_code=206 if range else 200,
            media_type="video/mp2t",
            headers=headers,
        )


async def _body(request: Request) -> AsyncIterator[bytes]:
    """What comes; a client that goes away in the middle has lost its connection."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        raise ConnectionCut("the connection broke in the middle of a chunk", retry_after=1) from None


def _range(text: str) -> tuple[int, int | None]:
    if not text:
        return 0, None
    found = RANGE.fullmatch(text)
    if found is None:
        raise NoSuchRange("one range, as bytes=0-99")
    start, end = int(found[1]), int(found[2]) + 1 if found[2] else None
    if end is not None and end <= start:
        raise NoSuchRange("a range ends behind its beginning")
    return start, end
