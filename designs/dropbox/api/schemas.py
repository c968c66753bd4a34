"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from designs.dropbox.engine.metadata import Change, Content, FileInfo
from designs.dropbox.engine.names import PATH
from designs.dropbox.engine.parts import Part
from designs.dropbox.engine.strategies import MOST_CHUNK
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example

BASE = "/api/dropbox"
MOST_CHUNKS = 60_000
LARGEST = 64 << 30
Path = Annotated[str, TextOf(PATH)]
Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="BLAKE3 in hexadecimal digits")]


class ChunkIn(StrictModel):
    """A piece of a file: its fingerprint and its bytes."""

    fingerprint: Fingerprint
    size: int = Field(gt=0, le=MOST_CHUNK, examples=[5])


class NewFile(StrictModel):
    """A version that will come: the whole, and its chunks in order. `base` is the version that the writer had seen."""

    path: Path = Field(examples=["docs/hello.txt"])
    size: int = Field(ge=0, le=LARGEST, examples=[5])
    fingerprint: Fingerprint
    chunks: list[ChunkIn] = Field(max_length=MOST_CHUNKS)
    base: int = Field(default=0, ge=0, le=1 << 40)
    file: str = Field(
        default="", max_length=40, description="its id, where it is known: then its path does not matter"
    )
    device: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,40}$", description="who is not to be told of it"
    )


class PartOut(BaseModel):
    """A chunk and the signed path for it, good for five minutes."""

    fingerprint: str
    size: int
    url: str


class UploadOut(BaseModel):
    """An announced upload: these parts are to be sent, with PUT, and then it is to be completed."""

    upload: str
    file: str
    parts: list[PartOut]


class FileOut(BaseModel):
    """A file as it is now."""

    id: str
    path: str
    version: int
    size: int
    fingerprint: str
    by: str


class FullFileOut(FileOut):
    """A version of a file, with its chunks in order."""

    parts: list[PartOut]


class VersionOut(BaseModel):
    """A version that is kept."""

    version: int
    size: int
    fingerprint: str
    chunks: int
    by: str
    at: datetime


class NewPath(StrictModel):
    """Another path for a file."""

    path: Path = Field(examples=["docs/hello-again.txt"])


class ChangeOut(BaseModel):
    """An entry of the log: the file is as it is now, not as it was then."""

    kind: str = Field(examples=["changed"])
    file: FileOut
    deleted: bool


class ChangesOut(BaseModel):
    """What is behind the cursor. `next_cursor` is where to go on, also when there was nothing."""

    items: list[ChangeOut]
    next_cursor: str
    more: bool


def part_out(part: Part) -> PartOut:
    """A signed part, as it travels."""
    return PartOut(fingerprint=part.fingerprint, size=part.size, url=part.path)


def file_out(file: FileInfo) -> FileOut:
    """A file, as it travels."""
    return FileOut(**_fields(file))


def full_out(file: FileInfo, content: Content, parts: tuple[Part, ...]) -> FullFileOut:
    """A version, as it travels."""
    told = _fields(file) | {
        "version": content.number,
        "size": content.size,
        "fingerprint": content.fingerprint,
    }
    return FullFileOut(**told, parts=[part_out(one) for one in parts])


def _fields(file: FileInfo) -> dict[str, object]:
    return {
        "id": file.id, "path": file.path, "version": file.version, "size": file.size, "fingerprint": file.fingerprint,
        "by": file.by,
    }  # fmt: skip


def version_out(one: Content) -> VersionOut:
    """A kept version, as it travels."""
    return VersionOut(
        version=one.number,
        size=one.size,
        fingerprint=one.fingerprint,
        chunks=len(one.chunks),
        by=one.by,
        at=datetime.fromtimestamp(one.at, UTC),
    )


def change_out(one: Change) -> ChangeOut:
    """An entry, as it travels."""
    return ChangeOut(kind=one.kind, file=file_out(one.file), deleted=one.file.deleted)


HELLO = "ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f"
NOTHING = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"

EXAMPLES = (
    Example(
        "Announce a file",
        "POST",
        f"{BASE}/files",
        {
            "path": "docs/hello.txt",
            "size": 5,
            "fingerprint": HELLO,
            "chunks": [{"fingerprint": HELLO, "size": 5}],
        },
        status=201,
        saves={"upload": "upload"},
        note="The answer names the chunks that the store has not, each with a signed path to PUT it to.",
    ),
    Example(
        "Complete it too early",
        "POST",
        f"{BASE}/files/{{upload}}/complete",
        status=409,
        note="The store was asked, and has no such part: nothing becomes visible.",
    ),
    Example(
        "An empty file has no parts",
        "POST",
        f"{BASE}/files",
        {"path": "empty.txt", "size": 0, "fingerprint": NOTHING, "chunks": []},
        status=201,
        saves={"second": "upload"},
    ),
    Example(
        "Complete it",
        "POST",
        f"{BASE}/files/{{second}}/complete",
        saves={"file": "id"},
        note="Both devices get it at once.",
    ),
    Example("The file and where its chunks are", "GET", f"{BASE}/files/{{file}}"),
    Example("Its versions", "GET", f"{BASE}/files/{{file}}/versions"),
    Example(
        "What has changed",
        "GET",
        f"{BASE}/file/changes",
        note="With `wait=30` the answer comes when there is something.",
    ),
    Example("Another path", "PATCH", f"{BASE}/files/{{file}}", {"path": "docs/nothing.txt"}),
    Example("All files", "GET", f"{BASE}/files"),
    Example("Delete it everywhere", "DELETE", f"{BASE}/files/{{file}}", status=204),
)
