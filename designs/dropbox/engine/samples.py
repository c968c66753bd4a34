"""Files to begin with, and files for traffic: text, pictures, archives, all of a seed."""

from __future__ import annotations

import struct
import zlib
from random import Random

WORDS = [
    "river",
    "stone",
    "window",
    "garden",
    "letter",
    "morning",
    "bridge",
    "paper",
    "light",
    "winter",
    "table",
    "road",
    "station",
    "music",
    "harbour",
    "cloud",
    "market",
    "field",
    "silver",
    "engine",
    "island",
    "forest",
    "number",
    "border",
    "copper",
    "signal",
    "basket",
    "mirror",
    "anchor",
    "ladder",
    "pencil",
    "summer",
    "copper",
    "velvet",
    "thunder",
    "lantern",
    "meadow",
    "orchard",
    "pebble",
]
NOTES, TODO, PICTURE = "notes.txt", "todo.txt", "picture.png"


def sentences(rng: Random, size: int) -> str:
    """About that many characters of plain text."""
    lines, length = [], 0
    while length < size:
        line = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(6, 13))).capitalize() + "."
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines) + "\n"


def text(seed: object, size: int = 6_000) -> bytes:
    """A text of that seed."""
    return sentences(Random(f"text {seed}"), size).encode()


def picture(seed: object, width: int = 96, height: int = 64, *, grain: int = 0) -> bytes:
    """A PNG: hills under a sun; with `grain` each pixel differs a little, as in a photograph."""
    rng = Random(f"picture {seed}")
    hue = [rng.randrange(40, 200) for _ in range(3)]
    sun = (rng.randrange(width), height // 4)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            lit = (x - sun[0]) ** 2 + (y - sun[1]) ** 2 < (height // 6) ** 2
            hill = y > height * 0.55 + 6 * ((x * 7 // width) % 3)
            base = (250, 214, 110) if lit else tuple(hue) if hill else (150, 195, 235)
            rows += bytes(min(255, one + (rng.randrange(grain) if grain else 0)) for one in base)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(rows)))
        + chunk(b"IEND", b"")
    )


def archive(seed: object, size: int = 8_000) -> bytes:
    """Bytes that no compressor makes smaller, as a compressed archive has them."""
    return b"PK\x03\x04" + Random(f"archive {seed}").randbytes(size)


KINDS = {
    "text": ("txt", text),
    "picture": ("png", lambda seed: picture(seed, grain=24)),
    "archive": ("zip", archive),
}

BEGINNING: dict[str, bytes] = {
    NOTES: (
        "Notes for the trip\n\nType one letter here: the device cuts this file where its content says so, sends the one "
        "chunk that changed, and the other device follows.\n\n" + sentences(Random("notes"), 3_000)
    ).encode(),
    TODO: b"Bread\nTickets\nWater the plants\nCall Jo about Friday\n",
    PICTURE: picture("beginning"),
}
