"""A file as chunks: cut, fingerprinted, compressed. Everything here runs in threads and touches no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import blake3
import zstandard

from designs.dropbox.engine.strategies import Chunking, average_for
from sdlab.lab import Invalid

LEVEL = 3


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file: which bytes it has (its fingerprint), where it begins, how many they are."""

    fingerprint: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole file: its bytes, its fingerprint, its chunks in order."""

    size: int
    fingerprint: str
    chunks: tuple[Chunk, ...]


EMPTY = blake3.blake3(b"").hexdigest()


def fingerprint(content: bytes) -> str:
    """BLAKE3, in hexadecimal digits."""
    return blake3.blake3(content).hexdigest()


def manifest_of(path: Path, chunking: Chunking, chunk_bytes: int) -> Manifest:
    """Cut a file; at most one chunk of it is in memory."""
    size, whole, chunks, at = path.stat().st_size, blake3.blake3(), [], 0
    for piece in chunking.pieces(path, size, average_for(size, chunk_bytes)):
        whole.update(piece)
        chunks.append(Chunk(blake3.blake3(piece).hexdigest(), at, len(piece)))
        at += len(piece)
    return Manifest(at, whole.hexdigest(), tuple(chunks))


def chunk_at(path: Path, chunk: Chunk, codec: str) -> bytes:
    """What travels of a chunk. `Invalid` when the file is not what it was when it was cut."""
    with path.open("rb") as file:
        file.seek(chunk.offset)
        content = file.read(chunk.size)
    if fingerprint(content) != chunk.fingerprint:
        raise Invalid("the file was changed while it was read")
    return packed(content, codec)


def packed(content: bytes, codec: str) -> bytes:
    """As it travels and lies in the store."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(content) if codec == "zstd" else content


def unpacked(body: bytes, codec: str, size: int) -> bytes:
    """What was packed, of at most `size` bytes. `Invalid` for anything else."""
    if codec != "zstd":
        return body
    try:
        told = zstandard.frame_content_size(body)
        if told > size or told < 0:
            raise Invalid(f"more than the {size:,} bytes that were announced", field="body")
        return zstandard.ZstdDecompressor().decompress(body, max_output_size=size)
    except zstandard.ZstdError:
        raise Invalid("no zstd frame", field="body") from None


def joined(chunks: Sequence[Chunk]) -> int:
    """How many bytes they have together."""
    return sum(one.size for one in chunks)
