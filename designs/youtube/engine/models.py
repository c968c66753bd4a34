"""Rows of the metadata, each with the shard that its video's id leads to."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

# What becomes of a video, in this order; the last three are ends.
UPLOADING, SPLITTING, TRANSCODING, READY, FAILED, GONE = (
    "uploading",
    "splitting",
    "transcoding",
    "ready",
    "failed",
    "gone",
)
UNDER_WAY = (UPLOADING, SPLITTING, TRANSCODING)
# What becomes of a chunk.
PENDING, COMING, STORED, VERIFIED = "pending", "uploading", "stored", "verified"


class VideoRow(SQLModel, table=True):
    """A video; `number` orders them as they were announced, `real` says that nothing of an earlier run may serve."""

    __tablename__ = "youtube_video"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    shard: int
    number: int
    owner: str
    title: str
    state: str
    why: str = ""
    size: int = Field(sa_type=BigInteger)
    chunk_size: int = Field(sa_type=BigInteger)
    chunks: int
    sha256: str = ""
    real: bool = False
    seconds: float = 0.0
    segments: int = 0
    created_ms: int = Field(default=0, sa_type=BigInteger)
    uploaded_ms: int = Field(default=0, sa_type=BigInteger)
    ready_ms: int = Field(default=0, sa_type=BigInteger)
    views: int = 0


class ChunkRow(SQLModel, table=True):
    """A chunk, announced by its size and fingerprint before it comes."""

    __tablename__ = "youtube_chunk"

    room: str = Field(primary_key=True)
    video: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    shard: int
    size: int = Field(sa_type=BigInteger)
    sha256: str
    state: str = PENDING


class SegmentRow(SQLModel, table=True):
    """A finished cell, as the manifest names it; `copy` above 0 is one too many."""

    __tablename__ = "youtube_segment"

    room: str = Field(primary_key=True)
    video: str = Field(primary_key=True)
    rendition: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    copy_number: int = Field(primary_key=True, default=0)
    shard: int
    object: str
    size: int = Field(sa_type=BigInteger)
    seconds: float
    worker: str
    token: int
    at_ms: int = Field(sa_type=BigInteger)
    took_ms: int
    earlier: bool = False
