"""Metadata: files and their versions, chunks with their references, uploads under way, the change log, cursors."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class FileRow(SQLModel, table=True):
    """A file of the drive. `folded` is its path without case, which two files never share; a deleted one stays as a mark."""

    __tablename__ = "dropbox_file"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    path: str
    folded: str = Field(index=True)
    version: int
    size: int
    fingerprint: str
    modified: float
    deleted: bool
    by: str


class VersionRow(SQLModel, table=True):
    """What a file was at one time. `base` is the version that its writer had seen; `chunks` is JSON."""

    __tablename__ = "dropbox_version"

    room: str = Field(primary_key=True)
    file: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    base: int
    size: int
    fingerprint: str
    chunks: str
    by: str
    at: float


class ChunkRow(SQLModel, table=True):
    """A chunk of the object store. `owner` is a file where nothing is shared; `since` is when it was last free or wanted."""

    __tablename__ = "dropbox_chunk"

    room: str = Field(primary_key=True)
    owner: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    key: str
    size: int
    stored: int
    codec: str
    refs: int
    since: float


class UploadRow(SQLModel, table=True):
    """A version that was announced and is not there yet."""

    __tablename__ = "dropbox_upload"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    file: str
    path: str
    base: int
    size: int
    fingerprint: str
    chunks: str
    by: str
    device: str
    modified: float
    at: float


class ChangeRow(SQLModel, table=True):
    """An entry of the change log: which file became what."""

    __tablename__ = "dropbox_change"

    room: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    file: str
    kind: str
    path: str
    version: int
    device: str
    at: float


class CursorRow(SQLModel, table=True):
    """How far a device has read the change log."""

    __tablename__ = "dropbox_cursor"

    room: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    seq: int
    at: float


class SecretRow(SQLModel, table=True):
    """The key of the room: chunks are sealed with it, and addresses signed."""

    __tablename__ = "dropbox_secret"

    room: str = Field(primary_key=True)
    key: str
