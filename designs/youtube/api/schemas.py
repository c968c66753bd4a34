"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from designs.youtube.engine.catalogue import Chunk, Segment, Video
from designs.youtube.engine.uploads import LEAST_CHUNK, MOST_CHUNK, MOST_CHUNKS, TITLE, Announced
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example

BASE = "/api/youtube"
MOST_MOMENTS = 60
MOST_LEVEL = 2
Title = Annotated[str, TextOf(TITLE)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NewUpload(StrictModel):
    """A file that will come: its size, the size of its chunks, and the SHA-256 of each, in their order."""

    title: Title = Field(examples=["Cat on a keyboard"])
    size: int = Field(gt=0, le=1 << 40, examples=[11])
    chunk_size: int = Field(ge=LEAST_CHUNK, le=MOST_CHUNK, examples=[1024])
    fingerprints: list[Sha256] = Field(min_length=1, max_length=MOST_CHUNKS)


class ChunkOut(BaseModel):
    """A chunk and its state: pending, stored (came), or verified (came, and was compared)."""

    number: int
    size: int
    sha256: str
    state: str


class UploadOut(BaseModel):
    """An upload: one signed address for each chunk that is missing, to PUT it to."""

    id: str = Field(examples=["hUd3kPqZb7A"])
    state: str
    chunk_size: int
    chunks: list[ChunkOut]
    missing: list[int]
    addresses: list[str]


class SegmentOut(BaseModel):
    """A finished cell: a segment as a rendition."""

    rendition: str
    seq: int
    seconds: float
    size: int
    worker: str
    token: int
    took_ms: int
    earlier: bool


class VideoOut(BaseModel):
    """A video; `why` says what is wrong with one that failed."""

    id: str
    title: str
    owner: str
    state: str
    why: str
    size: int
    seconds: float
    segments: int
    shard: int
    views: int


class VideoStoryOut(VideoOut):
    """A video with its chunks and finished cells."""

    chunks: list[ChunkOut]
    cells: list[SegmentOut]
    master: str


class Moment(StrictModel):
    """A player at a moment: seconds since it began, kbit/s measured, seconds in its buffer, rendition from below."""

    t: float = Field(ge=0, le=86_400)
    kbits: float = Field(ge=0, le=10_000_000)
    buffer_s: float = Field(ge=0, le=3_600)
    level: int = Field(ge=0, le=MOST_LEVEL)
    stalled: bool = False


class PlayerReport(StrictModel):
    """What a player did since it last said so; `first` when it has just begun."""

    viewer: str = Field(pattern=r"^[A-Za-z0-9_-]{1,24}$", examples=["p1"])
    first: bool = False
    moments: list[Moment] = Field(max_length=MOST_MOMENTS)


def chunk_out(one: Chunk) -> ChunkOut:
    """A chunk, as it travels."""
    return ChunkOut(number=one.number, size=one.size, sha256=one.sha256, state=one.state)


def announced_out(made: Announced, chunks: list[ChunkOut]) -> UploadOut:
    """A fresh upload: every chunk is missing."""
    return UploadOut(
        id=made.video.id,
        state=made.video.state,
        chunk_size=made.video.chunk_size,
        chunks=chunks,
        missing=[one.number for one in chunks],
        addresses=list(made.addresses),
    )


def upload_out(video: Video, chunks: tuple[Chunk, ...], addresses: tuple[str, ...]) -> UploadOut:
    """How far an upload is."""
    missing = [one.number for one in chunks if one.state == "pending"] if addresses else []
    return UploadOut(
        id=video.id,
        state=video.state,
        chunk_size=video.chunk_size,
        chunks=[chunk_out(one) for one in chunks],
        missing=missing,
        addresses=list(addresses),
    )


def video_out(one: Video) -> VideoOut:
    """A video, as it travels."""
    return VideoOut(
        id=one.id,
        title=one.title,
        owner=one.owner,
        state=one.state,
        why=one.why,
        size=one.size,
        seconds=one.seconds,
        segments=one.segments,
        shard=one.shard + 1,
        views=one.views,
    )


def story_out(video: Video, chunks: tuple[Chunk, ...], segments: tuple[Segment, ...]) -> VideoStoryOut:
    """A video with everything, as it travels."""
    return VideoStoryOut(
        **video_out(video).model_dump(),
        chunks=[chunk_out(one) for one in chunks],
        cells=[
            SegmentOut(
                rendition=one.rendition,
                seq=one.seq,
                seconds=one.seconds,
                size=one.size,
                worker=one.worker,
                token=one.token,
                took_ms=one.took_ms,
                earlier=one.earlier,
            )
            for one in segments
        ],
        master=f"{BASE}/videos/{video.id}/master.m3u8",
    )


HELLO = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"  # of "hello world"

EXAMPLES = (
    Example(
        "Announce a file",
        "POST",
        f"{BASE}/upload",
        {"title": "Cat on a keyboard", "size": 11, "chunk_size": 1024, "fingerprints": [HELLO]},
        status=201,
        saves={"video": "id"},
        note="Then PUT each chunk to its address: it is signed, names the chunk and its bytes, and is good for an hour.",
    ),
    Example("What is missing", "GET", f"{BASE}/upload/{{video}}"),
    Example(
        "Too early",
        "POST",
        f"{BASE}/upload/{{video}}/complete",
        status=409,
        note="Chunks are missing; the answer says which.",
    ),
    Example("The video, so far", "GET", f"{BASE}/videos/{{video}}"),
    Example(
        "No manifest yet",
        "GET",
        f"{BASE}/videos/{{video}}/master.m3u8",
        status=404,
        note="It is written when all segments are stored.",
    ),
    Example("What can be played", "GET", f"{BASE}/videos?limit=5"),
    Example("Give it up", "DELETE", f"{BASE}/upload/{{video}}", status=204),
)
